"""Which views a run reads, by its settings."""

import copy
from pathlib import Path

import pytest

from retort.configuration import load
from retort.configuration.views import fits, read, spelt_out, ways
from retort.plan import Plan

ROOT = Path(__file__).parent.parent.parent
STUDY = {
    "views": ["formulas", "graphs", "elements/vectors", "quoted"],
    "read_by": {
        "graphs": {"method": "teacher"},
        "vectors": [{"method": "student", "elements": {"kind": "text"}}, {"reads": ["words", "signs"]}],
        "quoted": [],
    },
}
SETTINGS = {"method": "student", "elements": {"kind": "none", "width": 3}, "reads": ["numbers"]}


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, []),
        ({"method": "teacher"}, ["graphs"]),
        ({"elements": {"kind": "text", "width": 3}}, ["elements/vectors"]),
        ({"elements": {"kind": "text"}, "method": "teacher"}, ["graphs"]),
        ({"reads": ["numbers", "signs"]}, ["elements/vectors"]),
    ],
)
def test_a_view_is_read_where_the_settings_are_as_it_says(settings, wanted):
    assert read(STUDY, SETTINGS | settings) == ["formulas", *wanted]


def test_without_it_every_run_reads_every_view():
    assert read({"views": STUDY["views"]}, SETTINGS) == STUDY["views"]


def test_a_setting_that_is_not_there_fits_nothing():
    assert not fits({"tasks": "many"}, SETTINGS)
    assert not fits({"elements": {"source": "text"}}, SETTINGS)
    assert not fits({"tasks": {"number": 1}}, SETTINGS)


def test_each_value_is_one_that_settings_could_have():
    before = copy.deepcopy(SETTINGS)
    (way,) = ways({"method": ["teacher", "student"], "elements": {"kind": "text"}, "reads": "signs"})
    assert list(spelt_out(way, SETTINGS)) == [
        SETTINGS | {"method": "teacher"},
        SETTINGS,
        SETTINGS | {"elements": {"kind": "text", "width": 3}},
        SETTINGS | {"reads": ["signs"]},
    ]
    assert before == SETTINGS


# Of each study some that read all, some or none of what others do.
READ = {
    "precursors/selector": "composition",
    "precursors/magpie-mpc-first": "composition magpie",
    "precursors/selector-mat2vec": "composition vectors",
    "transfer/teacher": "crystal_graphs formulas vectors",
    "transfer/boosting": "formulas",
    "transfer/crabnet-gentle": "formulas vectors",
    "molecules/svm": "",
    "molecules/dmpnn": "",
    "molecules/gin": "molecular_graphs",
    "molecules/dino": "molecular_graphs",
    "molecules/descriptors": "molecular_graphs descriptors",
    "molecules/descriptors-tuned": "molecular_graphs",
    "molecules/dino-smiles-tuned": "",
    "molecules/ngram-graph": "molecular_graphs",
    "yields/constant": "",
    "yields/mpnn": "reaction_graphs reaction_fingerprints",
    "yields/forest-random": "component_descriptors published_descriptors",
    "yields/kernels": "reaction_fingerprints component_descriptors published_descriptors",
    "discovery/text": "descriptions",
    "discovery/text-mlp": "descriptions",
    "discovery/structure-mat2vec": "formulas structure_features vectors",
    "discovery/mmoe-all": "formulas",
    "discovery/mmoe-auxiliary-all": "formulas auxiliary_labels",
    "discovery/mmoe": "",
    "discovery/shorter-text": "descriptions",
    "discovery/recall-elmd": "formulas structure_features described vectors",
    "discovery/recall-text": "formulas structure_features described descriptions vectors",
    "scitext/word-crf": "",
    "scitext/science": "word_pieces",
}


@pytest.fixture(scope="module")
def plans():
    return {scale: Plan(load(ROOT / "workflow/config", scale)) for scale in ("laptop", "full")}


@pytest.fixture(scope="module")
def runs(plans):
    """All runs of both scales by study and variant, with those that they stand on."""
    found = {}
    for plan in plans.values():
        todo = [run for study in plan.config["study"] for run in plan.runs(study)]
        while todo:
            run = todo.pop()
            found.setdefault(f"{run.study}/{run.variant}", []).append(run)
            todo += [used for role in plan.uses(run).values() for used in role]
    return found


@pytest.mark.parametrize("system", READ)
def test_the_systems_of_the_studies_read(runs, system):
    for run in runs[system]:
        assert sorted(run.inputs.features) == sorted(READ[system].split())


def test_what_several_systems_read_lies_in_one_place(plans):
    plan = plans["laptop"]
    run = plan.run("transfer", "mp20", "formation", "crabnet", 0)
    assert run.inputs.features == {
        "formulas": Path("data/features/mp20/formulas"),
        "vectors": Path("data/features/element_vectors/vectors"),
    }
