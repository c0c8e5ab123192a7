# Two commands suffice on a machine with Python 3.11+ and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Where the embedded database of this checkout lives.
export APPORTION_HOME ?= $(CURDIR)/.apportion

.DEFAULT_GOAL := help
.PHONY: help demo serve token test test-long check bench schema lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Apportion needs Python 3.11 or later; name one: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(VENV)/.ready ## goods arrive and are shared out, on the shipped example
	@$(BIN)/apportion demo $(ARGS)

serve: $(VENV)/.ready ## server and worker on 127.0.0.1:8000, GraphiQL in the browser
	@$(BIN)/apportion serve --with-worker $(ARGS)

token: $(VENV)/.ready ## a token for the API's Authorization header: make token ROLE=ADMIN
	@test -n "$(ROLE)" || { echo "Name a role: make token ROLE=ADMIN" >&2; exit 2; }
	@$(BIN)/apportion token --role "$(ROLE)" $(ARGS)

# Four processes, each with a database server of its own: on two cores, for half of them wait. A file's
# tests stay together, and the longest files begin first. `make test ARGS=-n0` runs in one process.
IN_PARALLEL := -n 4 --dist loadfile --no-loadscope-reorder
# A pool of threads for each of the four only waits for the others'.
test test-long: export POLARS_MAX_THREADS = 1
# Whatever the shell says: some three hundred processes would each compile the code.
test test-long: export PYTHONDONTWRITEBYTECODE =

test: $(VENV)/.ready ## all tests; of what is random or large a slice
	$(BIN)/python -m pytest $(IN_PARALLEL) $(ARGS)

test-long: $(VENV)/.ready ## all tests, with all that is random or large (an hour)
	APPORTION_TEST_LONG=1 $(BIN)/python -m pytest $(IN_PARALLEL) $(ARGS)

check: $(VENV)/.ready ## format, lint, types, imports, schema snapshot
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/apportion schema --check schema.graphql

schema: $(VENV)/.ready ## write schema.graphql
	$(BIN)/apportion schema > schema.graphql

bench: $(VENV)/.ready ## lists the benchmarks; NAME=allocator runs one
	$(BIN)/python -m benchmarks $(NAME)

lock: ## renew requirements.lock (needs uv)
	uv pip compile pyproject.toml --universal --generate-hashes --all-extras --no-emit-index-url --no-annotate --no-header -q -o requirements.lock

clean: ## remove the virtual environment and the embedded database
	rm -rf $(VENV) .apportion
