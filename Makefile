# `make report` renders an example, `make test` runs the tests. Both need Python 3.11+, make and git.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
DONE = $(VENV)/.done

# Otherwise a kernel would look for packages in another, activated environment.
unexport VIRTUAL_ENV

.PHONY: report test slow mutants lint lab bench pictures weights validation schema record lock clean

report: $(DONE)
	@$(BIN)/calib report example:halfway -o reports/halfway
	@echo "Open reports/halfway/readiness-report.html or readiness-report.pdf"

test: $(DONE)
	@$(BIN)/python -m pytest -q -m "not slow" -n auto --maxprocesses 4 --dist loadfile

slow: $(DONE)
	@$(BIN)/python -m pytest -q -m slow

# Change the core's rules one by one, in a copy, and check that a test fails (docs/mutation-testing.md).
# The tests need no plugins of other packages; CI=1 lets hypothesis draw the same examples in every run.
mutants: $(DONE)
	@$(BIN)/pip install -q --disable-pip-version-check -c requirements.lock -e ".[mutation]"
	@PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 CI=1 $(BIN)/python bench/mutants.py run
	@$(BIN)/python bench/mutants.py show

lint: $(DONE)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/nbstripout --verify --keep-id --extra-keys "metadata.papermill cell.metadata.papermill metadata.language_info.version" notebooks/*.ipynb

lab: $(DONE)
	@$(BIN)/jupyter lab notebooks

bench: $(DONE)
	@$(BIN)/python bench/report.py
	@$(BIN)/python bench/batch.py
	@$(BIN)/python bench/scale.py

pictures: $(DONE)
	@$(BIN)/python bench/pictures.py

# Train the reviewer on its corpus, and validate it (docs/reviewer.md).
weights: $(DONE)
	@$(BIN)/python -m calibration.train

validation: $(DONE)
	@$(BIN)/python -m calibration.validate

schema: $(DONE)
	@$(BIN)/calib schema result > docs/result.schema.json

# Record the questions of this catalog version, so that later versions can be compared with it.
record: $(DONE)
	@$(BIN)/calib catalog-record data/catalog/versions

# One lock file for all supported Pythons and platforms, with versions but without addresses.
lock: $(DONE)
	@$(BIN)/pip install -q uv
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --all-extras --no-emit-index-url \
		--no-annotate --no-header pyproject.toml -o requirements.lock

$(DONE): pyproject.toml requirements.lock setup_environment.py
	@$(PYTHON) setup_environment.py $(VENV)
	@touch $(DONE)

clean:
	rm -rf $(VENV) mutants reports build dist .pytest_cache .mypy_cache .ruff_cache
