"""Generated crystals: the same to the byte, physically sound, and of use for the study."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml
from pymatgen.analysis.ewald import EwaldSummation
from pymatgen.core import Lattice, Species, Structure

from retort.chemistry import magpie
from retort.chemistry.composition import SYMBOLS
from retort.configuration.expand import split_families
from retort.datasets import crystals_generated as generated
from retort.datasets.crystals import SCHEMA
from retort.datasets.errors import DataError, SchemaError
from retort.datasets.splits import manifest, split

CONFIG = Path(__file__).parents[2] / "workflow" / "config" / "dataset"
BLOCKS = {
    name: yaml.safe_load((CONFIG / f"{name}.yaml").read_text()) for name in ("crystals", "crystals_other")
}
SETTINGS = BLOCKS["crystals"]["generator"]["settings"]
SMALL = SETTINGS | {"rows": 40}


@pytest.fixture(scope="module", params=BLOCKS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Both data sets as the workflow would generate them."""
    made = {}
    for name, block in BLOCKS.items():
        made[name] = tmp_path_factory.mktemp(name)
        generated.generate(made[name], block["generator"]["settings"], block["generator"]["seed"])
    return made


@pytest.fixture(scope="module")
def raw(folders, name):
    return pl.read_csv(folders[name] / generated.FILE, infer_schema=False)


@pytest.fixture(scope="module")
def prepared(folders, name):
    return generated.read(folders[name], BLOCKS[name].get("settings", {}))


def test_settings_and_seed_decide_every_byte(tmp_path):
    for place, seed in (("a", 3), ("b", 3), ("c", 4)):
        generated.generate(tmp_path / place, SMALL, seed)
    contents = [(tmp_path / place / generated.FILE).read_bytes() for place in "abc"]
    assert contents[0] == contents[1] != contents[2]
    assert [path.name for path in (tmp_path / "a").iterdir()] == [generated.FILE]


def test_the_tables_are_whole(prepared, raw, name):
    rows = prepared.rows
    assert prepared.rejects.is_empty()
    assert len(rows) == len(raw) == BLOCKS[name]["generator"]["settings"]["rows"]
    assert dict(rows.schema) == SCHEMA | dict.fromkeys(generated.PROPERTIES, pl.Float64)
    assert rows["id"][0] == ("crystals-000000" if name == "crystals" else "other-000000")
    absent = 0 if name == "crystals" else len(rows)
    assert rows.select("lattice", "numbers", "positions").null_count().row(0) == (absent,) * 3
    assert rows["sites"].to_list() == raw["numbers"].str.split(" ").list.len().to_list()
    assert rows["sites"].max() <= 20
    assert not raw.select(pl.struct("formula", "prototype", "charges").is_duplicated().any()).item()


def test_labels_are_those_of_the_stored_structures(raw):
    for record in raw[::60].iter_rows(named=True):
        charges = {
            symbol: int(charge) for symbol, charge in (ion.split("=") for ion in record["charges"].split())
        }
        numbers = list(map(int, record["numbers"].split()))
        species = [Species(SYMBOLS[number - 1], charges[SYMBOLS[number - 1]]) for number in numbers]
        lattice = Lattice(np.array(record["lattice"].split(), dtype=float).reshape(3, 3))
        positions = np.array(record["positions"].split(), dtype=float).reshape(-1, 3)
        summation = EwaldSummation(Structure(lattice, species, positions))
        assert float(record["ewald_energy"]) == pytest.approx(summation.total_energy / len(species), abs=2e-6)
        # q_i V_i / 2 over all sites is the energy: the mean potential of each sign follows for binary compounds.
        if len(charges) == 2:
            cation = max(charges.values())
            energy = 2 * summation.total_energy / sum(cation for one in species if one.oxi_state > 0)
            assert float(record["potential_difference"]) == pytest.approx(-energy, abs=1e-4)


def test_numbers_are_sound(prepared, raw):
    assert prepared.rows["ewald_energy"].is_between(-150, -2).all()
    assert prepared.rows["potential_difference"].is_between(5, 150).all()
    for record in raw[::20].iter_rows(named=True):
        lattice = Lattice(np.array(record["lattice"].split(), dtype=float).reshape(3, 3))
        numbers = list(map(int, record["numbers"].split()))
        positions = np.array(record["positions"].split(), dtype=float).reshape(-1, 3)
        structure = Structure(lattice, numbers, positions)
        assert structure.is_valid(tol=1.2), record["formula"]  # no two atoms closer than 1.2 Å
        assert (
            4 < structure.volume / len(numbers) < 120
        )  # Å^3; open frameworks of large ions are the upper end


def test_every_structure_type_occurs_and_many_compositions_have_polymorphs(prepared, raw):
    assert raw["prototype"].n_unique() >= 26
    groups = prepared.rows.group_by("composition").agg(
        pl.len(), spread=pl.col("ewald_energy").max() - pl.col("ewald_energy").min()
    )
    several = groups.filter(pl.col("len") > 1)
    assert len(several) > 100
    assert several["spread"].median() > 0.1  # eV per atom: the structure matters
    assert (several["spread"] > 0).all()


def test_half_of_the_compositions_are_shared_but_their_labels_differ(folders):
    first, second = (
        generated.read(folders[name], {})
        .rows.select("composition", "ewald_energy")
        .unique("composition", keep="first")
        for name in BLOCKS
    )
    both = first.join(second, on="composition")
    assert 0.4 < len(both) / len(second) < 0.9
    difference = (both["ewald_energy"] - both["ewald_energy_right"]).abs().median()
    assert 0.05 < difference < 3


def test_composition_tells_most_and_not_all(folders):
    from sklearn.ensemble import HistGradientBoostingRegressor

    rows = generated.read(folders["crystals"], {}).rows
    numbers = rows["numbers"].to_list()
    fractions = np.stack([np.bincount(sites, minlength=104)[1:] / len(sites) for sites in numbers])
    features = magpie.features(fractions, SYMBOLS[:103])
    target = rows["ewald_energy"].to_numpy()
    test = np.arange(len(rows)) % 5 == 0
    model = HistGradientBoostingRegressor(max_iter=100, random_state=0).fit(features[~test], target[~test])
    residual = np.mean((model.predict(features[test]) - target[test]) ** 2) / target[test].var()
    assert 0.002 < residual < 0.2


def test_the_splits_of_the_yaml(prepared, name):
    splits = split_families(BLOCKS[name]["splits"])
    # Two targets: all labels, and three draws of each of five shares and a count.
    assert len(splits) == 2 * (1 + 3 * 6)
    # One lender has seen the training records of all draws: their test part is the same.
    tested = {}
    for settings in splits.values():
        assert settings["target"] in prepared.rows.columns
        parts = split(prepared.rows, settings, seed=0)
        assert manifest(prepared.rows, parts, settings)["leakage"] == 0
        tested.setdefault(settings["target"], []).append(parts.filter(part="test")["id"].sort())
    for first, *others in tested.values():
        assert all(first.equals(other) for other in others)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("11 17", "11", "1 sites do not go with"),
        ("11 17", "11 x", "invalid literal"),
        ("NaCl", "NaXx", "unknown element 'Xx'"),
        ("-4.5", "", "no finite number"),
    ],
)
def test_a_damaged_row_is_kept_with_its_reason(tmp_path, old, new, reason):
    lattice = " ".join(["0 2.8 2.8", "2.8 0 2.8", "2.8 2.8 0"])
    good = f"NaCl,rock salt,Na=1 Cl=-1,{lattice},11 17,0 0 0 0.5 0.5 0.5,-4.5,17.8"
    (tmp_path / generated.FILE).write_text(
        "\n".join((",".join(generated.COLUMNS), good, good.replace(old, new)))
    )
    read = generated.read(tmp_path, {})
    assert read.rows["id"].to_list() == ["crystals-000000"]
    assert read.rejects["row"].to_list() == [1]
    assert reason in read.rejects["reason"][0]


def test_a_missing_column_is_named(tmp_path):
    (tmp_path / generated.FILE).write_text("formula\nNaCl\n")
    with pytest.raises(SchemaError, match="no column 'prototype'"):
        generated.read(tmp_path, {})


@pytest.mark.parametrize(
    "bad",
    [
        {"rows": 0},
        {"rows": 2.5},
        {"polymorphs": True},
        {"radii": "bragg"},
        {"expansion": "1"},
        {"scatter": -0.1},
        {"looseness": 0.9},
    ],
)
def test_impossible_settings_are_refused(tmp_path, bad):
    with pytest.raises(DataError, match=next(iter(bad))):
        generated.generate(tmp_path, SMALL | bad, seed=0)
    assert list(tmp_path.iterdir()) == []


def test_too_many_rows_are_refused(tmp_path, monkeypatch):
    few = (((("Cl", -1), 1), (("Na", 1), 1)),)
    monkeypatch.setattr(generated, "compositions", lambda: few)
    with pytest.raises(DataError, match="40 were asked for"):
        generated.generate(tmp_path, SMALL, seed=0)
