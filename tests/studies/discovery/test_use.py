"""`retort similar`: nearest formulas in order, what was measured of them, and what cannot be answered."""

import json
from itertools import pairwise

import pytest

from retort.asking import AskError
from retort.cli import main
from retort.runs import Run
from retort.sealed import write_json
from retort.studies.discovery.similar import Pool, exchanged

from . import small_pool


@pytest.fixture
def recall(tmp_path, monkeypatch):
    """A finished recall in a project of its own."""
    given = small_pool.inputs()
    run = Run(
        "discovery",
        "pool",
        "hosts",
        "recall-elmd",
        0,
        tmp_path / "data/runs/discovery/pool/hosts/recall-elmd/seed0",
        given,
        small_pool.settings(method="recall", recall={"by": "elmd"}),
    )
    run.folder.mkdir(parents=True)
    write_json(
        {name: value for name, value in run.to_json().items() if name != "folder"}, run.folder / "run.json"
    )
    monkeypatch.chdir(tmp_path)
    return run


def test_the_nearest_formulas_exchange_one_element_for_its_neighbour(recall):
    hits, notes = Pool.best(None).similar("NaCl", 4)
    assert [hit["rank"] for hit in hits] == [1, 2, 3, 4]
    assert "NaCl" not in {hit["formula"] for hit in hits}
    assert hits[0]["exchanged"] in ("Na > Li", "Na > K")
    assert all(near["ElMD"] <= far["ElMD"] for near, far in pairwise(hits))
    assert "the formula itself is in the pool" in notes


def test_elements_outside_the_pool_are_said(recall):
    _, notes = Pool.best(None).similar("UCl", 1)
    assert "outside the pool: no formula of it has U" in notes


def test_the_command_prints_a_table_or_json(recall, capsys):
    assert main(["similar", "NaCl", "-k", "3"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert len(table) == 4
    assert table[0].split()[:3] == ["rank", "formula", "id"]
    assert main(["similar", "NaCl", "-k", "3", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["similar"]) == 3


@pytest.mark.parametrize(
    ("asked", "said"),
    [(["Xy"], "Xy"), (["NaCl", "-k", "0"], "-k 0"), (["NaCl", "--run", "nowhere"], "no run.json")],
)
def test_what_cannot_be_answered_is_one_line(recall, capsys, asked, said):
    assert main(["similar", *asked]) == 2
    assert said in capsys.readouterr().err


def test_without_a_recall_it_says_how_to_make_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AskError, match="no finished recall"):
        Pool.best(None)


def test_exchanged_elements():
    assert exchanged({"Pb": 1, "Te": 1}, {"Sn": 1, "Te": 1}) == "Pb > Sn"
    assert exchanged({"Na": 1, "Cl": 1}, {"Na": 2, "Cl": 1}) == ""
    assert exchanged({"Na": 1}, {"Na": 1, "Cl": 1}) == "- > Cl"
