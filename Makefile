# The two commands a newcomer needs: `make demo` and `make test`. Everything they need, they install.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SUDO   := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
APT    := $(shell command -v apt-get)
DEBS   := $(shell grep -v '^\#' tests/lab/packages.txt) $(shell $(PYTHON) -c 'import ensurepip' 2>/dev/null || echo python3-venv)

.DEFAULT_GOAL := help
.PHONY: help setup debs demo test test-slow test-kernel fault-bench bench mutation lint fast pyz clean

help:            ## what can be made
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(BIN)/gpuwright: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

debs:
	@$(if $(APT),dpkg-query -W $(DEBS) >/dev/null 2>&1 || \
	  { $(SUDO) apt-get update -qq && \
	    $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $(DEBS) >/dev/null; },\
	  echo "no apt-get here: lab hosts need Debian or Ubuntu; recordings are replayed instead")

setup: debs $(BIN)/gpuwright  ## the Debian packages and the virtual environment

demo: setup      ## a bare host becomes a GPU host, over SSH, with real packages and a real reboot
	$(BIN)/python -m tests.demo

lint: $(BIN)/gpuwright debs  ## ruff, mypy --strict, shellcheck
	$(BIN)/ruff check .
	$(BIN)/ruff check --target-version py39 --select F,E9 checks
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	shellcheck $$(git ls-files '*.sh' .ci/run)

fast: $(BIN)/gpuwright  ## everything pure, in seconds
	$(BIN)/pytest -q -m "not lab"

test: setup lint ## lint, types, everything pure, and real hosts: under 15 minutes
	$(BIN)/pytest -m "not slow"

test-slow: setup ## the other tests on real hosts
	$(BIN)/pytest -m slow -n 3 --dist loadfile  # they wait for boots and downloads more than they compute

test-kernel: setup ## a QEMU host with its own kernel: a real modprobe, a real reboot
	$(BIN)/python -m tests.kernel

fault-bench: $(BIN)/gpuwright ## faults injected into recorded hosts: is the cause named first?
	$(BIN)/python -m tests.faultbench

bench: setup    ## doctor and no-op converge beside ansible, pyinfra, fabric and ssh, to docs/results; over an hour
	$(BIN)/python -m bench $(BENCH)

pyz: $(BIN)/gpuwright  ## dist/gpuwright-doctor.pyz and dist/gpuwright-probe.sh: for hosts where nothing is installed
	$(BIN)/python -m provision.pyz dist

mutation: $(BIN)/gpuwright ## which changes of the checks no test would notice
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[mutation]'
	$(BIN)/python -m tests.mutation $(addprefix checks/,host bus driver gpu nvlink container kubernetes)

clean:           ## remove the virtual environment and caches (lab bases stay: `invoke lab.purge`)
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache
