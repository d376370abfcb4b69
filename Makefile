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
# What the settings ask for, and whether they can be: in one line and before anything starts.
ASK := $(PYTHON) workflow/make.py
export SCALE CORES FROM NAME STUDY OVERRIDES

.DEFAULT_GOAL := help
.PHONY: help setup paper figure model results why record plan costs models machine verify release test faults lint lock clean

help:  ## this list, the settings, and every figure and table by name
	@$(ASK) help

setup: $(BIN)/.ready tex  ## packages into .venv, and LaTeX where it is missing; the others do what they need of it

paper: check-paper $(BIN)/.ready tex  ## data to ms.pdf and supplement.pdf: SCALE=smoke needs no network, FROM=record trains nothing
	$(SNAKEMAKE) $(CONFIG)

figure: check-figure $(BIN)/.ready  ## one figure or table: NAME=precursors_losses
	$(SNAKEMAKE) $(CONFIG) -- $$($(ASK) targets figure)

# Models of generated data answer nothing that anybody asks.
model: SCALE := $(if $(filter environment% command%,$(origin SCALE)),$(SCALE),laptop)
model: check-model $(BIN)/.ready  ## the one model that a command of retort needs, of the laptop scale: NAME=precursors, NAME=property/bbbp
	$(BIN)/python workflow/model.py $(NAME) $(SCALE) --cores $(CORES)

results: check-results $(BIN)/.ready  ## scores and statistics, no paper; of one study with STUDY=transfer
	$(SNAKEMAKE) $(CONFIG) -- $$($(ASK) targets results)

why: check-why $(BIN)/.ready  ## what would run and because of what, a line a rule; of one study with STUDY=transfer
	@$(BIN)/python workflow/why.py $(CONFIG) -- $$($(ASK) targets why)

record: check-record  ## run SCALE and keep its results as the record, data/record/SCALE; of one study with STUDY=...
	$(MAKE) results SCALE=$(SCALE) FROM=run OVERRIDES=[] STUDY=$(STUDY)
	$(BIN)/python workflow/record.py $(SCALE) $(if $(STUDY),--study $(STUDY))

plan: check-plan $(BIN)/.ready  ## renew titles, colours and the like in the record of SCALE, after a change in the YAML; trains nothing
	$(SNAKEMAKE) --config scale=$(SCALE) -- $$($(ASK) targets plan)
	$(BIN)/python workflow/record.py $(SCALE) --only plan

costs: check-costs  ## renew the times in the record of SCALE, on an idle machine; its scores stay
	$(MAKE) results SCALE=$(SCALE) FROM=run OVERRIDES=[] STUDY=$(STUDY)
	$(BIN)/python workflow/record.py $(SCALE) --only costs $(if $(STUDY),--study $(STUDY))

models: SCALE := laptop
models: check-models $(BIN)/.ready  ## keep the small models that `make model` made here in the record of the laptop scale, from where they answer everywhere
	$(BIN)/python workflow/record.py $(SCALE) --only models $(if $(STUDY),--study $(STUDY))

machine: check-machine  ## add this machine's scores to the record of SCALE that another one made, so that verify compares all of them exactly here
	$(MAKE) results SCALE=$(SCALE) FROM=run OVERRIDES=[] STUDY=$(STUDY)
	$(BIN)/python workflow/record.py $(SCALE) --only machine $(if $(STUDY),--study $(STUDY))

verify: check-verify $(BIN)/.ready  ## rerun SCALE in a folder of its own and compare with the record; FROM=here: the runs of this one; STUDY=...
	$(BIN)/python workflow/verify.py $(SCALE) --cores $(CORES) $(if $(STUDY),--study $(STUDY)) $(if $(filter here,$(FROM)),--here)

release: check-release $(BIN)/.ready tex  ## papers, results, report and what reviewers ask for, of a commit, in build/release/*.tar.gz; FROM=record trains nothing
	$(SNAKEMAKE) $(CONFIG) -- all arxiv
	mkdir -p build/release
	$(SNAKEMAKE) $(CONFIG) --report build/release/report.html -- all
	$(BIN)/python workflow/release.py $(SCALE) --from $(FROM)

# One thread for each of the processes: with more, they would wait for each other.
test: check-test $(BIN)/.ready tex  ## the tests, on CORES processes
	OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(CORES) --dist worksteal

faults: $(BIN)/.ready tex  ## inject 69 faults into scratch copies and write what follows to docs/faults.md
	$(BIN)/python -m tests.faults --output docs/faults.md

lint: $(BIN)/.ready  ## what CI checks besides the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

lock: $(BIN)/.ready  ## write requirements.lock anew from pyproject.toml, and requirements-describe.txt
	$(BIN)/python workflow/lock.py

clean:  ## delete everything generated, but not .venv and not the record
	rm -rf .snakemake .showyourwork build ms.pdf supplement.pdf arxiv.tar.gz src/tex/figures src/tex/tables src/tex/output
	find data -mindepth 1 -maxdepth 1 ! -name record ! -name README.md -exec rm -rf {} +

check-%:
	@$(ASK) check $*

$(BIN)/.ready: requirements.lock requirements-describe.txt pyproject.toml
	@sh workflow/setup.sh $(PYTHON)
	@touch $@

.PHONY: tex
tex:
	@sh workflow/tex.sh
