# Everything on a fresh machine that has Python 3.11-3.13 and make: the first target makes .venv and installs.

PYTHON ?= $(shell for v in python3 python3.11 python3.12 python3.13; do command -v $$v >/dev/null \
	&& $$v -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' && echo $$v && break; done)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
BENCHES := bench/planning.py $(wildcard bench/bench_*.py)

.PHONY: demo test lint format bench clean help

help:  ## Say what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(INSTALLED)  ## A whole campaign on the practice aircraft, in ./demo
	@# Exit code 3 says: done, but not complete; small gaps are listed and belong to the show.
	$(BIN)/tianmu demo demo || [ $$? -eq 3 ]

test: $(INSTALLED)  ## All tests
	$(BIN)/pytest -n 2 --dist worksteal

lint: $(INSTALLED)  ## Style, types and the rules between the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

format: $(INSTALLED)  ## Put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(INSTALLED)  ## Every measurement, printed beside its peers
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[bench]'
	@for script in $(BENCHES); do echo "== $$script"; $(BIN)/python $$script || exit 1; done

clean:  ## Remove what was made here
	rm -rf $(VENV) demo demo-truth

$(INSTALLED): pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "Tianmu needs Python 3.11, 3.12 or 3.13; set PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python lacks venv; installing it"; $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq python3-venv; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@# OpenCV's wheel needs two libraries that a plain Debian does not have.
	@$(BIN)/python -c 'import cv2' 2>/dev/null || { \
		echo "OpenCV needs libGL and GLib; installing them"; \
		$(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq libgl1 libglib2.0-0; }
	@$(BIN)/python -c 'import cv2'
	@touch $(INSTALLED)
