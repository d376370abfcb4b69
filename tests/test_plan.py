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
