# The two that matter: `make run` and `make test`. The rest is for those who change Comptoir.
# COMPTOIR_VENV says where the virtual environment goes, PYTHON which Python makes it.
VENV := $(or $(COMPTOIR_VENV),.venv)
CODE := bot knowledge escalation connectors tests

.PHONY: help install run test check format lint fast-test docs quality performance confidence lock environment

help:
	@echo "make run      install, load the demo shop, open it on http://localhost:8000"
	@echo "make install  install only; comptoir is then in .venv/bin"
	@echo "make test     install, run the whole test suite"
	@echo "make check    format, lint, types, import direction, fast tests"
	@echo "make format   put the code into shape"
	@echo "make docs     write docs/settings.md and docs/cli.md again"
	@echo "make quality  measure on real help centres, write docs/quality.md (takes a while)"
	@echo "make performance  measure speed, widgets and scale, write docs/performance.md"
	@echo "make confidence  fit the shipped confidence weights anew"
	@echo "make lock     write requirements/*.txt again (needs uv)"

install:
	@sh deploy/environment.sh run

run:
	@sh deploy/environment.sh run
	@$(VENV)/bin/comptoir demo

# Many tests wait for a browser or another process: more of them at once than there are cores.
test: environment
	@$(VENV)/bin/python -m pytest -q -n 3 --dist loadfile

check: lint fast-test

lint: environment
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

fast-test: environment
	@$(VENV)/bin/python -m pytest -q -m "not slow"

format: environment
	@$(VENV)/bin/ruff format .
	@$(VENV)/bin/ruff check --fix .

docs: environment
	@$(VENV)/bin/python -m connectors.settings_docs > docs/settings.md
	@$(VENV)/bin/python -m connectors.cli.page > docs/cli.md

quality:
	@sh deploy/environment.sh bench
	@$(VENV)/bin/python -m tests.bench.quality

performance: environment
	@$(VENV)/bin/python -m tests.bench.performance

confidence: environment
	@$(VENV)/bin/python -m tests.bench.fit_confidence

lock:
	@sh deploy/lock.sh

environment:
	@sh deploy/environment.sh test
