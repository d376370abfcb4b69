"""The plan of runs: seeds that pair, seeds that do not."""

from retort import plan

CONFIG = {
    "study": {
        "s": {
            "grid": [{"dataset": "d", "split": "p", "variants": ["one", "many", "fixed"], "seeds": 3}],
            "variants": {
                "one": {"title": "one", "seeds": 6},
                "many": {"title": "many"},
                "fixed": {"title": "f", "seeds": 1},
            },
        }
    }
}


def test_a_variants_own_number_of_seeds_goes_before_the_blocks():
    runs = plan.grid(CONFIG, "s")
    assert [run.seed for run in runs if run.variant == "one"] == [0, 1, 2, 3, 4, 5]
    assert [run.seed for run in runs if run.variant == "many"] == [0, 1, 2]
    assert [run.seed for run in runs if run.variant == "fixed"] == [0]


def test_only_seeds_that_the_whole_grid_has_are_paired():
    paired = [run.seed for run in plan.grid(CONFIG, "s") if run.variant == "one" and plan.paired(CONFIG, run)]
    assert paired == [0, 1, 2]
    assert all(plan.paired(CONFIG, run) for run in plan.grid(CONFIG, "s") if run.variant != "one")


BORROWING = {
    "study": {
        "s": {
            "grid": [
                {
                    "name": "big",
                    "dataset": "d",
                    "split": "all",
                    "places": {"lender": "big"},
                    "variants": ["taught"],
                },
                {
                    "name": "small",
                    "dataset": "e",
                    "split": "few",
                    "places": {"lender": "big"},
                    "variants": ["taught"],
                },
            ],
            "run": {"rate": 1, "model": {"width": 8, "layers": 2}},
            "variants": {
                "teacher": {"title": "t"},
                "taught": {
                    "title": "u",
                    "uses": {"teacher": {"variant": "teacher", "at": "lender"}, "start": "teacher"},
                    "settings": {"model": {"width": 4}},
                },
            },
        }
    },
    "dataset": {"d": {"splits": {"all": {"target": "energy"}}}, "e": {"splits": {"few": {}}}},
}


def test_a_variant_borrows_from_the_place_that_its_block_names():
    key = plan.RunKey("s", "e", "few", "taught", 2)
    uses = plan.uses(BORROWING, key)
    assert uses["teacher"] == [plan.RunKey("s", "d", "all", "teacher", 2)]
    assert uses["start"] == [plan.RunKey("s", "e", "few", "teacher", 2)]


def test_the_split_tells_a_run_what_to_predict():
    here = plan.run_settings(BORROWING, plan.RunKey("s", "d", "all", "taught", 0))
    assert here == {"rate": 1, "model": {"width": 4, "layers": 2}, "target": "energy"}
    assert "target" not in plan.run_settings(BORROWING, plan.RunKey("s", "e", "few", "taught", 0))


def test_another_data_sets_view_is_one_for_all():
    assert plan.view_folder("d", "graphs") == "data/features/d/graphs"
    assert plan.view_folder("d", "elements/vectors") == "data/features/elements/vectors"
