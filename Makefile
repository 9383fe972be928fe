# make book   build the book and say where to open it     make read       serve it on localhost
# make test   ruff, pytest, notebook validation           make notebooks  re-execute and normalise the notebooks
# make lock   compile requirements.txt from pyproject.toml
# make workbooks   students' notebooks, without the solutions, in _build/workbooks
# make bench  measure the engine beside other libraries (quiet machine, ten minutes), for the book

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
HTML := _build/html
SPHINX_OPTIONS := -W -n --keep-going

.PHONY: book read test html notebooks workbooks bench lock clean

book: html
	@echo
	@echo "The book is built. Open it in a browser:"
	@echo "  file://$(abspath $(HTML))/index.html"
	@echo "or serve it with 'make read'."

read: html
	@echo "Reading at http://localhost:$(PORT)/ (Ctrl-C stops)"
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory $(HTML)

# The strict build comes first: the browser tests open the pages that it makes.
test: html
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest

html: $(READY)
	$(BIN)/jupyter-book build $(SPHINX_OPTIONS) .

notebooks: $(READY)
	$(BIN)/python tools/notebooks.py
	$(BIN)/python tools/workbooks.py --catalogue

workbooks: $(READY)
	$(BIN)/python tools/workbooks.py

# pomegranate's compiled dependencies lag behind Python and NumPy: without it the rest is measured.
bench: $(READY)
	-$(BIN)/python -m pip install --quiet --constraint requirements.txt --editable ".[bench]"
	$(BIN)/python benchmarks/engine.py

lock: $(READY)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra book --extra test \
	    --no-emit-package em-line-by-line --custom-compile-command "make lock" \
	    --output-file requirements.txt pyproject.toml

$(READY): requirements.txt requirements-torch.txt pyproject.toml
	@$(PYTHON) -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer with venv is needed (Debian: python3-venv), and '$(PYTHON)' is not that."; \
	      echo "Name another: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.txt \
	    --requirement requirements-torch.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

clean:
	rm -rf $(VENV) _build .pytest_cache .ruff_cache .hypothesis
