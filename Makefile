# What people and CI call. Everything lives in this checkout: .venv/ (packages) and var/ (data, secrets, queue).
PYTHON ?= python3
VENV := .venv/bin

.PHONY: setup run test lint bench lock .setup-tests

setup: ## Virtual environment, locked packages, system packages; nothing is started
	@$(PYTHON) config/launch/prepare.py

run: setup ## Web server, Celery worker and beat; Ctrl-C stops them
	@exec $(VENV)/python -m config.launch.run --with-parent

.setup-tests:
	@$(PYTHON) config/launch/prepare.py --tests

test: .setup-tests ## The whole suite on SQLite, then on PostgreSQL and Redis
	@exec $(VENV)/python -m tests.suite

lint: .setup-tests ## Style, formatting, import direction, the compose file
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/lint-imports
	$(VENV)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

bench: .setup-tests ## How long the heavy things take
	@exec $(VENV)/python -m tests.bench

lock: .setup-tests ## Writes the locked package lists from the .in files
	$(VENV)/uv pip compile -q --universal --python-version 3.11 --generate-hashes config/launch/uv.in -o config/launch/uv.txt
	$(VENV)/uv pip compile -q --universal --python-version 3.11 --generate-hashes requirements.in -o requirements.txt
	$(VENV)/uv pip compile -q --universal --python-version 3.11 --generate-hashes requirements-dev.in -o requirements-dev.txt
