"""The plan of runs: seeds that pair, seeds that do not, places that lend; and what is written of it."""

import json
from pathlib import Path

import pytest

from retort.plan import BASELINE, CONTROL, Plan, named_after_content, read_runs, view_folder
from retort.runs import Run

BORROWING = {
    "study": {
        "s": {
            "baseline": "teacher",
            "grid": [
                {
                    "name": "big",
                    "title": "Big",
                    "dataset": "d",
                    "split": "all",
                    "places": {"lender": "big"},
                    "variants": ["taught", "teacher"],
                    "seeds": 3,
                },
                {
                    "name": "small",
                    "dataset": "e",
                    "split": "few-1",
                    "places": {"lender": "big"},
                    "variants": ["taught", "fixed", "many"],
                    "seeds": 3,
                },
                {"name": "small", "dataset": "e", "split": "few-2", "variants": ["fixed"], "seeds": 1},
            ],
            "views": ["graphs", "elements/vectors"],
            "run": {"rate": 1, "model": {"width": 8, "layers": 2}},
            "variants": {
                "teacher": {"title": "t"},
                "taught": {
                    "title": "u",
                    "control": "fixed",
                    "uses": {"teacher": {"variant": "teacher", "at": "lender"}, "start": "teacher"},
                    "settings": {"model": {"width": 4}},
                },
                "fixed": {"title": "f", "seeds": 1},
                "many": {
                    "title": "m",
                    "seeds": 6,
                    "colour": "blue",
                    "citation": "key2020",
                    "uses": {"members": {"variant": "fixed", "seeds": 2}},
                },
            },
            "contrasts": {
                "parts": [{"variant": "taught", "against": "teacher", "title": "what it is worth"}]
            },
            "loans": {
                "labels": {"title": "labels", "loan": "taught", "fair": "fixed", "lender": ["teacher"]}
            },
            "metrics": {
                "mae": {
                    "label": "MAE",
                    "unit": "target",
                    "better": "lower",
                    "digits": 3,
                    "items": "absolute_error",
                }
            },
        }
    },
    "dataset": {
        "d": {
            "title": "D",
            "splits": {
                "all": {"target": "energy", "labels": "measured_energy", "protocol": "all", "family": "all"}
            },
        },
        "e": {
            "title": "E",
            "generator": {},
            "settings": {"labels": {"active": "classification"}},
            "splits": {
                f"few-{draw}": {"protocol": "some", "family": "few", "train_fraction": 0.01, "draw": draw}
                for draw in (1, 2)
            },
        },
        "elements": {"title": "Elements", "citation": ["a", "b"], "licence": "MIT"},
    },
}
PLAN = Plan(BORROWING)


def seeds(variant, split="few-1"):
    return [run.seed for run in PLAN.runs("s") if run.variant == variant and run.split == split]


def test_each_draw_has_seeds_of_its_own_as_many_as_the_variant_or_the_block_says():
    assert seeds("many") == [6, 7, 8, 9, 10, 11]
    assert seeds("taught") == [3, 4, 5]
    assert seeds("fixed") == [1]
    assert seeds("fixed", "few-2") == [2]
    assert seeds("taught", "all") == [0, 1, 2]


def test_a_place_with_draws_lends_the_draw_of_the_borrower():
    config = json.loads(json.dumps(BORROWING))
    config["study"]["s"]["variants"]["taught"]["uses"] = {"start": {"variant": "fixed", "at": "self"}}
    for block in config["study"]["s"]["grid"]:
        block["places"] = {"self": block["name"]}
    plan = Plan(config)
    (start,) = plan.uses(plan.run("s", "e", "few-2", "taught", 2))["start"]
    assert start.split == "few-2"


def test_a_variant_borrows_from_the_place_that_its_block_names():
    run = PLAN.run("s", "e", "few-1", "taught", 2)
    uses = PLAN.uses(run)
    assert uses["teacher"] == [PLAN.run("s", "d", "all", "teacher", 2)]
    assert uses["start"] == [PLAN.run("s", "e", "few-1", "teacher", 2)]
    assert run.inputs.uses["teacher"] == [Path("data/runs/s/d/all/teacher/seed2")]


def test_replicates_of_an_ensemble_share_no_member():
    members = [PLAN.uses(PLAN.run("s", "e", "few-1", "many", seed))["members"] for seed in (0, 1)]
    assert [[run.seed for run in each] for each in members] == [[0, 1], [2, 3]]


def test_the_split_tells_a_run_what_to_predict():
    assert PLAN.run("s", "d", "all", "taught", 0).settings == {
        "rate": 1,
        "model": {"width": 4, "layers": 2},
        "target": "energy",
    }
    assert "target" not in PLAN.run("s", "e", "few-1", "taught", 0).settings


def test_another_data_sets_view_is_one_for_all():
    assert view_folder("d", "graphs") == "data/features/d/graphs"
    assert view_folder("d", "elements/vectors") == "data/features/elements/vectors"
    features = PLAN.run("s", "d", "all", "teacher", 0).inputs.features
    assert features == {
        "graphs": Path("data/features/d/graphs"),
        "vectors": Path("data/features/elements/vectors"),
    }


def test_a_run_has_the_views_that_it_reads_and_scoring_has_all():
    config = json.loads(json.dumps(BORROWING))
    config["study"]["s"]["read_by"] = {"graphs": {"model": {"width": 8}}}
    plan = Plan(config)
    few, all_of_them = ["vectors"], ["graphs", "vectors"]
    assert list(plan.run("s", "e", "few-1", "taught", 3).inputs.features) == few
    assert list(plan.run("s", "e", "few-1", "fixed", 1).inputs.features) == all_of_them
    assert plan.sources("s") == PLAN.sources("s")
    assert plan.runs_json("s") == PLAN.runs_json("s")
    told = [list(run["inputs"]["features"]) for run in json.loads(plan.runs_json("s"))["runs"]]
    assert told == [all_of_them] * len(plan.runs("s"))


def test_a_job_that_reads_another_view_is_told_whose_it_is_and_where_to_say_so():
    config = json.loads(json.dumps(BORROWING))
    config["study"]["s"]["read_by"] = {"graphs": {"model": {"width": 8}}}
    job = Run.from_json(json.loads(json.dumps(Plan(config).run("s", "d", "all", "taught", 0).to_json())))
    assert job.inputs.features["vectors"] == Path("data/features/elements/vectors")
    assert job.inputs.features.get("graphs") is None  # who can do without asks so
    with pytest.raises(
        LookupError,
        match=r"study/s\.yaml: taught reads the view 'graphs', expected vectors, .*Hint: .*read_by\.graphs",
    ):
        job.inputs.features["graphs"]


def test_a_place_is_all_draws_of_a_split_and_knows_its_share():
    big, small = PLAN.places("s")
    assert (big.name, big.split, big.splits, big.target) == ("big", "all", ("all",), "energy")
    assert (big.protocol, big.share) == ("all", 1.0)
    assert (small.name, small.split, small.splits) == ("small", "few", ("few-1", "few-2"))
    assert (small.protocol, small.share) == ("some", 0.01)
    assert not big.generated
    assert small.generated
    assert [PLAN.title("s", place) for place in (big, small)] == ["Big", "E"]
    assert [PLAN.labels(place) for place in (big, small)] == [["measured_energy"], ["active"]]
    assert PLAN.study("s").place(PLAN.run("s", "e", "few-2", "fixed", 2)) == small


def test_what_metrics_are_computed_from_is_kept():
    assert PLAN.quantities("s") == ["absolute_error"]


def test_every_system_is_held_against_the_baseline_and_its_own_control():
    families = PLAN.families("s")
    assert families[BASELINE] == [(name, "teacher") for name in ("taught", "fixed", "many")]
    assert families[CONTROL] == [("taught", "fixed")]
    assert families["parts"] == [("taught", "teacher")]
    assert PLAN.study("s").pairs == [*families[BASELINE], ("taught", "fixed")]
    assert PLAN.contrast_titles("s") == [("parts", "taught", "teacher", "what it is worth")]


def test_a_data_set_that_lends_a_view_is_a_source_too():
    rows = {source["dataset"]: source for source in PLAN.sources("s")}
    assert list(rows) == ["d", "e", "elements"]
    assert [row["lends"] for row in rows.values()] == [False, False, True]
    assert rows["elements"]["citation"] == ["a", "b"]


def test_reports_know_who_lends():
    places = [("d", "all"), ("e", "few-1")]  # the lender of `at: lender`, and the teacher of the same place
    lenders = [{"dataset": dataset, "split": split, "variant": "teacher"} for dataset, split in places]
    facts = {"loan": "labels", "title": "labels", "short": "labels"}
    assert PLAN.loans("s") == [facts | {"lenders": lenders, "panel": []}]


def test_what_is_written_of_the_plan_is_read_again(tmp_path):
    path = named_after_content(tmp_path, "s-runs", PLAN.runs_json("s"))
    runs, plan = read_runs(path)
    assert runs == PLAN.runs("s")
    assert [run.settings for run in runs] == [run.settings for run in PLAN.runs("s")]
    assert [run.inputs for run in runs] == [run.inputs for run in PLAN.runs("s")]
    assert plan == PLAN.study("s")


def test_the_file_of_a_plan_is_named_after_its_content(tmp_path):
    one, two = (named_after_content(tmp_path, "s", text) for text in ("a", "b"))
    assert one != two
    age = one.stat().st_mtime_ns
    assert named_after_content(tmp_path, "s", "a") == one
    assert one.stat().st_mtime_ns == age


def test_a_title_changes_what_reports_read_and_not_what_scoring_reads():
    config = json.loads(json.dumps(BORROWING))
    config["study"]["s"]["variants"]["taught"]["title"] = "another"
    config["study"]["s"]["grid"][0]["title"] = "Another"
    assert Plan(config).runs_json("s") == PLAN.runs_json("s")
    assert Plan(config).layout_json("s") != PLAN.layout_json("s")
