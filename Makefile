# `make paper` and `make test` do all the set-up on a fresh machine; `make help` lists the rest.
SCALE ?= smoke
CORES ?= $(shell nproc 2>/dev/null || sysctl -n hw.ncpu)
FROM ?= run
PYTHON ?= python3
NAME ?=
STUDY ?=
OVERRIDES ?= []

BIN := .venv/bin
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)
CONFIG := --config scale=$(SCALE) from=$(FROM) 'overrides=$(OVERRIDES)'
# Every program of src/scripts draws one figure or writes one table.
FIGURES := $(basename $(notdir $(shell grep -l figure_arguments src/scripts/*.py)))
STUDY_RESULTS = $(addprefix data/results/$(STUDY)/,summary.parquet illustrations/manifest.json) $(addprefix data/results/$(STUDY)/measured/,costs.parquet timings.parquet)
RESULTS = $(if $(STUDY),$(STUDY_RESULTS),results measurements)
TABLES := $(filter-out $(FIGURES),$(basename $(notdir $(wildcard src/scripts/*.py))))

.DEFAULT_GOAL := help
.PHONY: help paper figure results record plan verify test lint lock clean

help:  ## this list, and every figure and table by name
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1|/' | awk -F'|' '{printf "%-16s%s\n", $$1, $$2}'
	@echo "Settings: SCALE=smoke|laptop|full  CORES=n  FROM=run|record  OVERRIDES='[\"key=value\"]'"
	@printf 'Figures:\n'; printf '  %s\n' $(FIGURES)
	@printf 'Tables:\n'; printf '  %s\n' $(TABLES)

paper: $(BIN)/.ready tex  ## data to ms.pdf: SCALE=smoke needs no network, FROM=record trains nothing
	$(SNAKEMAKE) $(CONFIG)

figure: $(BIN)/.ready  ## one figure or table: NAME=precursors_losses
	@test -n "$(filter $(NAME),$(FIGURES) $(TABLES))" || \
		{ echo "NAME='$(NAME)' is no figure or table; make help lists them." >&2; exit 2; }
	$(SNAKEMAKE) $(CONFIG) -- $(if $(filter $(NAME),$(FIGURES)),src/tex/figures/$(NAME).pdf,src/tex/tables/$(NAME).tex)

results: $(BIN)/.ready  ## scores and statistics, no paper; of one study with STUDY=transfer
	$(SNAKEMAKE) $(CONFIG) -- $(RESULTS)

record:  ## run SCALE and keep its results as the record, data/record/SCALE; of one study with STUDY=...
	$(MAKE) results SCALE=$(SCALE) FROM=run OVERRIDES=[] STUDY=$(STUDY)
	$(BIN)/python workflow/record.py $(SCALE) $(if $(STUDY),--study $(STUDY))

plan: $(BIN)/.ready  ## renew titles, colours and the like in the record of SCALE, after a change in the YAML; trains nothing
	$(SNAKEMAKE) --config scale=$(SCALE) -- $(patsubst data/record/$(SCALE)/%,data/results/%/places.parquet,$(wildcard data/record/$(SCALE)/*))
	$(BIN)/python workflow/record.py $(SCALE) --plan

verify: $(BIN)/.ready  ## rerun SCALE in a folder of its own and compare with the record; FROM=here: the runs of this one; STUDY=...
	$(BIN)/python workflow/verify.py $(SCALE) --cores $(CORES) $(if $(STUDY),--study $(STUDY)) $(if $(filter here,$(FROM)),--here)

# One thread for each of the processes: with more, they would wait for each other.
test: $(BIN)/.ready tex  ## the tests, on CORES processes
	OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(CORES) --dist worksteal

faults: $(BIN)/.ready tex  ## inject some fifty faults and print what follows as docs/faults.md; takes minutes
	$(BIN)/python -m tests.faults --output docs/faults.md

lint: $(BIN)/.ready  ## what CI checks besides the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

lock: $(BIN)/.ready  ## write requirements.lock anew from pyproject.toml
	$(BIN)/python workflow/lock.py

clean:  ## delete everything generated, but not .venv and not the record
	rm -rf .snakemake .showyourwork build ms.pdf arxiv.tar.gz src/tex/figures src/tex/tables src/tex/output
	find data -mindepth 1 -maxdepth 1 ! -name record ! -name README.md -exec rm -rf {} +

# torch goes first: on a machine whose package index has a CPU build of it, that one then stays.
$(BIN)/.ready: requirements.lock pyproject.toml
	@sh workflow/setup.sh $(PYTHON)
	@touch $@

.PHONY: tex
tex:
	@sh workflow/tex.sh
