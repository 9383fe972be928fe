# `make` or `make help` lists the targets with the comments after them.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
HTML := _build/html
BUILT := $(HTML)/.built
# What the pages are made of. Folders count, too: a file that is removed changes its folder.
SOURCES := $(shell find _config.yml _toc.yml book/. emlib/. tools/*.py \
    \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -o -print)
SPHINX_OPTIONS := -W -n --keep-going
PARALLEL := --numprocesses auto --dist loadfile --no-loadscope-reorder
TOOL := PYTHONPATH=book/_ext $(BIN)/python

# Hundreds of processes import the package: each would compile it again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help book read lab test test-all html topic mutants seen notebooks workbooks bench lock clean

help:  ## list the targets
	@echo "The book and its package (the first target makes the environment, in $(VENV)):"
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | \
	    while IFS='|' read -r target words; do printf '%-19s %s\n' "$$target" "$$words"; done

book: html  ## build the book and say where to open it
	@echo
	@echo "The book is built. Open it in a browser:"
	@echo "  file://$(abspath $(HTML))/index.html"
	@echo "or serve it with 'make read'."

read: html  ## serve the book on localhost (PORT=8000)
	@echo "Reading at http://localhost:$(PORT)/ (Ctrl-C stops)"
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory $(HTML)

lab: $(READY)  ## open the chapters in JupyterLab
	$(BIN)/python -m pip install --quiet --constraint requirements.txt --editable ".[lab]"
	$(BIN)/jupyter-lab book

# The strict build comes first: the tests compare the outputs that it shows, and open its pages.
# One thread of linear algebra each, because several processes share the processors.
test: export OMP_NUM_THREADS := 1
test: html  ## check everything: style, package, notebooks, equations, pages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest $(PARALLEL) --sample

test-all: export THOROUGH := 1
test-all: test  ## the same with a thousand problems for every function, and all mutants

html: $(BUILT)

# The notebooks first, side by side: the build finds their outputs in its cache. Sphinx does not
# read an unchanged page again, or repeat its warnings: after a failure it has to.
$(BUILT): $(READY) $(SOURCES)
	$(TOOL) tools/execution.py
	$(BIN)/jupyter-book build $(SPHINX_OPTIONS) . || { rm -rf _build/.doctrees; exit 1; }
	@touch $@

topic: $(READY)  ## write the skeleton of a topic (NAME=...)
	$(TOOL) tools/topic.py $(NAME)
	$(BIN)/python -m tests.seals $(NAME)

mutants: $(READY)  ## try every mutant of every topic and renew the records (TOPICS=... for some)
	$(BIN)/python -m tests.seals $(TOPICS)

seen: export OMP_NUM_THREADS := 1
seen: html  ## run all tests that tests/seen.json records (pages, submissions) and renew it
	$(BIN)/python -m pytest $(PARALLEL) --renew

notebooks: $(READY)  ## execute the chapters and write them in the form that is committed
	$(TOOL) tools/notebooks.py
	$(TOOL) tools/workbooks.py --catalogue

workbooks: $(READY)  ## write the chapters without their solutions, for students
	$(TOOL) tools/workbooks.py

# pomegranate's compiled dependencies lag behind Python and NumPy: if it fails, measure the rest.
bench: $(READY)  ## compare the engine with other libraries (a quiet machine, ten minutes)
	-$(BIN)/python -m pip install --quiet --constraint requirements.txt --editable ".[bench]"
	$(BIN)/python benchmarks/engine.py

lock: $(READY)  ## compile requirements.txt from pyproject.toml
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

clean:  ## remove the environment and all that was built
	rm -rf $(VENV) _build .pytest_cache .ruff_cache .hypothesis
