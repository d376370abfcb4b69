"""Success at k on a table that can be read by eye."""

import numpy as np
import polars as pl
import pytest

from retort.chemistry.composition import parse
from retort.studies.precursors import score as scoring
from retort.studies.precursors.score import FAMILIES, families, family, first_hits, score
from retort.studies.precursors.train import PREDICTIONS_SCHEMA

from .shelf_of_five import REACTIONS, archive, rows


@pytest.fixture
def prepared() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": ["a", "b", "c", "d", "e", "f"],
            "target_key": ["X", "X", "Y", "Z", "X", "W"],
            "precursors": [["P", "Q"], ["P", "R"], ["S", "T"], ["S", "U"], ["P", "Z"], ["S"]],
        }
    )


@pytest.fixture
def split() -> pl.DataFrame:
    parts = ["test", "test", "test", "test", "train", "valid"]
    return pl.DataFrame({"id": ["a", "b", "c", "d", "e", "f"], "part": parts})


def predictions(*proposals: tuple[str, str, int, list[str]]) -> pl.DataFrame:
    table = pl.DataFrame(proposals, schema=["part", "target_key", "rank", "precursors"], orient="row")
    return table.select(
        *(pl.col(name) if name in table.columns else pl.lit(None).alias(name) for name in PREDICTIONS_SCHEMA)
    ).cast(PREDICTIONS_SCHEMA)


def values(table: pl.DataFrame, part: str) -> dict[str, float]:
    return dict(table.filter(part=part).select("metric", "value").rows())


def test_hits_are_counted_per_target_and_part(prepared, split):
    made = predictions(
        ("test", "X", 1, ["P", "Z"]),  # reported in train only: no hit
        ("test", "X", 2, ["R", "P"]),  # the second of two reported sets, in another order
        ("test", "X", 3, ["P", "Q"]),
        ("test", "Y", 1, ["S"]),  # a subset
        ("test", "Y", 2, ["S", "T", "U"]),  # a superset; then nothing more, so Y stays unsolved
        ("valid", "W", 1, ["S"]),
        # Z has no proposal at all and counts as unsolved
    )
    scores, items = score(made, prepared, split)
    test = values(scores, "test")
    assert test["success@1"] == 0
    assert test["success@2"] == pytest.approx(1 / 3)
    assert test["success@10"] == pytest.approx(1 / 3)
    assert values(scores, "valid") == {f"success@{k}": 1.0 for k in range(1, 11)}
    assert set(scores["unit"]) == {"fraction"}
    five = items.filter(part="test", metric="success@5").select("id", "value").rows()
    assert dict(five) == {"X": 1.0, "Y": 0.0, "Z": 0.0}
    one = items.filter(part="test", metric="success@1").select("id", "value").rows()
    assert dict(one) == {"X": 0.0, "Y": 0.0, "Z": 0.0}
    assert first_hits(made, prepared, split).filter(target_key="X")["rank"].to_list() == [2]


def test_success_never_falls_with_more_attempts_and_items_agree_with_scores(prepared, split):
    made = predictions(("test", "Y", 7, ["T", "S"]), ("test", "Z", 1, ["S", "U"]))
    scores, items = score(made, prepared, split)
    curve = [values(scores, "test")[f"success@{k}"] for k in range(1, 11)]
    assert curve == pytest.approx([1 / 3] * 6 + [2 / 3] * 4)
    assert items.filter(part="test", metric="success@5")["value"].mean() == curve[4]


@pytest.mark.parametrize(
    ("precursors", "expected"),
    [
        (["Li2CO3", "Co3O4"], "carbonate"),
        (["La2O3", "ZrO2"], "oxide"),
        (["LiOH", "TiO2"], "oxide"),
        (["NH4H2PO4", "Li2CO3"], "phosphate"),
        (["(NH4)2HPO4", "Fe2O3"], "phosphate"),
        (["BaSO4", "TiO2"], "sulfate"),
        (["(NH4)2SO4", "Al2O3"], "sulfate"),
        (["Na2S", "Sn"], "sulfide"),
        (["P2S5", "Li2S"], "sulfide"),
        (["LaF3", "La2O3"], "halide"),
        (["NH4Cl", "Gd2O3"], "halide"),
        # Nitrogen as nitrate, and not.
        (["Sr(NO3)2", "TiO2"], "nitrate"),
        (["NH4NO3"], "nitrate"),  # one of its two N is ammonium
        (["Bi5O(OH)9(NO3)4"], "nitrate"),
        (["NH4VO3", "Bi2O3"], "oxide"),
        (["(NH4)6Mo7O24", "NiO"], "oxide"),
        (["(NH4)10W12O41"], "oxide"),
        (["NH4HCO3"], "carbonate"),
        (["CO(NH2)2", "TiO2"], "carbonate"),  # urea
        (["TaON"], "oxide"),
        # No anion at all.
        (["Mg", "Sn", "S"], "elements"),
        (["Mg", "Sn", "Si3N4"], "elements"),
        (["Si3N4", "Ca3N2"], "other"),
        (["Si3N4", "Al"], "other"),
        ([], "other"),
    ],
)
def test_anion_family(precursors, expected):
    amounts = [parse(precursor) for precursor in precursors]
    assert family(amounts) == expected
    assert expected in FAMILIES
    # Fractions in single precision, as the archive has them, say the same.
    fractions = [
        {element: float(np.float32(amount / sum(each.values()))) for element, amount in each.items()}
        for each in amounts
    ]
    assert family(fractions) == expected


def test_agreement_by_hand(monkeypatch):
    angles = np.deg2rad([0, 10, 90, 101])
    vectors = np.column_stack([np.cos(angles), np.sin(angles)])
    # All three others are looked at: one of them is of the same family.
    assert scoring._agreement(vectors, ["a", "a", "b", "b"]) == pytest.approx(1 / 3)
    assert scoring._agreement(vectors, ["a", "a", "b", "a"]) == pytest.approx((2 / 3 * 3 + 0) / 4)
    monkeypatch.setattr(scoring, "NEIGHBOURS", 1)
    assert scoring._agreement(vectors, ["a", "a", "b", "b"]) == 1
    assert scoring._agreement(vectors, ["a", "a", "b", "a"]) == 0.5


def test_families_follow_the_usual_set_of_each_target():
    shelf = archive()
    names = [target for target, _, part in REACTIONS if part == "test"]
    targets = shelf.targets_of("test")
    found = dict(zip([shelf.targets[t] for t in targets], families(shelf, targets), strict=True))
    assert found == {"Li3CoO3": "oxide", "TiO2": "halide"}
    assert set(names) == set(found)
    assert len(rows()) == len(REACTIONS)
