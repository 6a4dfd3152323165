# Every target sets up what it needs in .venv; only Python 3.11 or newer has to be there.
#   make demo    transcribe the bundled recording in a notebook, write a report into build/
#   make test    lint, type check and all tests
#   make coverage   the same, measured: fails below the floor of lines and branches
#   make static, make frontend, make suite   its parts: lint and types of Python; the front end; the tests
#   make bench   the figures of the README, into benchmarks/results.md
#   make bench-corpus   a corpus of 100 million words; needs some 10 GB of disk
#   make bench-check   tell what became slower since the last tag, or since BASE=<commit>
#   make nightly the suite with the newest and the oldest versions allowed, on each Python of this machine
#                (PYTHONS="3.12 3.13" RESOLUTION=oldest PYTEST_ARGS="tests/client" take less)
#   make front-ends   drive every front end that can be had here, and note what works in docs/
#   make firefox the tests of pages in Firefox, which Playwright fetches, or the system's
#   make wheel   wheel, sdist and bill of materials into dist/, installed and tried on each Python
#   make resolve check that [all] resolves on Linux, macOS and Windows for each Python
#   make lab     JupyterLab on the notebooks
#   make docs    build the documentation site into build/docs
#   make tables  rewrite the generated tables of README.md and docs/, and the types of options

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_TEST := $(VENV)/.ready-test
READY_FRONT_ENDS := $(VENV)/.ready-front-ends
RELEASE := .venv-release
READY_RELEASE := $(RELEASE)/.ready
COLAB := .venv-colab
READY_COLAB := $(COLAB)/.ready
export HF_HUB_OFFLINE := 1
# Hundreds of kernels and engines are started: none should have to compile the package once more.
unexport PYTHONDONTWRITEBYTECODE
# Processes among which the tests are shared; 0 runs them in one.
WORKERS ?= 3

.PHONY: demo test suite coverage static frontend bench bench-corpus bench-check nightly front-ends firefox wheel resolve lab docs tables clean

demo: $(READY)
	$(BIN)/aai-jupyter demo --out build --notebook notebooks/01_first_transcript.ipynb

# Tests wait now and then; the checks run in the meantime. Whatever fails, the others run to their end.
test: $(READY_TEST) $(READY_COLAB)
	$(BIN)/python tools/frontend.py install
	$(MAKE) --no-print-directory --keep-going -j 3 static frontend suite

# The tests alone. That of the JavaScript SDK needs what `make frontend` installs.
suite: $(READY_TEST) $(READY_COLAB)
	AAI_TEST_CHROMIUM="$$(sh tools/browser.sh)" AAI_TEST_COLAB_PYTHON=$(abspath $(COLAB))/bin/python \
	    $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope $(PYTEST_ARGS)

# Kernels and engines are measured, too: this takes half as long again as the tests alone.
coverage: PYTEST_ARGS += --cov --cov-report=term
coverage: test

static: $(READY_TEST)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/reference_tables.py --check
	$(BIN)/python tools/option_types.py --check
	$(BIN)/mypy

frontend: $(READY_TEST)
	$(BIN)/python tools/frontend.py

bench: $(READY_TEST)
	$(BIN)/python -m benchmarks

bench-corpus: $(READY_TEST)
	$(BIN)/python -m benchmarks.bench_corpus

bench-check: $(READY_TEST)
	$(BIN)/python -m benchmarks.compare $(BASE)

nightly: $(READY_RELEASE) $(READY_COLAB)
	AAI_TEST_CHROMIUM="$$(sh tools/browser.sh)" AAI_TEST_COLAB_PYTHON=$(abspath $(COLAB))/bin/python \
	    $(RELEASE)/bin/python -m tools.nightly
	$(MAKE) --no-print-directory firefox PYTEST_ARGS=

firefox: $(READY_TEST)
	sh tools/firefox.sh $(BIN)/python -m pytest -m "" tests/browser/test_*_module.py $(PYTEST_ARGS)

front-ends: $(READY_FRONT_ENDS)
	AAI_TEST_CHROMIUM="$$(sh tools/browser.sh)" AAI_TEST_TRIED=$(abspath docs/reference/front_ends.json) \
	    $(BIN)/python -m pytest -m "" tests/browser/notebooks tests/front_ends tests/notebook/test_front_ends.py $(PYTEST_ARGS)
	$(BIN)/python tools/reference_tables.py

wheel: $(READY_RELEASE) resolve
	$(RELEASE)/bin/python -m tools.check_wheel

resolve: $(READY_RELEASE)
	$(RELEASE)/bin/python -m tools.resolve

lab: $(READY_TEST)
	$(BIN)/jupyter lab notebooks

docs: $(READY_TEST)
	$(BIN)/python -m sphinx -E -a -W --keep-going -q docs build/docs
	@echo "Open build/docs/index.html"

tables: $(READY_TEST)
	$(BIN)/python tools/reference_tables.py
	$(BIN)/python tools/option_types.py

$(READY): pyproject.toml constraints.txt tools/setup.sh
	sh tools/setup.sh $(VENV) constraints.txt -e ".[all]" --group demo
	touch $@

$(READY_TEST): $(READY)
	sh tools/setup.sh $(VENV) constraints.txt -e ".[all,local-weights-light]" --group dev
	touch $@

$(READY_FRONT_ENDS): $(READY_TEST)
	sh tools/setup.sh $(VENV) constraints.txt --group front-ends
	touch $@

# The versions that Google Colab pins: the oldest IPython and ipykernel that are supported.
$(READY_COLAB): pyproject.toml tools/colab.txt tools/setup.sh
	sh tools/setup.sh $(COLAB) tools/colab.txt -e . ipython ipykernel
	touch $@

# What builds and checks releases; the packages themselves go into environments of their own, under build/.
$(READY_RELEASE): pyproject.toml tools/release.txt tools/setup.sh
	sh tools/setup.sh $(RELEASE) tools/release.txt --group release
	touch $@

export PYTHONS RESOLUTION PYTEST_ARGS EXTRAS WORKERS

clean:
	rm -rf build dist .venv .venv-colab .venv-release
