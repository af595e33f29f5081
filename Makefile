# What one runs while working on the service. `make` alone lists it.
# For GNU make 3.81 (macOS) and later.

PYTHON_OF_PROJECT := .venv/bin/python
FLASK := $(PYTHON_OF_PROJECT) -m flask --app saas.app
PACKAGES := saas tenants billing
STATIC := saas/web/static

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset dev test test-any-day test-other-days new-migration check check-assets check-migrations load-test migrate-under-load bench messages assets lock clean environment

help: ## This list
	@echo 'Usage: make TARGET'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: environment ## Run the whole service here (PORT=5000); Ctrl-C ends it, what was entered stays
	@$(PYTHON_OF_PROJECT) -m saas.dev demo

demo-reset: environment ## Delete the demo's records and start it afresh
	@$(PYTHON_OF_PROJECT) -m saas.dev reset
	@$(PYTHON_OF_PROJECT) -m saas.dev demo

dev: environment ## The demo, and a web that reloads when a file changes
	@$(PYTHON_OF_PROJECT) -m saas.dev dev

test: environment ## Run every test (ARGS="-k clocks" for some of them)
	@$(PYTHON_OF_PROJECT) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

# The demonstration on 120 days of five years, and the whole of it on three; what the DfE published
# of every authority in it.
test-any-day: environment ## Make the demonstration on many days
	@ANY_DAY=all $(PYTHON_OF_PROJECT) -m pytest -n 2 --dist load tests/saas/demo/test_any_day.py $(ARGS)
	@ANY_DAY=all $(PYTHON_OF_PROJECT) -m pytest tests/tenants/statistics/measures/test_published_counts.py

# With the clocks of Python and of PostgreSQL moved to the next of these; needs Debian's faketime.
OTHER_DAYS := year-end easter-monday leap-day
test-other-days: environment ## Run what depends on the day as if it were another (needs faketime)
	@for day in $(OTHER_DAYS); do scripts/on-another-day $$day || exit 1; done

new-migration: environment ## Begin a migration after the newest (NAME=short_name)
	@$(FLASK) database new-migration "$(NAME)"

check: environment ## Format, lint, types, import rules, templates, catalogues, migrations, built assets
	$(PYTHON_OF_PROJECT) -m ruff format --check .
	$(PYTHON_OF_PROJECT) -m ruff check .
	$(PYTHON_OF_PROJECT) -m mypy $(PACKAGES) tests
	.venv/bin/lint-imports
	$(PYTHON_OF_PROJECT) -m djlint templates --lint --quiet
	$(PYTHON_OF_PROJECT) scripts/catalogues --check
	@$(MAKE) --no-print-directory check-migrations
	@$(MAKE) --no-print-directory check-assets

# Models against migrations is one of the tests, which have a database of their own.
check-migrations:
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
		$(FLASK) database sql --into "$$folder" && .venv/bin/squawk "$$folder"/*.sql

check-assets:
	@if command -v npm >/dev/null 2>&1; then \
		before=$$(find $(STATIC) -type f -exec cksum {} + | sort); \
		$(MAKE) --no-print-directory assets || exit 1; \
		after=$$(find $(STATIC) -type f -exec cksum {} + | sort); \
		if [ "$$before" != "$$after" ]; then \
			echo 'The built assets were not those of assets/: commit what was built now.' >&2; \
			exit 1; \
		fi; \
	else \
		echo 'npm is not here: the built assets are taken as they are.'; \
	fi

# And 500 invoices against a Stripe that fails in every way.
load-test: environment ## 200 people at once for two minutes (LOAD_USERS, LOAD_SECONDS)
	@LOAD_TEST=1 $(PYTHON_OF_PROJECT) -m pytest tests/saas/operations/test_load.py -s $(ARGS)
	@CHAOS_LIVES=500 $(PYTHON_OF_PROJECT) -m pytest tests/billing/stripe/test_chaos.py

migrate-under-load: environment ## Migrate while the last release is at work (RELEASE=its commit)
	@$(PYTHON_OF_PROJECT) -m tests.under_load $(RELEASE)

bench: environment ## Measure the pages, lists and imports on a large database
	@$(PYTHON_OF_PROJECT) bench/run.py

messages: environment ## Collect what the families' pages say into the catalogues of their languages
	$(PYTHON_OF_PROJECT) scripts/catalogues

assets: ## Build the styles and scripts that pages use (needs Node)
	npm ci --omit=optional --no-audit --no-fund
	npm run --silent build

lock: environment ## Choose the newest allowed packages and write requirements.lock
	.venv/bin/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --no-emit-index-url --upgrade \
		-o requirements.lock

clean: ## Delete the environment and every cache, but none of the demo's records
	rm -rf .venv node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

environment:
	@scripts/environment
