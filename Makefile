# make run: set up and do the main job; make test: set up and run the tests. `make help` lists the rest.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
comma := ,
RANKS ?= 2
FUZZ ?= 10
# mpich, openmpi, or system: that which is installed on the machine
MPI ?= mpich
WITH := $(if $(filter system,$(MPI)),,$(if $(filter openmpi,$(MPI)),openmpi,mpi)$(comma))plot,geo,export,dev
TESTS ?=

help:
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 13

$(VENV)/installed: pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: install Python 3.11 or later (Debian: apt install python3)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments: install them (Debian: apt install python3-venv)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[$(WITH)]'
	@touch $@

install: $(VENV)/installed ## set up $(VENV) with fvdrift, an MPI and what the tests need

run: install ## the quickstart: FVCOM's estuary under mpiexec, and what became of the particles
	@mkdir -p results
	$(BIN)/mpiexec -n $(RANKS) $(BIN)/fvdrift run configs/quickstart.toml --overwrite
	$(BIN)/python scripts/show_tracks.py results/quickstart.nc
	$(BIN)/fvdrift plot results/quickstart.nc

test: install ## all quick tests, on two cores
	$(BIN)/python -m pytest -m "not validation and not extras" -n 2 --dist loadfile --max-worker-restart 0

test-extras: install ## pages in a real browser, and the documentation site with its notebooks: needs Chromium, which root gets by apt where it is missing
	$(BIN)/pip install --quiet --editable '.[$(WITH),extras]'
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; } || { echo "Chromium is missing and could not be installed: install it (Debian: apt-get install chromium), then make test-extras"; exit 1; }
	$(BIN)/python -m pytest -m extras tests/extras

site: install ## the documentation as a site: results/site/html/index.html
	$(BIN)/pip install --quiet --editable '.[$(WITH),site]'
	$(BIN)/python -m sphinx -W --keep-going -n -q -d results/site/doctrees docs results/site/html
	@echo results/site/html/index.html

lowest: install ## the quick tests with the lowest versions that pyproject.toml allows, in an environment of their own
	$(BIN)/pip install --quiet uv
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)/lowest
	$(BIN)/uv pip install --quiet --python $(VENV)/lowest --resolution lowest-direct --editable '.[mpi,plot,geo,export,dev]'
	$(VENV)/lowest/bin/python -m pytest -m "not validation and not extras" -n 2 --dist loadfile --max-worker-restart 0

validate: install ## the slow cases, with numbers beside the expected, and docs/validation.md; FVDRIFT_WILD=FOLDER adds meshes found in the wild
	$(BIN)/python -m pytest tests/validation --page docs/validation.md
	$(BIN)/python -m pytest -m validation -s --ignore tests/validation

soak: install ## an hour of random interruptions, and the same bytes in the end
	$(BIN)/python scripts/soak.py --minutes 60

fuzz: install ## hostile input: ten times the cases of `make test`, new ones each time; FUZZ=100 for hours of them
	FVDRIFT_FUZZ=$(FUZZ) $(BIN)/python -m pytest tests/fuzz -s

lint: install ## style, form and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml

coverage: install ## which lines of src the quick tests run, in htmlcov/ too; TESTS="tests/output tests/plot" takes some of them
	$(BIN)/coverage erase
	$(BIN)/python -m pytest -q -m "not validation and not extras" --cov --cov-report= $(if $(TESTS),$(TESTS),-n 2 --dist loadfile)
	$(BIN)/coverage html --quiet
	$(BIN)/coverage report | tail -n 40

wheel: install ## dist/: a wheel and the sources, as a package index takes them; FVDRIFT_REPOSITORY=ADDRESS makes links absolute
	$(BIN)/pip install --quiet build twine
	$(BIN)/python -m build --outdir dist
	$(BIN)/twine check --strict dist/*

.PHONY: reference lock
reference: install ## docs/reference.md, from the keys as they are declared
	$(BIN)/fvdrift schema --format markdown > docs/reference.md

lock: install ## requirements-tested.txt, from what is installed in $(VENV)
	{ head -n 1 requirements-tested.txt; $(BIN)/pip freeze --exclude-editable; } > $(VENV)/tested
	mv $(VENV)/tested requirements-tested.txt

bench: install ## speed: kernel, options, whole runs, ranks, beside NumPy and the machine's limits (ten minutes)
	$(BIN)/python scripts/benchmark_kernel.py
	$(BIN)/python scripts/roofline.py
	$(BIN)/python scripts/benchmark_against_numpy.py
	$(BIN)/python scripts/benchmark_options.py --particles 10000 --repeats 1
	$(BIN)/python scripts/benchmark_run.py
	$(BIN)/python scripts/benchmark_scaling.py

gate: install ## fails where a particle-step takes more instructions than it did (needs valgrind; two minutes)
	$(BIN)/python -m pytest -m validation -s tests/validation/test_instructions.py

clean: ## remove everything that was made
	rm -rf $(VENV) results dist docs/made .pytest_cache .mypy_cache .ruff_cache .hypothesis htmlcov .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help install run test test-extras site lowest validate soak fuzz lint coverage wheel reference lock bench gate clean
