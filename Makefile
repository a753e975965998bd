# The commands of this repository; `make help` lists them. Everything is set up by itself.
.DEFAULT_GOAL := help
.PHONY: help tools demo up doctor check test simulate lint format screenshots errors api connector infra setup browser bench bench-quick performance pace cold-start clean

RUN := .venv/bin/python -m
SEEDS ?= 500
# More workers than the two cores that CI has: most tests wait for parts that run beside them.
WORKERS ?= 4
PYTHON_CODE := local shared tests docs infra $(wildcard benchmarks function_app.py)
# Set-up is done again only when what it was made from has changed.
VENV := .venv/.installed
NODE_MODULES := node_modules/.installed

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile

demo: setup ## the whole app, in this terminal, with a Dataverse that is made up
	@$(RUN) local.demo

up: setup ## the app and all that it needs, running until Ctrl-C; ARGS=--demo: with runs to look at
	@$(RUN) local.up $(ARGS)

doctor: setup ## what is wrong with an app: of `make up`, or URL=https://<host> KEY=<its key>
	@DOCTOR_URL="$(URL)" DOCTOR_KEY="$(KEY)" $(RUN) local.doctor

test: browser lint ## everything CI checks: lint, types, import directions, tests
	@$(RUN) pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: lint ## what people who work on it run often: lint, types, import directions, unit tests
	@$(RUN) pytest -q -n 2 tests/unit

simulate: setup ## deterministic simulation: SEEDS=5000 of them, or SEED=n with its history
	@$(RUN) tests.simulation $(if $(SEED),--seed $(SEED),--seeds $(SEEDS))

lint: setup ## ruff, mypy, import-linter
	@$(RUN) ruff check $(PYTHON_CODE)
	@$(RUN) ruff format --check $(PYTHON_CODE)
	@$(RUN) mypy
	@.venv/bin/lint-imports

format: setup ## let ruff fix and format the code
	@$(RUN) ruff check --fix $(PYTHON_CODE)
	@$(RUN) ruff format $(PYTHON_CODE)

screenshots: browser ## docs/images/: the console's pictures, taken anew by its tests
	@mkdir -p docs/images
	@SCREENSHOTS=docs/images $(RUN) pytest -q tests/browser/test_shown.py -k picture

errors: setup ## write docs/errors.md from the catalogue of codes
	@$(RUN) local.errors_page

api: setup ## write docs/api.md from the description of the API
	@$(RUN) local.api_page

connector: setup ## write connector/ from the description; HOST=<name>: for an app, to .local/connector/
	@$(RUN) local.connector_files $(if $(HOST),--host "$(HOST)")

infra: setup ## check infra/ and azure.yaml, as far as it goes without Azure
	@$(RUN) local.infra_checks

setup: tools $(VENV) $(NODE_MODULES) ## the virtual environment and Azurite

# The browser tests need one; the demo, `make up` and `make check` do not.
browser: setup
	@$(RUN) local.chromium

# At each start, before anything else: what was there at set-up may be gone by now.
tools:
	@PYTHON="$(PYTHON)" sh local/check_tools.sh python >/dev/null
	@sh local/check_tools.sh node

$(VENV) $(NODE_MODULES): | tools

BENCH := $(RUN) benchmarks $(if $(ONLY),--only $(ONLY)) $(if $(RUNS),--runs $(RUNS)) $(if $(PATIENCE),--patience $(PATIENCE))

bench: setup ## all figures against floors, 20 minutes; ONLY=start,callback: these; RUNS=100000: of memory
	@$(BENCH)

bench-quick: setup ## the same with fewer samples and shorter windows, three minutes
	@$(BENCH) --quick

performance: setup ## write docs/performance.md and its pictures from the last `make bench`
	@$(RUN) benchmarks --page

pace: setup ## how close one connection comes to its limit, beside two other clients (10 minutes)
	@$(RUN) benchmarks --only pace

cold-start: setup ## what importing the app costs, against its libraries
	@$(RUN) benchmarks --only cold-start

clean: ## remove what set-up and runs have made
	rm -rf .venv .venv.new-* node_modules node_modules.new-* .local .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV): requirements.txt requirements-dev.txt
	@python=$$(PYTHON="$(PYTHON)" sh local/check_tools.sh python) && $$python local/set_up.py python

$(NODE_MODULES): package.json package-lock.json .npmrc
	@sh local/check_tools.sh npm
	@python=$$(PYTHON="$(PYTHON)" sh local/check_tools.sh python) && $$python local/set_up.py node
