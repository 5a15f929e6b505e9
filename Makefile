# The way in: `make demo` shows the main job on an embedded host, `make test` proves all of it.
# Needs make and Python 3.11 or newer, nothing else; works with GNU make 3.81, which macOS ships.

VENV = .venv
BIN = $(VENV)/bin
# Made anew when the dependencies change, and only then.
STAMP = $(VENV)/.installed-by-make
# Another one: make PYTHON=/opt/python/bin/python3 test
PYTHON =
# More for pytest: make test ARGS='-k rollback'
ARGS =

.PHONY: help install demo test check docs package clean

help:
	@echo "make demo    do the main job on an embedded host, each step shown live"
	@echo "make test    lint, types and all tests; ARGS=\"-m 'not faults'\" leaves out the hosts' worst days"
	@echo "make check   lint and types only"
	@echo "make docs    write the documentation as a site to build/site"
	@echo "make package write sdist and wheel to dist/, and prove that they install and deploy"
	@echo "make clean   bring the embedded host down and remove what make made"

install: $(STAMP)

demo: $(STAMP)
	@$(BIN)/python demo/main_job.py

# Four workers on any machine: the tests mostly wait, for boots and for streams, and two cores are enough for four.
# Tests that share an xdist group (those with the real LiteLLM, say) run one after the other.
test: check
	$(BIN)/python -m pytest -n 4 --dist loadgroup $(ARGS)

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The theme's notice about its own successor says nothing about these pages.
docs: $(STAMP)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "written: build/site/index.html"

package: $(STAMP)
	rm -rf dist
	$(BIN)/uv build --quiet --out-dir dist
	$(BIN)/twine check --strict dist/*.whl dist/*.tar.gz
	$(BIN)/python -m pytest -m package $(ARGS)

# The sandbox goes first: without its state nobody would know its processes.
clean:
	@if [ -d .ccdeploy ] && [ -x $(BIN)/ccdeploy ]; then $(BIN)/ccdeploy sandbox down; fi
	rm -rf $(VENV) .ccdeploy .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): pyproject.toml
	@python=; \
	for name in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	  if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$name; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "make: no Python 3.11 or newer was found; install one, or name it: make PYTHON=/path/to/python3" >&2; \
	  exit 1; \
	fi; \
	$(BIN)/python -m pip --version >/dev/null 2>&1 || "$$python" -m venv $(VENV)
	@echo "installing into $(VENV): some 900 MB, once"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -e '.[sandbox,dev]'
	@# Compiled beforehand, so that the first command starts as quickly as every other; on all cores, which pip does not.
	@$(BIN)/python -m compileall -q -j 0 ccdeploy
	@$(BIN)/python -W ignore -m compileall -q -j 0 $(VENV)/lib >/dev/null || true # a package may hold what is no Python
	@touch $@
