"""Short forms of grids, variants and splits, and what they stand for."""

from pathlib import Path

import pytest
import yaml

from retort.configuration import ConfigurationError, expand, load
from retort.configuration.expand import resolve, split_families

from .conftest import CONFIG


def test_a_block_that_lists_data_sets_and_splits_stands_for_many():
    grid = [{"dataset": ["a", "b"], "split": "s"}, {"name": "c", "dataset": "a", "split": ["x", "y"]}]
    names = [(block["name"], block["dataset"], block["split"]) for block in expand(grid)]
    assert names == [("a", "a", "s"), ("b", "b", "s"), ("c-x", "a", "x"), ("c-y", "a", "y")]
    assert expand([{"dataset": "a", "split": "s"}]) == [{"dataset": "a", "split": "s"}]


def test_a_family_stands_for_its_draws_which_bear_one_name():
    splits = {"a": {"s": "s", "s-05-0": "s-05", "s-05-1": "s-05"}}
    one = expand([{"name": "few", "dataset": "a", "split": "s-05"}], splits)
    assert [(block["name"], block["split"]) for block in one] == [("few", "s-05-0"), ("few", "s-05-1")]
    several = expand([{"dataset": "a", "split": ["s", "s-*"]}], splits)
    names = [(block["name"], block["split"]) for block in several]
    assert names == [("a-s", "s"), ("a-s-05", "s-05-0"), ("a-s-05", "s-05-1")]
    (single,) = expand([{"dataset": "a", "split": ["s-05-1"]}], splits)
    assert (single["name"], single["split"]) == ("a-s-05", "s-05-1")


def test_data_sets_share_splits_by_name(edited):
    shared = split_families(yaml.safe_load((edited / "splits/molecules.yaml").read_text()))
    assert len(shared) == 25
    changed = load(edited, "smoke", ["dataset.bbbp.splits.strict.fractions.train=0.7"])
    assert changed["dataset"]["bbbp"]["splits"]["strict"]["fractions"]["train"] == 0.7
    assert changed["dataset"]["esol"]["splits"] == shared, "an override is of one data set"


def test_variants_are_written_short_and_come_out_in_full():
    study = {
        "run": {"backbone": "shallow"},
        "variants": {
            "net": {"title": "net", "role": "pretraining", "colour": "sky", "citation": "key"},
            "deep": {"title": "deep", "like": "net", "settings": {"layers": {"n": 9}, "backbone": "deep"}},
            "deep-frozen": {"colour": "blue"},
        },
        "derived": {
            "frozen": {
                "of": [["net"], "deep"],
                "title": "{title}, frozen",
                "titles": {"deep": "deep and frozen"},
                "keeps": ["backbone"],
                "uses": {"encoder": {"variant": "{of}", "at": "corpus"}},
                "settings": {"method": "frozen"},
            }
        },
        "once": ["deep"],
        "metrics": {"mae": {"label": "MAE", "items": "error", "also": ["mae_knn"]}},
        "loans": {"one": {"loan": "net", "fair": "deep", "metric": "mae"}},
        "contrasts": {"some": [["net", "deep"]]},
        "grid": [{"dataset": ["a", "b"], "split": ["r*"], "variants": [["net"], "deep"], "seeds": 2}],
    }
    full = resolve(
        study, {"a": {"r-0": "r", "r-1": "r", "s": "s"}, "b": {"r": "r"}}, "study.x", Path("x.yaml")
    )
    used = {"encoder": {"variant": "net", "at": "corpus"}}
    assert full["variants"]["net-frozen"] == {
        "citation": ["key"],
        "colour": "sky",
        "title": "net, frozen",
        "uses": used,
        "settings": {"method": "frozen"},
    }
    assert full["variants"]["deep"]["role"] == "pretraining"
    assert "colour" not in full["variants"]["deep"]
    frozen = full["variants"]["deep-frozen"]
    assert (frozen["title"], frozen["seeds"], frozen["colour"]) == ("deep and frozen", 1, "blue")
    assert frozen["settings"] == {"method": "frozen", "backbone": "deep"}
    facts = {"label": "MAE", "percent": False, "over_items": "mean"}
    assert full["metrics"] == {"mae": facts | {"items": "error"}, "mae_knn": facts | {"items": "error_knn"}}
    assert full["loans"]["one"]["metric"] == ["mae"]
    assert full["contrasts"]["some"] == [{"variant": "net", "against": "deep"}]
    assert [block["name"] for block in full["grid"]] == ["a-r", "a-r", "b-r"]
    assert full["grid"][0]["variants"] == ["net", "deep"]
    assert not {"derived", "once"} & set(full)


def test_variants_that_stand_on_each_other_are_refused():
    study = {"variants": {"a": {"like": "b"}, "b": {"like": "a"}}, "grid": []}
    with pytest.raises(ConfigurationError, match="a -> b -> a stand on each other"):
        resolve(study, {}, "study.x", Path("x.yaml"))


def test_splits_are_written_as_families():
    written = {
        "strict": {"kind": "scaffold", "shares": [0.01, 0.5], "draws": 2, "watch": ["composition"]},
        "gap": {"kind": "published", "target": "gap", "shares": [0.05], "counts": [100]},
        "random": {"kind": "random", "draws": 2},
    }
    full = split_families(written)
    assert list(full) == [
        *("strict", "strict-01-0", "strict-01-1", "strict-50-0", "strict-50-1"),
        *("gap", "gap-05", "gap-n100", "random-0", "random-1"),
    ]
    assert full["strict-50-1"] == {
        **{"kind": "scaffold", "watch": {"composition": "composition"}, "protocol": "strict"},
        **{"train_fraction": 0.5, "draw": 1, "family": "strict-50"},
    }
    gap = {"kind": "published", "target": "gap", "protocol": "gap"}
    assert full["gap-05"] == gap | {"train_fraction": 0.05, "family": "gap-05"}
    assert full["gap-n100"] == gap | {"train_count": 100, "family": "gap-n100"}
    assert full["random-1"]["family"] == "random"


def test_places_are_titled_by_their_target_or_their_data_set():
    grid = load(CONFIG, "full")["study"]["transfer"]["grid"]
    titles = {block["name"]: block["title"] for block in grid}
    assert titles["mp-formation"] == "MP formation energy"
    assert titles["jarvis-gap-05"] == "JARVIS band gap, 5 %"
    molecules = load(CONFIG, "laptop")["study"]["molecules"]["grid"]
    assert next(block for block in molecules if block["name"] == "bbbp-random")["title"] == "BBBP"
