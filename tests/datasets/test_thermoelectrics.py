"""Hosts of measured thermoelectrics: doped formulas find theirs; and the published counts."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from retort.datasets import crystal_pool, thermoelectrics
from retort.datasets.errors import SchemaError
from retort.datasets.measured import measured, mentioned, nearest

from .discovery_files import SETTINGS, of_yaml, published, write_crystals, write_measured

CONFIG = Path(__file__).parents[2] / "workflow" / "config" / "dataset"


@pytest.fixture
def folder(tmp_path):
    return write_measured(write_crystals(tmp_path))


def test_measurements_of_one_composition_are_one_row(folder):
    table, rejects = measured(folder)
    best = {
        formula: (zt, year) for formula, zt, year in table.select("formula", "zt", "first_year").iter_rows()
    }
    assert best == {
        "Pb0.98Na0.02Te": (0.9, None),
        "PbTe": (0.4, None),
        "MgO": (None, None),
        "Pb1 Te0.97 Se0.03": (1.4, 2009),
        "Pb1.01Te": (1.2, None),
        "Fe2VAl": (0.1, None),
    }
    assert rejects.select("file", "row", "value").rows() == [
        ("estm.xlsx", 1, ""),
        ("ucsb_thermoelectrics.csv", 2, "Xx2"),
    ]


def test_what_abstracts_and_computations_say(folder):
    assert mentioned(folder).rows() == [("Pb0.5000 Te0.5000", 30.0, True), ("Mg0.5000 O0.5000", None, False)]


def test_the_cosine_of_stoichiometry():
    places, cosines = nearest(["NaCl", "Na0.5K0.5Cl"], ["MgO", "NaCl", "KCl", "Na2Cl2"])
    assert places.tolist() == [1, 1]  # the first of equals
    assert cosines == pytest.approx([1, 1.5 / np.sqrt(1.5 * 2)])


def test_doped_formulas_belong_to_their_host(folder):
    rows = thermoelectrics.read(folder, SETTINGS).rows
    assert rows["formula"].to_list() == ["NaCl", "TePb", "MgO"]  # NaCl once, as mp-1
    assert rows["id"].to_list() == ["mp-1", "mp-3", "mp-4"]
    telluride = rows.row(1, named=True)
    assert (telluride["zt"], telluride["first_year"], telluride["power_factor"]) == (1.4, 2009, 30.0)
    assert (telluride["query"], telluride["host"], telluride["exact"], telluride["mentioned"]) == (True,) * 4
    assert rows["host"].to_list() == [False, True, True]
    assert rows["mentioned"].to_list() == [False, True, False]
    assert rows["zt"].to_list() == [None, 1.4, None]
    assert rows["anion"].to_list() == ["Cl", "Te", "O"]
    assert rows["prototype"].to_list() == ["AB 225"] * 3
    assert rows["published_part"].to_list() == ["valid", "train", "test"]


@pytest.mark.parametrize(
    ("query", "reason"), [("KI", "'KI' is no formula of the pool"), ("Xx", "unknown element")]
)
def test_a_query_must_be_in_the_pool(folder, query, reason):
    with pytest.raises(SchemaError, match=reason):
        thermoelectrics.read(folder, SETTINGS | {"queries": [query]})


def test_a_damaged_list_is_refused(folder):
    (folder / "mat2vec_TE_data.json.xz").write_bytes(b"{}")
    with pytest.raises(SchemaError, match="is no table of mat2vec"):
        mentioned(folder)


def test_the_published_counts(tmp_path):
    block = yaml.safe_load((CONFIG / "thermoelectrics.yaml").read_text())
    folder = published(tmp_path, of_yaml(block))
    pool = crystal_pool.read(folder, block["settings"])
    lowest = crystal_pool.lowest(pool.rows)
    assert (len(pool.rows), len(lowest)) == (19_618, 16_967)
    rows, _ = thermoelectrics.with_hosts(lowest, folder, block["settings"])
    hosts = rows.filter("host")
    assert rows["query"].sum() == rows.filter("query")["host"].sum() == 7
    assert (len(hosts), hosts["zt"].count(), rows["exact"].sum()) == (306, 297, 191)
    assert ((hosts["zt"] >= 0.5).sum(), (hosts["zt"] >= 1).sum()) == (105, 49)
