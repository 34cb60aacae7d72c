PY ?= python3
PORT ?= 8000
BIN := .venv/bin
# Read by a person instead of the linter: they drop or require columns, and no older version runs beside them before the first release.
REVIEWED_MIGRATIONS := 0002_chart 0003_contacts 0002_payers_move 0003_runs_in_chunks 0004_programs_and_locks 0003_shortcuts 0004_people 0002_form_key 0004_lighter_rows_of_runs 0010_payers_kept 0013_taken_back 0005_findings_in_columns 0008_more_disciplines 0015_program_facts 0007_terms_of_units 0017_transitions 0009_transitions 0011_days_off_mark_facts
.DEFAULT_GOAL := help
.PHONY: help run test lint check query-counts planted-faults mutants bench nemesis

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t16

run: .venv/.run ## everything on localhost:8000, with two demonstration agencies; Ctrl-C stops it
	@$(BIN)/python manage.py up --port "$(PORT)"

test: .venv/.dev ## the whole suite: real PostgreSQL as the app's role, real worker, real Chromium
	@$(BIN)/python -m tests.browser
	@$(if $(ARGS),$(BIN)/python -m pytest $(ARGS),$(halves))

lint: .venv/.dev ## style, types of the rules, layers, migrations, rulebook
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check -q .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python manage.py makemigrations --check --dry-run -v 0
	@DJANGO_SETTINGS_MODULE=config.settings.test $(BIN)/python manage.py lintmigrations --sql-analyser postgresql --exclude-apps account mfa auth contenttypes sessions pghistory --ignore-initial-migrations --ignore-name $(REVIEWED_MIGRATIONS) -q ok ignore
	@$(BIN)/python manage.py check_rulebook

check: lint test ## lint and test

query-counts: .venv/.dev ## measure the queries of every page anew and write them to tests/query_counts.json
	@WRITE_QUERY_COUNTS=1 $(BIN)/python -m pytest -q tests/test_query_counts.py

planted-faults: .venv/.dev ## build faults into the walls, one at a time, and see a test fail for each (about 7 minutes)
	@$(BIN)/python -m tests.planted $(ARGS)

mutants: .venv/.dev ## build small faults into the engine and the rulebook, see a case or a test fail for each; writes docs/rules/mutation.md (one to two hours)
	@$(BIN)/python -m tests.mutation --write $(ARGS)

nemesis: .venv/.dev ## kill worker, beat, web, PostgreSQL and broker in the middle of their work, hold what is stored against what was asked for (about 10 minutes)
	@$(BIN)/python -m tests.nemesis $(ARGS)

bench: .venv/.dev ## measure pages, the month's run and row security beside their floors; writes bench/RESULTS.md (about 15 minutes)
	@$(BIN)/python -m bench $(ARGS)

# One virtualenv; .run is satisfied by the development lock too, because it holds everything of the other (a test says so).
.venv/.run: requirements.lock
	@$(call install,requirements.lock)
	@touch $@

.venv/.dev: requirements-dev.lock
	@$(call install,requirements-dev.lock)
	@touch .venv/.run $@

# These need no test database: journeys and production bring their own. So they run beside the rest, on the second core; what they
# said is shown after it. Of the tests of pure rules as many are here as keep the halves even: each says its time at its end.
APART := tests/journeys tests/config/test_production.py tests/billing/test_ledger_properties.py tests/billing/test_cases.py
define halves
mkdir -p .dev; \
$(BIN)/python -m pytest $(APART) >.dev/apart.log 2>&1 & apart=$$!; \
trap "kill $$apart; exit 130" INT TERM; \
$(BIN)/python -m pytest $(APART:%=--ignore=%); rest=$$?; \
wait $$apart; beside=$$?; \
cat .dev/apart.log; \
test $$rest -eq 0 -a $$beside -eq 0
endef

# A virtualenv that could not be finished is removed, so that the next try starts anew.
define install
if ! test -x $(BIN)/python; then \
  $(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
    { echo "Careledger needs Python 3.11 or newer, and $(PY) is older or missing: install it, or name one with PY=python3.12" >&2; exit 1; }; \
  echo "installing into .venv, once ..."; \
  if command -v uv >/dev/null; then uv venv -q --python $(PY) .venv; else $(PY) -m venv .venv >/dev/null; fi || \
    { rm -rf .venv; echo "$(PY) -m venv failed: install the package python3-venv of your system, or uv" >&2; exit 1; }; \
fi; \
if command -v uv >/dev/null; then uv pip install -q --python $(BIN)/python --require-hashes -r $(1); \
else $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(1); fi
endef
