"""The plan of the study: runs fit those that they stand on, layers exist, and pairs of doses have equal pieces."""

from pathlib import Path

import pytest
import yaml

from retort.configuration import load
from retort.datasets.annotated_documents import KEYS
from retort.plan import Plan
from retort.studies.scitext import train

ROOT = Path(__file__).resolve().parents[3]
STUDY = "scitext"


@pytest.fixture(scope="module", params=["smoke", "laptop", "full"])
def plan(request):
    return Plan(load(ROOT / "workflow/config", request.param))


def everything(plan):
    """All runs of the grid, and those that they stand on."""
    todo, found = list(plan.runs(STUDY)), {}
    while todo:
        run = todo.pop()
        if run not in found:
            found[run] = plan.uses(run)
            todo += [other for others in found[run].values() for other in others]
    return found


def pieces(plan, variant):
    """Pieces that a pre-training reads, with those before it."""
    run = plan.run(STUDY, *place(plan), variant, 0)
    before = sum(pieces(plan, other.variant) for others in plan.uses(run).values() for other in others)
    return before + run.settings["pretraining"]["pieces"]


def place(plan):
    return next((run.dataset, run.split) for run in plan.runs(STUDY) if run.variant == "lm-general")


def test_an_encoder_is_loaded_into_one_of_its_own_kind_and_size(plan):
    for run, used in everything(plan).items():
        for other in (other for others in used.values() for other in others):
            assert other.settings["method"] == "pretrain", (run.variant, other.variant)
            assert run.settings["encoder"] == other.settings["encoder"], (run.variant, other.variant)


def test_pre_training_goes_on_with_the_same_decoder_and_length(plan):
    for run, used in everything(plan).items():
        for start in used.get("start", []):
            for key in ("decoder", "length"):
                assert run.settings["pretraining"][key] == start.settings["pretraining"][key], run.variant


def test_each_replicate_has_a_path_of_its_own(plan):
    assert all(
        other.seed == run.seed
        for run, used in everything(plan).items()
        for others in used.values()
        for other in others
    )


def test_layers_that_start_anew_are_the_encoders(plan):
    for run in plan.runs(STUDY):
        assert all(layer <= run.settings["encoder"]["layers"] for layer in run.settings["renew"]["layers"]), (
            run.variant
        )


def test_fair_controls_have_read_as_many_pieces(plan):
    assert pieces(plan, "lm-science") == pieces(plan, "lm-general-longer")
    assert pieces(plan, "lm-science-only") == pieces(plan, "lm-science")
    assert pieces(plan, "lm-bert-science") == pieces(plan, "lm-science")
    assert pieces(plan, "lm-causal") == pieces(plan, "lm-science-1m")
    assert pieces(plan, "lm-science-10m") == pieces(plan, "lm-general-10m")


def test_a_gain_is_read_over_five_replicates(plan):
    """At the scales whose numbers are for the paper: what the loans compare, at every place of SciERC."""
    if plan.config["scale"] == "smoke":
        pytest.skip("smoke is for first contact")
    for each in plan.places(STUDY):
        if each.name and each.name.startswith("scierc-entities"):
            for variant in ("general", "general-longer", "science", "random"):
                runs = [
                    r
                    for r in plan.runs(STUDY)
                    if r.split in each.splits and r.dataset == each.dataset and r.variant == variant
                ]
                assert len(runs) == 5, (each.name, variant)


def test_methods_are_those_of_the_schema():
    schema = yaml.safe_load(
        (Path(train.__file__).parent / "settings.schema.yaml").read_text(encoding="utf-8")
    )
    assert schema["properties"]["method"]["enum"] == list(train.METHODS)


def test_an_unknown_method_is_refused():
    with pytest.raises(
        ValueError, match=r"method 'guess', expected one of pretrain, .* Hint: see settings\.schema\.yaml"
    ):
        train.run(None, {"method": "guess"}, None)


def test_labels_stand_in_a_column_of_the_documents(plan):
    annotated = [each for each in plan.places(STUDY) if each.target]
    assert {column for each in annotated for column in plan.labels(each)} <= set(KEYS)
