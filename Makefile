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

# Two processes, each with a database server of its own. A file's tests stay together, and files begin
# in the order of the alphabet: the longest come first. `make test ARGS=-n0` runs in one process.
IN_PARALLEL := -n 2 --dist loadfile --no-loadscope-reorder
# A pool of threads for each of the two only waits for the other's.
test test-long: export POLARS_MAX_THREADS = 1

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
