"""The anion of a precursor set, and the family of each test target."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from retort.chemistry.composition import parse
from retort.runs import Run, RunInputs
from retort.sealed import write_table
from retort.studies.precursors.targets import ANIONS, families, family, fullest

from .shelf_of_five import REACTIONS, archive, rows


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
    assert expected in {*ANIONS, "elements", "other"}
    # Fractions in single precision, as the archive has them, say the same.
    fractions = [
        {element: float(np.float32(amount / sum(each.values()))) for element, amount in each.items()}
        for each in amounts
    ]
    assert family(fractions) == expected


def test_families_follow_the_usual_set_of_each_target():
    shelf = archive()
    names = [target for target, _, part in REACTIONS if part == "test"]
    targets = shelf.targets_of("test")
    by_target = dict(zip([shelf.targets[t] for t in targets], families(shelf, targets), strict=True))
    assert by_target == {"Li3CoO3": "oxide", "TiO2": "halide"}
    assert set(names) == set(by_target)
    assert len(rows()) == len(REACTIONS)


def test_the_fullest_place_is_of_the_studys_own_data_set_however_large_a_guest_is(tmp_path):
    parts = {
        "few": ["train", "unlabelled", "test"],
        "all": ["train", "train", "test"],
        "guest": ["train"] * 9,
    }
    for name, each in parts.items():
        write_table(
            pl.DataFrame({"id": list(map(str, range(len(each)))), "part": each}), tmp_path / f"{name}.parquet"
        )

    def run(dataset, split):
        inputs = RunInputs(tmp_path / "rows.parquet", tmp_path / f"{split}.parquet")
        return Run("precursors", dataset, split, "selector", 0, Path("runs"), inputs, {})

    own = [run("own", "few"), run("own", "all")]
    assert fullest([*own, run("mine", "guest")]) == [own[1]]
