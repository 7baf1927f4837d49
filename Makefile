# `make demo` and `make test` are all that a fresh machine with Python 3.11 needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOOLS := $(CURDIR)/.tools/bin

.PHONY: demo test lint docs bench score tools servers clean

demo: $(VENV)/installed
	@$(BIN)/driftcheck check -c sample_envs/driftcheck.yaml --exit-zero

test: $(VENV)/installed-dev tools servers
	$(BIN)/python -m pytest -n auto --dist loadgroup

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The reference is written from the code, what commands print from a run of them; see the diff before committing.
docs: $(VENV)/installed-dev
	$(BIN)/python -m pytest tests/test_docs.py --update-golden
	NO_MKDOCS_2_WARNING=true $(BIN)/mkdocs build --quiet --strict

bench: $(VENV)/installed-dev tools
	$(BIN)/python benchmarks/run.py

# How much is found of what people labelled in real repositories, where they are at hand beside this checkout.
score: $(VENV)/installed
	$(PYTHON) ../shared/corpus/score.py --show -- $(CURDIR)/$(BIN)/driftcheck

# The programs that answers are checked against; without Go their tests skip and say so.
tools: $(TOOLS)/helm $(TOOLS)/dyff $(TOOLS)/actionlint

$(TOOLS)/helm:
	@command -v go >/dev/null && GOBIN=$(TOOLS) go install helm.sh/helm/v3/cmd/helm@v3.22.0 || echo "no Go: tests against helm will skip"

$(TOOLS)/dyff:
	@command -v go >/dev/null && GOBIN=$(TOOLS) go install github.com/homeport/dyff/cmd/dyff@v1.12.0 || echo "no Go: benchmarks against dyff will skip"

$(TOOLS)/actionlint:
	@command -v go >/dev/null && GOBIN=$(TOOLS) go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.7 || echo "no Go: tests of the GitHub Action will skip"

# What live tests start; see tests/live/README.md.
servers: $(VENV)/installed-dev
	@PYTHONPATH=tests/live $(BIN)/python -m rig.provision

# Python 3.11's own pip writes a `driftcheck` that imports `re` first: it would be half of what `--version` takes.
$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis
