"""The view `molecular_graphs`: what is stored is what RDKit says of each molecule."""

import filecmp
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from rdkit import Chem

from retort.datasets.views import molecular_graphs, molecules

SMILES = ["CCO", "C", "c1ccc2ccccc2c1", "C[N+](C)(C)CC(=O)[O-]", r"F/C=C\F", "N[C@@H](C)C(=O)O"]


def rows(smiles: list[str]) -> pl.DataFrame:
    return pl.DataFrame(
        {"id": [f"m{number}" for number in range(len(smiles))], "standard": smiles, "other": 1.0},
        schema={"id": pl.String, "standard": pl.String, "other": pl.Float64},
    )


def read(folder) -> dict[str, np.ndarray]:
    return {path.stem: np.load(path, mmap_mode="r") for path in folder.glob("*.npy")}


def test_each_molecule_is_found_again_between_its_offsets(tmp_path):
    molecular_graphs.build(rows(SMILES), tmp_path)
    arrays = read(tmp_path)
    assert pl.read_parquet(tmp_path / "molecules.parquet").equals(rows(SMILES).select("id", "standard"))
    for number, smiles in enumerate(SMILES):
        mol = Chem.MolFromSmiles(smiles)
        first, last = arrays["atom_offsets"][number : number + 2]
        assert arrays["atoms"][first:last, 0].tolist() == [atom.GetAtomicNum() for atom in mol.GetAtoms()]
        first, last = arrays["bond_offsets"][number : number + 2]
        expected = [[bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()] for bond in mol.GetBonds()]
        assert arrays["bonds"][first:last].tolist() == expected
        first, last = arrays["ring_offsets"][number : number + 2]
        cuts = arrays["ring_atom_offsets"][first : last + 1]
        rings = [tuple(arrays["ring_atoms"][a:b]) for a, b in pairwise(cuts)]
        assert rings == list(mol.GetRingInfo().AtomRings())


def test_whole_numbers_are_stored_small(tmp_path):
    molecular_graphs.build(rows(SMILES), tmp_path)
    kinds = {name: array.dtype for name, array in read(tmp_path).items()}
    assert kinds["atoms"] == kinds["bond_types"] == np.uint8
    assert kinds["bonds"] == kinds["ring_atoms"] == np.uint16
    assert kinds["atom_offsets"] == kinds["bond_offsets"] == kinds["ring_offsets"] == np.int64


def test_workers_and_chunks_change_nothing(tmp_path, monkeypatch):
    molecular_graphs.build(rows(SMILES * 3), tmp_path / "one", workers=1)
    monkeypatch.setattr(molecules, "CHUNK", 4)
    molecular_graphs.build(rows(SMILES * 3), tmp_path / "two", workers=2)
    names = [path.name for path in (tmp_path / "one").iterdir()]
    assert filecmp.cmpfiles(tmp_path / "one", tmp_path / "two", names, shallow=False) == (names, [], [])


def test_without_molecules_the_arrays_are_empty(tmp_path):
    molecular_graphs.build(rows([]), tmp_path)
    arrays = read(tmp_path)
    assert arrays["atoms"].shape == (0, 5)
    assert arrays["atom_offsets"].tolist() == arrays["ring_atom_offsets"].tolist() == [0]


def test_what_is_no_molecule_is_named(tmp_path):
    with pytest.raises(ValueError, match="'m1'"):
        molecular_graphs.build(rows(["C", "C(C", "CC"]), tmp_path)
