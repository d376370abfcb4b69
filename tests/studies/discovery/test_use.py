"""`retort similar`: nearest formulas in order, what was measured of them, and what cannot be answered."""

import csv
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from retort.asking import AskError, Given
from retort.chemistry import robocrystallographer
from retort.cli import main
from retort.runs import Run, RunInputs
from retort.sealed import write_json
from retort.studies.discovery.apart import distances
from retort.studies.discovery.query import amounts_rows, read, read_crystal
from retort.studies.discovery.similar import Pool, exchanged

from . import small_crystals, small_pool

SALT = """data_salt
_cell_length_a {edge}
_cell_length_b {edge}
_cell_length_c {edge}
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'F m -3 m'
_symmetry_Int_Tables_number 225
loop_
_symmetry_equiv_pos_as_xyz
{operations}
loop_
_atom_site_type_symbol
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
{cation} {cation}1 0 0 0 {occupied}
{anion} {anion}1 0.5 0.5 0.5 1
"""
CENTRED = "\n".join(["'x, y, z'", "'x+1/2, y+1/2, z'", "'x+1/2, y, z+1/2'", "'x, y+1/2, z+1/2'"])


@pytest.fixture
def recall(tmp_path, monkeypatch):
    """A finished recall of halides in a project of its own."""
    monkeypatch.chdir(tmp_path)
    return recall_of(tmp_path, small_crystals.inputs(), "recall-elmd")


def recall_of(project: Path, inputs: RunInputs, variant: str) -> Run:
    run = Run(
        "discovery",
        "pool",
        "hosts",
        variant,
        0,
        project / f"data/runs/discovery/pool/hosts/{variant}/seed0",
        inputs,
        small_pool.settings(method="recall", recall={"by": "elmd"}),
    )
    run.folder.mkdir(parents=True)
    write_json(
        {name: value for name, value in run.to_json().items() if name != "folder"}, run.folder / "run.json"
    )
    return run


@pytest.fixture
def cif(tmp_path):
    """Writes a CIF of rock salt in its conventional cell, as no pool has it."""

    def write(cation: str = "Na", anion: str = "Cl", *, edge: float = 5.1, occupied: float = 1.0) -> Path:
        path = tmp_path / f"{cation}{anion}.cif"
        cell = {"cation": cation, "anion": anion, "edge": edge, "occupied": occupied, "operations": CENTRED}
        path.write_text(SALT.format(**cell), encoding="utf-8")
        return path

    return write


def asked(text: str, count: int = 20, by: str = "composition", file: Path | None = None):
    crystal = None if file is None else read_crystal(file)
    (answer,) = Pool.best().answer([Given(text)], count, by, crystal)
    return answer


def test_the_nearest_formulas_exchange_one_element_for_its_neighbour(recall):
    answer = asked("NaCl", 4)
    hits = answer.hits
    assert [hit["rank"] for hit in hits] == [1, 2, 3, 4]
    assert "NaCl" not in {hit["formula"] for hit in hits}
    assert hits[0]["exchanged"] in ("Na > Li", "Cl > Br", "Cl > F")
    assert all(near["distance"] <= far["distance"] for near, far in pairwise(hits))
    assert answer.itself == {"zT": None, "power factor": None}
    every = asked("NaCl")
    assert sorted(hit["rank by mat2vec"] for hit in every.hits) == list(range(1, 16))
    assert every.searched == 15
    assert Pool.best()("NaCl") == every


def test_measurements_stand_beside_a_hit_and_are_said_of_the_query(recall):
    answer = asked("NaI", 20)
    known = {hit["formula"]: (hit["zT"], hit["power factor"]) for hit in answer.hits}
    assert known["RbI"] == (pytest.approx(1.1), None)
    assert known["NaBr"] == (None, 5.0)
    assert known["NaCl"] == (None, None)
    assert answer.itself == {"zT": pytest.approx(0.7), "power factor": None}
    assert next(answer.lines()) == "NaI  (15 formulas are searched; it is in the pool, with zT 0.7)"


def test_what_is_outside_the_pool_is_said(recall):
    answer = asked("UCl", 1)
    assert answer.warnings == ("outside what it knows: no formula of the pool has U",)
    assert answer.itself is None


def test_structure_finds_the_same_structure_first_whatever_the_elements(recall):
    hits = asked("NaCl", 7, "structure").hits
    assert {hit["prototype"] for hit in hits} == {"rock salt"}
    hits = asked("CsCl", 7, "structure").hits
    assert {hit["prototype"] for hit in hits} == {"CsCl"}
    assert all(hit["rank by ElMD"] for hit in hits)


def test_an_id_adds_the_rank_by_structure(recall):
    hits = asked("mp-5", 3).hits  # NaCl
    assert all(hit["rank by structure"] >= 1 for hit in hits)
    assert [hit["id"] for hit in hits] == [hit["id"] for hit in asked("NaCl", 3).hits]


def test_texts_find_what_is_worded_alike_and_leave_out_what_is_not_described(recall):
    answer = asked("NaCl", 20, "text")
    assert {hit["prototype"] for hit in answer.hits[:7]} == {"rock salt"}
    assert "CsI" not in {hit["formula"] for hit in answer.hits}
    assert answer.searched == 14
    assert "no description" in asked("CsI", 20, "text").error


def test_a_recall_without_descriptions_answers_but_by_text(tmp_path, monkeypatch):
    given = small_crystals.inputs()
    fewer = {name: view for name, view in given.features.items() if name != "descriptions"}
    recall_of(tmp_path, replace(given, features=fewer), "recall-elmd")
    monkeypatch.chdir(tmp_path)
    without = asked("NaCl")
    assert "make model NAME=similar/text" in asked("NaCl", by="text").error
    recall_of(tmp_path, given, "recall-text")
    assert asked("NaCl", by="text").hits
    assert asked("NaCl") == without


def test_a_crystal_of_ones_own_is_its_primitive_cell(recall, cif):
    crystal = read_crystal(cif())
    assert len(crystal.numbers) == 2
    own = abs(np.linalg.det(crystal.lattice))
    kind, known = small_crystals.crystal("Na", "Cl")
    assert kind == "rock salt"
    assert own == pytest.approx(abs(np.linalg.det(known.lattice)))
    there = Pool.best()
    of_file, of_pool = (
        distances(there, "structure", read("NaCl", own_crystal, there.ids))
        for own_crystal in (read_crystal(cif()), None)
    )
    assert np.allclose(of_file, of_pool, atol=1e-3)
    answer = asked("KCl", 3, "composition", cif("K", "Cl", edge=6.3))
    assert answer.prototype == "AB 225"
    assert answer.warnings == ("outside what it knows: no formula of the pool has K",)
    assert all(hit["rank by structure"] for hit in answer.hits)


def test_a_crystal_of_ones_own_is_described_and_compared_by_its_words(recall, cif, monkeypatch):
    pool = Pool.best()
    texts = pool.materials.texts(pool.inputs.features["descriptions"], "text")
    place = pool.materials.table["formula"].to_list().index("LiF")
    monkeypatch.setattr(robocrystallographer, "describe", lambda *structure: texts[place])
    hits = asked("NaCl", 1, "text", cif("Na", "Cl")).hits
    assert hits[0]["formula"] == "LiF"
    assert hits[0]["distance"] == pytest.approx(0, abs=1e-6)


def test_without_a_crystal_what_is_outside_the_pool_has_no_structure(recall):
    for by in ("structure", "text"):
        assert "--crystal" in asked("KCl", 3, by).error


def test_the_command_prints_a_table_or_json(recall, capsys):
    assert main(["similar", "NaCl", "-k", "3"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert len(table) == 5
    assert table[0].startswith("NaCl  (15 formulas are searched; ")
    assert table[1].split()[:5] == ["rank", "formula", "id", "prototype", "distance"]
    assert main(["similar", "NaCl", "-k", "3", "--by", "structure", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["predictions"][0]["similar"]) == 3
    assert told["model"]["by"] == "structure"


def test_a_table_of_formulas_is_answered_with_a_row_for_each_hit(recall, capsys, tmp_path):
    (tmp_path / "mine.csv").write_text("Formula,note\nNaCl,a\nXy,b\nUCl,c\n", encoding="utf-8")
    out = tmp_path / "out.csv"
    assert main(["similar", "--file", "mine.csv", "-k", "2", "-o", str(out)]) == 1
    heard = capsys.readouterr()
    assert "row 3: Xy: " in heard.err
    rows = list(csv.DictReader(out.open(encoding="utf-8")))
    assert [(row["Formula"], row["note"], row["rank"]) for row in rows] == [
        ("NaCl", "a", "1"),
        ("NaCl", "a", "2"),
        ("Xy", "b", ""),
        ("UCl", "c", "1"),
        ("UCl", "c", "2"),
    ]
    assert [row["similar"] for row in rows[:2]] == [hit["formula"] for hit in asked("NaCl", 2).hits]
    assert "no formula of the pool has U" in rows[3]["warning"]
    assert "Xy" in rows[2]["error"]
    assert main(["similar", "--file", "mine.csv", "--crystal", "x.cif"]) == 2


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (["Xy"], 1, "row 1: Xy: "),
        (["mp-99"], 1, "mp-99: no material of the pool has this id"),
        (["nacl"], 1, "Or an id of the pool, such as mp-"),
        (["NaCl", "-k", "0"], 2, "-k 0"),
        (["NaCl", "--run", "nowhere"], 2, "no run.json"),
        (["--crystal", "nowhere.cif"], 2, "nowhere.cif"),
    ],
)
def test_what_cannot_be_answered_is_one_line(recall, capsys, given, code, said):
    assert main(["similar", *given]) == code
    (line,) = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("note: ")]
    assert said in line


def test_nothing_asked_is_said(recall, here, ask):
    code, _, err = ask("similar")
    assert (code, "no formula given" in err) == (2, True)


def test_a_crystal_that_cannot_be_used_is_refused(recall, cif, tmp_path, capsys):
    (tmp_path / "empty.cif").write_text("data_nothing\n", encoding="utf-8")
    shared = str(cif(occupied=0.5))
    salt = str(cif("Na", "Br"))
    for given, code, said in (
        (["--crystal", "empty.cif"], 2, "no crystal can be read"),
        (["--crystal", shared], 2, "ordered"),
        (["KCl", "--crystal", salt], 1, "the crystal is of NaBr, not of KCl"),
        (["KCl", "NaBr", "--crystal", salt], 2, "2 formulas are asked"),
    ):
        assert main(["similar", *given]) == code
        err = capsys.readouterr().err
        assert said in err
        assert len([line for line in err.splitlines() if not line.startswith("note: ")]) == 1
    assert main(["similar", "--crystal", salt, "-k", "1"]) == 0
    assert capsys.readouterr().out.startswith("NaBr  (15 formulas are searched; ")


def test_without_a_recall_it_says_how_to_make_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AskError, match="no finished recall"):
        Pool.best()


def test_exchanged_elements():
    assert exchanged({"Pb": 1, "Te": 1}, {"Sn": 1, "Te": 1}) == "Pb > Sn"
    assert exchanged({"Na": 1, "Cl": 1}, {"Na": 2, "Cl": 1}) == ""
    assert exchanged({"Na": 1}, {"Na": 1, "Cl": 1}) == "- > Cl"


def test_amounts_are_fractions():
    (row,) = amounts_rows([{"Na": 2.0, "O": 1.0}])
    assert row[11] == pytest.approx(2 / 3)
    assert row.sum() == pytest.approx(1)
