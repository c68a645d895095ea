# Every verb sets up what it needs; `make` alone lists the verbs.
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
# In a container people are often root, and JupyterLab wants to be told so.
ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
# Tests and rebuilt notebooks must not read or write anybody's own record.
NO_RECORD := HEELKIT_PROGRESS=$(abspath $(VENV))/no_record.jsonl
NOTEBOOKS := $(sort $(wildcard notebooks/*.ipynb notebooks/es/*.ipynb))

.PHONY: help lab test check notebooks browser fuzz bench accuracy lint docs lite html serving
help:  ## List the verbs
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@mkdir -p $(VENV)/share/jupyter/lab/settings
	@echo '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}' > $(VENV)/share/jupyter/lab/settings/overrides.json
	@touch $@

# JupyterLite's kernel would make JupyterLab complain, so what serves a class has an environment of its own.
$(VENV)-serving/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)-serving
	$(VENV)-serving/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,serving]'
	@npm install --silent --no-audit --no-fund --global --prefix $(abspath $(VENV))-serving configurable-http-proxy@5.3.0 || echo 'Without npm JupyterHub has no proxy: its tests are skipped.'
	@touch $@

$(VENV)/ready-bench: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt '.[bench]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

lab: $(VENV)/ready  ## Set up and open JupyterLab on the first notebook
	$(BIN)/jupyter lab $(ROOT) --LabApp.news_url=None --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate notebooks/00_start_here.ipynb

test: $(VENV)/ready  ## Run the library's tests and every notebook
	$(NO_RECORD) $(BIN)/python -m pytest -n 2 -m 'not browser'
	@rm -rf notebooks/my_class
	$(NO_RECORD) $(BIN)/python -m pytest --nbval $(NOTEBOOKS)

check: $(VENV)/ready  ## Check every table
	$(BIN)/python -m heelkit check

notebooks: $(VENV)/ready  ## Run every notebook again and keep the outputs
	@rm -rf notebooks/my_class
	$(NO_RECORD) $(BIN)/jupyter nbconvert --to notebook --inplace --execute --ExecutePreprocessor.store_widget_state=False --ExecutePreprocessor.record_timing=False $(NOTEBOOKS)

browser: $(VENV)/ready  ## Use the notebooks in real JupyterLab, in headless Chromium
	$(NO_RECORD) $(BIN)/python -m pytest -n 2 --dist loadfile -m browser tests/browser

fuzz: $(VENV)/ready  ## Break tables in 10,000 ways and toggle 5,000 findings
	$(NO_RECORD) HEELKIT_FUZZ=full $(BIN)/python -m pytest -n 2 tests/test_table_fuzz.py tests/test_stateful.py

BENCH ?= bench scale
bench: $(VENV)/ready-bench  ## Measure speed, as ratios in one run; BENCH="paint growth" measures the browser and memory
	for part in $(BENCH); do $(BIN)/python tests/bench/$$part.py || exit 1; done

accuracy: $(VENV)/ready  ## Measure how often heelkit is right on published cases
	$(BIN)/python tests/accuracy/accuracy.py

lint: $(VENV)/ready  ## Check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

docs: $(VENV)/ready  ## Write data/README.md from data/datapackage.json
	$(BIN)/python -m heelkit describe > data/README.md

html: $(VENV)/ready  ## Write the lessons as pages that need no server and no network, to build/html
	$(NO_RECORD) $(BIN)/python serving/pages.py build/html

lite: $(VENV)-serving/ready  ## Build the JupyterLite site, where Python runs in the student's browser, in build/lite
	$(VENV)-serving/bin/python serving/lite.py build/lite-work build/lite

serving: html lite  ## Test what serves a class: pages, JupyterLite, Binder, a JupyterHub and the links to it
	$(NO_RECORD) HEELKIT_PAGES=build/html HEELKIT_LITE=build/lite $(VENV)-serving/bin/python -m pytest tests/serving
