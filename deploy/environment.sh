#!/bin/sh
# Makes the virtual environment: `environment.sh run` what the service needs, `environment.sh test` also what its
# tests need, `environment.sh bench` also what `make quality` measures beside it. Does nothing when the locks have
# not changed since. Needs Python 3.11 or newer with venv, nothing else.
set -u
cd "$(dirname "$0")/.." || exit 1
for_what=${1:-run}
venv=${COMPTOIR_VENV:-.venv}

stop() { # one clear line, then the end
  echo "comptoir: $*" >&2
  exit 1
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

fitting_python() {
  for name in ${PYTHON:-python3.13 python3.12 python3.11 python3.14 python3}; do
    if command -v "$name" >/dev/null 2>&1 && new_enough "$name"; then
      echo "$name"
      return
    fi
  done
}

found_python() { python3 -c 'import sys; print("python3 is %d.%d" % sys.version_info[:2])' 2>/dev/null || echo "there is no python3"; }

make_venv() {
  python=$(fitting_python)
  [ -n "$python" ] || stop "Python 3.11 or newer is needed, but $(found_python). Install one (Debian: apt install" \
    "python3 python3-venv; macOS: brew install python) or name yours: make PYTHON=/path/to/python $for_what"
  "$python" -c 'import ensurepip, venv' 2>/dev/null || stop "$python has no venv module." \
    "Debian and Ubuntu have it in a package: apt install python3-venv"
  echo "Setting up with $("$python" --version) in $venv (two to three minutes the first time)."
  mkdir -p "$venv" 2>/dev/null && : >"$venv/.writable" 2>/dev/null && rm "$venv/.writable" || stop "$venv cannot be written: the folder is" \
    "read-only or the disk is full. Say where there is room: make COMPTOIR_VENV=DIR COMPTOIR_DATA=DIR $for_what"
  enough_space
  said=$("$python" -m venv --clear "$venv" 2>&1) || stop "$venv cannot be made: $(reason "$said")"
}

enough_space() { # about 1 GB for the service, 2 GB more for torch and the tests
  needed=1000000
  [ "$for_what" = run ] || needed=3000000
  free=$(df -Pk "$venv" 2>/dev/null | awk 'NR == 2 { print $4 }')
  [ "${free:-$needed}" -ge "$needed" ] || stop "$((needed / 1000)) MB are needed for $venv, but only $((free / 1000)) MB" \
    "are free on its disk. Free some, or say where there is room: make COMPTOIR_VENV=DIR $for_what"
}

reason() { # the line of a failed command's words that says why
  case $1 in
    *"No space left on device"*) echo "the disk is full. Free about 1 GB, or: make COMPTOIR_VENV=DIR $for_what" ;;
    *) echo "$1" | tail -n 1 ;;
  esac
}

# pip's words become one line that counts, and at the end one line that says what went wrong.
install() { # what it is, how many packages about, pip's arguments
  what=$1 total=$2
  shift 2
  { "$venv/bin/python" -m pip install --no-input --disable-pip-version-check --retries 2 --timeout 20 "$@" 2>&1
    echo "pip ended with $?"; } | awk -v what="$what" -v total="$total" -v tty="$([ -t 1 ] && echo 1 || echo 0)" '
    function show(words) { if (tty) printf "\r\033[K  %s: %s", what, words; else printf "  %s: %s\n", what, words; fflush() }
    /^Collecting / { n++; if (tty || n % 25 == 1) show(n " of about " total " packages") }
    /^Installing collected/ { show("installing") }
    /No space left on device/ { full = 1 }
    /name resolution|Max retries|NewConnectionError|ConnectTimeout|Network is unreachable|Connection refused|ReadTimeout|ProxyError/ { away = 1 }
    /DO NOT MATCH THE HASHES/ { forged = 1 }
    /^ERROR/ { error = $0 }
    /^pip ended with / { status = $4 }
    END {
      if (tty) printf "\r\033[K"
      if (status == 0) { print "  " what ": done"; exit 0 }
      why = error ? error : "pip failed"
      if (away) why = "the package index cannot be reached. Check the network (and the proxy), then run it again"
      if (forged) why = "a download is not what the lock file expects. Run it again; if it stays so, tell us"
      if (full) why = "the disk is full. Free about 1 GB, then run it again"
      print "comptoir: " what " could not be installed: " why | "cat >&2"
      exit 1
    }'
}

# The browser tests need a Chromium: the one that is there, else Debian's package, else Playwright's own.
browser() {
  for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && return
  done
  [ -n "$(find "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}" -maxdepth 1 -name 'chromium-*' 2>/dev/null)" ] && return
  echo "  Chromium for the browser tests: installing"
  if command -v apt-get >/dev/null 2>&1; then
    as_root=
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    { $as_root apt-get update && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      chromium fonts-dejavu-core; } >/dev/null 2>&1 && command -v chromium >/dev/null 2>&1 && return
  fi
  "$venv/bin/python" -m playwright install chromium >/dev/null 2>&1 || stop "the browser tests need a Chromium. Install one" \
    "(Debian: apt install chromium; macOS: brew install chromium), then: make $for_what"
}

packages_in() { grep -c '==' "$1"; }

install_for() { # run, test or bench
  case $1 in
    run) install "dependencies" "$(packages_in requirements/run.txt)" --no-deps --require-hashes -r requirements/run.txt ;;
    # torch first and alone: this way the package index of a machine without GPU gives its small CPU build.
    test | bench) install "torch" 10 torch==2.13.0 && install "dependencies of the tests" \
      "$(packages_in "requirements/$1.txt")" --no-deps --require-hashes -r "requirements/$1.txt" ;;
  esac && install "build tools" "$(packages_in requirements/build.txt)" --no-deps --require-hashes -r requirements/build.txt &&
    install "comptoir" 1 --no-deps --no-build-isolation --editable .
}

state_of() { cat "requirements/$1.txt" requirements/build.txt pyproject.toml | cksum; }
stamp() { echo "$venv/.installed-for-$1"; }
ready_for() { [ "$(cat "$(stamp "$1")" 2>/dev/null)" = "$(state_of "$1")" ] && "$venv/bin/python" -c 'import connectors' 2>/dev/null; }

ready_for "$for_what" && exit 0
if [ ! -x "$venv/bin/python" ] || ! new_enough "$venv/bin/python" || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
  make_venv
fi
# A full disk shows here in one line, before pip says it in forty.
: 2>/dev/null >"$venv/.writable" && rm "$venv/.writable" || stop "$venv cannot be written: the folder is read-only or the disk is full." \
  "Say where there is room: make COMPTOIR_VENV=DIR COMPTOIR_DATA=DIR $for_what"
install_for "$for_what" || exit 1
[ "$for_what" = test ] && browser
state_of run >"$(stamp run)" && state_of "$for_what" >"$(stamp "$for_what")" || stop "$venv cannot be written: the disk is full"
