# Each target sets up what it needs of .venv first; where nothing has changed, that takes no time.

# The Python for a new .venv; empty: the first on this machine that is new enough.
PYTHON ?=
export PYTHON
# Threads that wait by spinning can make a busy machine many times slower; it is read when Python starts.
export OMP_WAIT_POLICY := PASSIVE

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-language people test docs bench clean

help: ## these lines
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F '\t' '{ printf "make %-13s %s\n", $$1, $$2 }'

setup: ## .venv with everything, in the versions of constraints.txt (PYTHON=python3.12 chooses the Python)
	@scripts/setup

demo: ## train the smallest experiment into a new folder under runs/
	@scripts/setup demo
	@out=runs/demo; number=1; \
	while [ -e "$$out" ]; do number=$$((number + 1)); out=runs/demo-$$number; done; \
	.venv/bin/hch train permutation-tiny --out "$$out"

demo-language: ## train a small language model into a new folder under runs/, in some minutes (needs 4 GB of disk)
	@scripts/setup language
	@out=runs/demo-language; number=1; \
	while [ -e "$$out" ]; do number=$$((number + 1)); out=runs/demo-language-$$number; done; \
	.venv/bin/hch train words-tiny --out "$$out"

people: ## a sample project on pages at http://127.0.0.1:8000, for you and whoever else uses this machine
	@scripts/setup people
	@mkdir -p runs
	@.venv/bin/hch serve --sample --store runs/people.db

test: setup ## scripts/check, then scripts/test
	@scripts/check
	@scripts/test

docs: ## the documentation as a site, in build/site; warnings are errors
	@scripts/setup docs
	@scripts/site

bench: setup ## the benchmarks
	@scripts/bench

clean: ## remove .venv, caches and builds; never runs/
	@rm -rf .venv .cache .hypothesis .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build dist
	@find src tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
