"""Splits keep groups whole, and say so."""

import hashlib

import polars as pl
import pytest

from retort.datasets.errors import DataError, LeakageError
from retort.datasets.splits import manifest, small, split

FAMILY = {"kind": "family", "group": "system", "fractions": {"train": 0.8, "valid": 0.1, "test": 0.1}}
PUBLISHED = {"kind": "published", "group": "system", "distinct": {"targets": "target_key"}}
SCAFFOLD = FAMILY | {"kind": "scaffold"}
BALANCED = FAMILY | {"kind": "scaffold_balanced"}
RANDOM = FAMILY | {"kind": "random", "group": "id"}


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
        ({"kind": "stratified", "group": "system"}, "kind 'stratified' is unknown"),
        ({**FAMILY, "group": "colour"}, "groups by"),
        ({**FAMILY, "fractions": {"train": 0.8, "valid": 0.1, "test": 0.2}}, "sum 1"),
        ({**SCAFFOLD, "fractions": {"train": 0.8, "valid": 0.1, "test": 0.2}}, "sum 1"),
        ({**SCAFFOLD, "fractions": {"train": 1, "valid": 0.1, "test": -0.1}}, "not positive"),
        ({**SCAFFOLD, "group": "colour"}, "groups by"),
        ({**FAMILY, "exclude": ["spoilt"]}, "no column 'spoilt'"),
        ({**FAMILY, "exclude": ["system"]}, "'system' is String, expected Boolean"),
    ],
)
def test_impossible_settings_are_refused(settings, said):
    with pytest.raises(DataError, match=said):
        split(table(), settings, seed=0)


def test_a_part_without_rows_is_refused():
    with pytest.raises(DataError, match=r"part 'valid' of the family split has no rows, of \d+ in 2 groups"):
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
    settings = {
        "kind": "family",
        "group": "id",
        "train_fraction": 0.5,
        "watch": {"composition": "composition"},
    }
    report = manifest(prepared, parts, settings)
    assert report["rows_with_a_composition_of_train"] == {"valid": 1, "test": 1}


def spoilt(prepared):
    """Every seventh row repeats another, and the first five rows of every tenth group contradict something."""
    row = pl.int_range(pl.len())
    return prepared.with_columns(repeated=row % 7 == 0, contradictory=row % 50 < 5)


@pytest.mark.parametrize("settings", [FAMILY, RANDOM, SCAFFOLD, BALANCED])
def test_excluded_rows_are_in_no_part_and_counted(settings):
    prepared = spoilt(table())
    settings = settings | {"exclude": ["repeated", "contradictory"]}
    out = prepared["repeated"] | prepared["contradictory"]
    parts = split(prepared, settings, seed=0)
    assert parts["id"].to_list() == prepared["id"].to_list()
    assert ((parts["part"] == "excluded") == out).all()
    report = manifest(prepared, parts, settings)
    assert report["rows"]["excluded"] == out.sum()
    assert sum(report["rows"].values()) == len(prepared)
    # What is left is split as if the others had never been there.
    left = split(prepared.filter(~out), {**settings, "exclude": []}, seed=0)
    assert parts.filter(pl.col("part") != "excluded").equals(left)
    assert "excluded" not in manifest(prepared, split(prepared, FAMILY, seed=0), FAMILY)["rows"]


def test_an_excluded_row_leaks_nothing():
    prepared = table(3, 2).with_columns(
        published_part=pl.Series(["train", "test", "valid", "valid", "test", "test"]),
        repeated=pl.Series([False, True, False, None, False, False]),
    )
    with pytest.raises(LeakageError, match="g0"):
        manifest(prepared, split(prepared, PUBLISHED, seed=0), PUBLISHED)
    settings = {**PUBLISHED, "exclude": ["repeated"]}
    parts = split(prepared, settings, seed=0)
    assert parts["part"].to_list() == ["train", "excluded", "valid", "valid", "test", "test"]
    report = manifest(prepared, parts, settings)
    assert report["leakage"] == 0
    assert report["rows"] == {"train": 1, "valid": 2, "test": 2, "excluded": 1}
    assert report["groups"] == {"train": 1, "valid": 1, "test": 1}


@pytest.mark.parametrize("settings", [FAMILY, RANDOM, BALANCED])
def test_the_first_draw_is_that_of_the_seed_and_the_next_another(settings):
    prepared = table()
    draws = [split(prepared, settings | {"draw": draw}, seed=0) for draw in range(3)]
    assert draws[0].equals(split(prepared, settings, seed=0))
    assert not draws[0].equals(draws[1])
    assert not draws[1].equals(draws[2])
    assert draws[1].equals(split(prepared, settings | {"draw": 1}, seed=0))
    assert not draws[1].equals(split(prepared, settings, seed=1)), "a draw is no other seed"


def test_a_scaffold_split_has_nothing_to_draw():
    prepared = table()
    assert split(prepared, SCAFFOLD | {"draw": 2}, seed=5).equals(split(prepared, SCAFFOLD, seed=0))


def test_random_takes_row_by_row_in_the_asked_shares():
    prepared = table()
    parts = split(prepared, RANDOM, seed=0)
    report = manifest(prepared, parts, RANDOM)
    assert report["rows"] == {"train": 400, "valid": 50, "test": 50}
    assert prepared.join(parts, on="id").group_by("system").agg(pl.col("part").n_unique())["part"].max() > 1


def test_shares_of_the_labels_are_nested_within_a_draw_only():
    prepared = table(400, 1)
    labelled = {
        (fraction, draw): set(
            split(prepared, SCAFFOLD | {"train_fraction": fraction, "draw": draw}, seed=0).filter(
                part="train"
            )["id"]
        )
        for fraction in (0.01, 0.1, 0.5)
        for draw in range(3)
    }
    for draw in range(3):
        assert labelled[0.01, draw] < labelled[0.1, draw] < labelled[0.5, draw]
        assert [len(labelled[fraction, draw]) for fraction in (0.01, 0.1, 0.5)] == [3, 32, 160]
    assert not labelled[0.1, 0] <= labelled[0.5, 1]
    assert labelled[0.1, 0] != labelled[0.1, 1] != labelled[0.1, 2]
    whole = split(prepared, SCAFFOLD, seed=0)
    for draw in range(3):
        parts = split(prepared, SCAFFOLD | {"train_fraction": 0.1, "draw": draw}, seed=0)
        assert parts.filter(part="test").equals(whole.filter(part="test")), "the judges stay"


def test_draws_may_keep_the_parts_and_draw_the_labels_alone():
    prepared = pl.DataFrame({"id": [f"r{i}" for i in range(200)]})
    base = {"kind": "random", "group": "id", "fractions": {"train": 0.6, "valid": 0.2, "test": 0.2}}
    base |= {"train_fraction": 0.2, "keep_parts": True}
    first, second = (split(prepared, base | {"draw": draw}, seed=0) for draw in (0, 1))
    labelled = [set(parts.filter(part="train")["id"]) for parts in (first, second)]
    assert labelled[0] != labelled[1]
    for part in ("valid", "test"):
        assert first.filter(part=part).equals(second.filter(part=part))
    assert split(prepared, base | {"draw": 0}, 0).equals(split(prepared, base | {"keep_parts": False}, 0))


def test_a_number_of_labels_is_met_and_nested_in_larger_ones():
    prepared = table(400, 1)
    few, more = (
        set(split(prepared, SCAFFOLD | {"train_count": count}, seed=0).filter(part="train")["id"])
        for count in (7, 50)
    )
    assert (len(few), len(more)) == (7, 50)
    assert few < more
    with pytest.raises(DataError, match="train_count=999, but train has 320 rows"):
        split(prepared, SCAFFOLD | {"train_count": 999}, seed=0)


def test_labels_are_withheld_by_whole_groups():
    prepared = table(400, 1).with_columns(doi=pl.Series([f"paper {row // 8}" for row in range(400)]))
    prepared = prepared.with_columns(doi=pl.when(pl.int_range(400) < 390).then("doi"))  # some have none
    settings = RANDOM | {"withhold_by": "doi"}
    draws = [
        split(prepared, settings | {"train_fraction": share, "draw": draw}, seed=0)
        for draw, share in ((0, 0.1), (0, 0.3), (1, 0.1))
    ]
    papers = []
    for parts in draws:
        by_part = prepared.join(parts, on="id").filter(pl.col("doi").is_not_null())
        sides = by_part.filter(pl.col("part").is_in(["train", "unlabelled"]))
        assert (sides.group_by("doi").agg(pl.col("part").n_unique())["part"] == 1).all()
        papers.append(set(sides.filter(part="train")["doi"]))
        labelled = len(parts.filter(part="train"))
        assert labelled >= round(0.1 * 320)
    assert papers[0] < papers[1]
    assert papers[0] != papers[2]


def test_rows_with_a_scaffold_of_train_are_counted():
    prepared = pl.DataFrame(
        {
            "id": list("abcdefgh"),
            "scaffold_standard": ["X", "Y", "X", "", "", "Z", "Y", "W"],
            "repeated": [False] * 7 + [True],
        }
    )
    parts = ["train", "unlabelled", "test", "train", "test", "valid", "valid", "excluded"]
    settings = RANDOM | {
        "train_fraction": 0.5,
        "exclude": ["repeated"],
        "watch": {"scaffold": "scaffold_standard"},
    }
    report = manifest(prepared, prepared.select("id", part=pl.Series(parts)), settings)
    # Molecules without rings share no scaffold; a row without its label is still a training row.
    assert report["rows_with_a_scaffold_of_train"] == {"valid": 1, "test": 1}
    assert report["rows"] == {"train": 2, "valid": 2, "test": 2, "unlabelled": 1, "excluded": 1}


def test_a_scaffold_may_be_several_columns():
    prepared = table()
    assert split(prepared, SCAFFOLD | {"group": ["system"]}, seed=0).equals(split(prepared, SCAFFOLD, seed=0))
    report = manifest(prepared, split(prepared, SCAFFOLD, seed=0), SCAFFOLD)
    assert report["rows"] == {"train": 400, "valid": 50, "test": 50}


def test_what_is_watched_must_be_there_and_nothing_else_is_counted():
    prepared = pl.DataFrame({"id": list("abc"), "composition": ["X", "X", "Y"]})
    parts = pl.DataFrame({"id": list("abc"), "part": ["train", "valid", "test"]})
    settings = {"kind": "family", "group": "id"}
    assert not any("composition" in key for key in manifest(prepared, parts, settings))
    with pytest.raises(DataError, match="watches formula, but the prepared table has id, composition"):
        manifest(prepared, parts, settings | {"watch": {"formula": "formula"}})


def test_parts_of_a_few_rows_are_called_small():
    assert small({"rows": {"train": 5, "valid": 1, "test": 10, "excluded": 3}}) == [
        "train has 5 rows, fewer than 10: a score there tells no method from another",
        "valid has 1 row, fewer than 10: a score there tells no method from another",
    ]
