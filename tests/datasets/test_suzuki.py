"""Suzuki-Miyaura couplings: a small workbook by hand, and the published files where they are at hand."""

import shutil

import polars as pl
import pytest

from retort.chemistry.molecules import MoleculeError, parse
from retort.chemistry.reagents import BASES, CATALYSTS, LIGANDS, SOLVENTS
from retort.datasets import suzuki as reader
from retort.datasets.errors import SchemaError

from .yield_files import folder

SETTINGS = {"file": "aap9112_Data_File_S1.xlsx", "split": "random_split_{draw}.tsv"}
ROWS = [
    ("1a, 6-Cl-Q", "2a, Boronic Acid", "P(Ph)3 ", "NaOH", "MeCN", 10.0),
    ("1e, 6-BOH2-Q", "2d, Bromide", "None", "None", "MeOH/H2O_V2 9:1", 20.0),
    ("1a, 6-Cl-Q", "2a, Boronic Acid", "dppf", "Et3N", "THF_V2", 0.0),
]


@pytest.fixture
def small(monkeypatch, tmp_path):
    rows = pl.DataFrame(ROWS, schema=[*reader.NAMES.values(), reader.YIELD], orient="row")
    monkeypatch.setattr(reader, "sheets", lambda path, names, columns: {reader.SHEET: rows})
    monkeypatch.setattr(reader, "TRAIN", 2)
    for draw in range(10):
        order = [(row + draw) % 3 for row in range(3)]
        lines = ["\trxn\ty", *(f"{row}\tC>>C\t{ROWS[row][-1] / 100}" for row in order)]
        (tmp_path / f"random_split_{draw}.tsv").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_reactions_by_hand(small):
    rows = reader.read(small, SETTINGS).rows
    assert rows["id"].to_list() == ["suzuki-0000", "suzuki-0001", "suzuki-0002"]
    assert rows["ligand"].to_list() == ["P(Ph)3", "none", "dppf"]
    assert rows["base"].to_list() == ["NaOH", "none", "Et3N"]
    assert rows["solvent"].to_list() == ["MeCN", "MeOH", "THF"]
    # The quinoline is the nucleophile in the second reaction.
    assert rows["electrophile"].to_list() == ["1a, 6-Cl-Q", "2d, Bromide", "1a, 6-Cl-Q"]
    assert rows["substrates"][1] == "Cc1ccc2c(cnn2C2CCCCO2)c1Br.Cl.OB(O)c1ccc2ncccc2c1"
    assert rows["roles"][1].to_list() == ["electrophile", "nucleophile", "catalyst", "solvent", "solvent"]
    assert rows["random_0"].to_list() == ["train", "train", "test"]
    assert rows["random_1"].to_list() == ["test", "train", "train"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("1\tC>>C\t0.2", "1\tC>>C\t0.3"), r"row 1: yield 0\.3 of reaction 1, expected 0\.2"),
        (("1\tC>>C\t0.2", "0\tC>>C\t0.1"), "row 1: no reaction, or one twice"),
        (("1\tC>>C\t0.2\n", ""), "lacks reaction 1"),
        (("1\tC>>C\t0.2", "1\tC>>C"), "the row has 2 cells, the head 3"),
    ],
)
def test_a_split_of_other_reactions_is_refused(small, change, said):
    file = small / "random_split_0.tsv"
    assert change[0] in file.read_text()
    file.write_text(file.read_text().replace(*change))
    with pytest.raises(SchemaError, match=said):
        reader.read(small, SETTINGS)


def test_a_name_without_structure_is_refused(small, monkeypatch):
    monkeypatch.setattr(reader, "SOLVENTS", {"H2O": "O", "MeOH": "CO", "THF": "C1CCOC1"})
    with pytest.raises(MoleculeError, match="'MeCN' is no molecule: a solvent whose structure is not known"):
        reader.read(small, SETTINGS)


@pytest.mark.parametrize("known", [SOLVENTS, BASES, LIGANDS, CATALYSTS])
def test_structures_of_names_are_molecules(known):
    for name, smiles in known.items():
        charge = sum(atom.GetFormalCharge() for atom in parse(smiles).GetAtoms())
        assert charge == 0, name


def test_the_published_files(tmp_path):
    source = folder("suzuki_miyaura")
    for path in (source / SETTINGS["file"], *(source / "random_splits").iterdir()):
        shutil.copyfile(path, tmp_path / path.name)
    prepared = reader.read(tmp_path, SETTINGS)
    rows = prepared.rows
    # What was measured again has another number of the same components in the workbook, and none is twice there.
    assert (len(rows), len(prepared.rejects), rows["repeated"].sum()) == (5760, 0, 0)
    assert [rows[name].n_unique() for name in reader.COLUMNS] == [5, 6, 12, 8, 4]
    assert [(rows[f"random_{draw}"] == "test").sum() for draw in range(10)] == [1728] * 10
    # Fragments of the published strings, but for the acetates and what has another spelling or is left out here.
    text = (tmp_path / "random_split_0.tsv").read_text().splitlines()[1].split("\t")
    published = set(text[1].split(">>")[0].split("."))
    ours = {part for smiles in rows["reactants"][int(text[0])] for part in smiles.split(".")}
    assert published - ours == {"CC(=O)O~CC(=O)O~[Pd]", "CCc1cccc(CC)c1"}
