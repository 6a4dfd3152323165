# Every target sets up what it needs in .venv; only Python 3.11 or newer has to be there.
#   make demo    transcribe the bundled recording in a notebook, write a report into build/
#   make test    lint, type check and all tests
#   make frontend   those of the front end only
#   make bench   the figures of the README, into benchmarks/results.md
#   make lab     JupyterLab on the notebooks
#   make docs    rewrite the generated tables of README.md

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_TEST := $(VENV)/.ready-test
COLAB := .venv-colab
READY_COLAB := $(COLAB)/.ready
export HF_HUB_OFFLINE := 1
# Hundreds of kernels and engines are started: none should have to compile the package once more.
unexport PYTHONDONTWRITEBYTECODE
# Processes among which the tests are shared; 0 runs them in one.
WORKERS ?= 2

.PHONY: demo test frontend bench lab docs clean

demo: $(READY)
	$(BIN)/aai-jupyter demo --out build --notebook notebooks/01_first_transcript.ipynb

test: $(READY_TEST) $(READY_COLAB) frontend
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tools/reference_tables.py --check
	AAI_TEST_CHROMIUM="$$(sh tools/browser.sh)" AAI_TEST_COLAB_PYTHON=$(abspath $(COLAB))/bin/python \
	    $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

frontend: $(READY_TEST)
	$(BIN)/python tools/frontend.py

bench: $(READY_TEST)
	$(BIN)/python -m benchmarks

lab: $(READY_TEST)
	$(BIN)/jupyter lab notebooks

docs: $(READY_TEST)
	$(BIN)/python tools/reference_tables.py

$(READY): pyproject.toml constraints.txt tools/setup.sh
	sh tools/setup.sh $(VENV) constraints.txt -e ".[all]" --group demo
	touch $@

$(READY_TEST): $(READY)
	sh tools/setup.sh $(VENV) constraints.txt -e ".[all,local-weights-light]" --group dev
	touch $@

# The versions that Google Colab pins: the oldest IPython and ipykernel that are supported.
$(READY_COLAB): pyproject.toml tools/colab.txt tools/setup.sh
	sh tools/setup.sh $(COLAB) tools/colab.txt -e . ipython ipykernel
	touch $@

clean:
	rm -rf build .venv .venv-colab
