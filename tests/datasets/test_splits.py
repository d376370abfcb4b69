"""Splits keep groups whole, and say so."""

import hashlib

import polars as pl
import pytest

from retort.datasets.errors import DataError, LeakageError
from retort.datasets.splits import manifest, split

FAMILY = {"kind": "family", "group": "system", "fractions": {"train": 0.8, "valid": 0.1, "test": 0.1}}
PUBLISHED = {"kind": "published", "group": "system"}


def table(groups=100, each=5):
    rows = groups * each
    return pl.DataFrame(
        {
            "id": [f"x-{i:03d}" for i in range(rows)],
            "system": [f"g{i // each}" for i in range(rows)],
            "target_key": [f"k{i // 2}" for i in range(rows)],
            "names": [["a", str(i // each)] for i in range(rows)],
        }
    )


def test_family_keeps_groups_whole_in_the_asked_shares():
    prepared = table()
    parts = split(prepared, FAMILY, seed=0)
    assert parts["id"].to_list() == prepared["id"].to_list()
    report = manifest(prepared, parts, FAMILY)
    assert report["leakage"] == 0
    assert report["rows"] == {"train": 400, "valid": 50, "test": 50}
    assert report["groups"] == {"train": 80, "valid": 10, "test": 10}
    assert prepared.join(parts, on="id").group_by("system").agg(pl.col("part").n_unique())["part"].max() == 1


def test_the_seed_draws_the_groups_and_the_order_of_rows_does_not():
    prepared = table()
    parts = split(prepared, FAMILY, seed=0)
    assert not split(prepared, FAMILY, seed=1).equals(parts)
    shuffled = split(prepared.sample(fraction=1, shuffle=True, seed=3), FAMILY, seed=0)
    assert shuffled.sort("id").equals(parts)
    assert manifest(prepared, shuffled, FAMILY)["sha256"] == manifest(prepared, parts, FAMILY)["sha256"]


def test_the_hash_is_that_of_the_sorted_lines():
    prepared = table(3, 1).with_columns(published_part=pl.Series(["test", "train", "valid"]))
    report = manifest(prepared, split(prepared, PUBLISHED, seed=0), PUBLISHED)
    assert report["sha256"] == hashlib.sha256(b"x-000\ttest\nx-001\ttrain\nx-002\tvalid\n").hexdigest()
    assert report["targets_shared_with_train"] == {"valid": 0, "test": 1}  # rows 0 and 1 share k0


def test_leakage_is_refused():
    prepared = table(3, 2).with_columns(
        published_part=pl.Series(["train", "train", "valid", "valid", "test", "train"])
    )
    parts = split(prepared, PUBLISHED, seed=0)
    with pytest.raises(
        LeakageError, match="1 groups by system lie in several parts, for example 'g2' in test, train"
    ):
        manifest(prepared, parts, PUBLISHED)
    assert manifest(prepared, parts, {**PUBLISHED, "group": ["system", "id"]})["leakage"] == 0
    with pytest.raises(LeakageError, match=r"a\+2"):
        manifest(prepared, parts, {**PUBLISHED, "group": ["names"]})


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"kind": "random", "group": "system"}, "kind 'random' is unknown"),
        ({**FAMILY, "group": "colour"}, "groups by"),
        ({**FAMILY, "fractions": {"train": 0.8, "valid": 0.1, "test": 0.2}}, "sum 1"),
    ],
)
def test_impossible_settings_are_refused(settings, said):
    with pytest.raises(DataError, match=said):
        split(table(), settings, seed=0)


def test_a_part_without_rows_is_refused():
    with pytest.raises(DataError, match="part 'valid' of the family split has no rows"):
        split(table(groups=2), FAMILY, seed=0)
    unpublished = table(3, 1).with_columns(published_part=pl.Series(["train", None, "test"]))
    with pytest.raises(DataError, match="published_part None"):
        split(unpublished, PUBLISHED, seed=0)


def test_the_ids_must_be_those_of_the_table():
    prepared = table()
    parts = split(prepared, FAMILY, seed=0)
    for wrong in (parts.head(10), pl.concat([parts, parts.head(1)])):
        with pytest.raises(DataError, match="the split names"):
            manifest(prepared, wrong, FAMILY)


def test_withheld_labels_are_nested_and_counted():
    prepared = table(200, 1)
    settings = {fraction: FAMILY | {"train_fraction": fraction} for fraction in (0.05, 0.5)}
    whole = split(prepared, FAMILY, seed=0)
    parts = {fraction: split(prepared, block, seed=0) for fraction, block in settings.items()}
    labelled = {fraction: set(each.filter(part="train")["id"]) for fraction, each in parts.items()}
    assert len(labelled[0.05]) == 8
    assert len(labelled[0.5]) == 80
    assert labelled[0.05] < labelled[0.5] < set(whole.filter(part="train")["id"])
    for fraction, each in parts.items():
        assert each.filter(part="test").equals(whole.filter(part="test"))
        rows = manifest(prepared, each, settings[fraction])["rows"]
        assert rows == {
            "train": len(labelled[fraction]),
            "valid": 20,
            "test": 20,
            "unlabelled": 160 - rows["train"],
        }


def test_a_group_may_not_lie_in_test_and_among_rows_without_label():
    prepared = table(10, 5)
    parts = pl.DataFrame(
        {"id": prepared["id"], "part": ["test"] + ["unlabelled"] * 44 + ["train"] * 3 + ["valid"] * 2}
    )
    with pytest.raises(LeakageError, match="g0"):
        manifest(prepared.head(45), parts.head(45), FAMILY)
    mixed = pl.DataFrame(
        {"id": prepared["id"], "part": ["train", "unlabelled"] * 15 + ["valid"] * 10 + ["test"] * 10}
    )
    assert manifest(prepared, mixed, FAMILY)["leakage"] == 0


def test_test_rows_with_a_composition_of_train_are_counted():
    prepared = pl.DataFrame({"id": list("abcde"), "composition": ["X", "X", "Y", "Z", "Y"]})
    parts = pl.DataFrame({"id": list("abcde"), "part": ["train", "test", "unlabelled", "test", "valid"]})
    settings = {"kind": "family", "group": "id", "train_fraction": 0.5}
    report = manifest(prepared, parts, settings)
    assert report["rows_with_a_composition_of_train"] == {"valid": 1, "test": 1}
