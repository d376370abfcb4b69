"""Batches of crystal graphs against the same graphs put together one bond at a time."""

import numpy as np
import pytest
import torch

from retort.chemistry.neighbours import nearest_neighbours
from retort.chemistry.orbits import RESOLUTION, every, merge
from retort.datasets.views import crystal_graphs
from retort.studies.transfer.graphs import GraphStore

from .crystals import CHANGES, store, structures, table


def test_a_batch_holds_the_bonds_and_pairs_of_its_crystals(tmp_path):
    crystals = structures()
    graphs = store(crystals, tmp_path, merged=False).batch(np.array([4, 1]), angles=True)
    bonds, pairs = [], []
    start = 0
    for row, crystal in enumerate([crystals[4], crystals[1]]):
        graph = nearest_neighbours(crystal.lattice.matrix, crystal.frac_coords)
        offset = len(bonds)
        for source, target, vector in zip(graph.source, graph.target, graph.vector, strict=True):
            bonds.append((row, start + source, start + target, np.linalg.norm(vector)))
        for second in range(len(graph.source)):
            for first in range(len(graph.source)):
                if graph.target[first] == graph.source[second]:
                    one, other = graph.vector[first], graph.vector[second]
                    cosine = -one @ other / np.linalg.norm(one) / np.linalg.norm(other)
                    pairs.append((offset + first, offset + second, cosine))
        start += len(crystal)
    assert graphs.size == 2
    assert graphs.numbers.tolist() == [*crystals[4].atomic_numbers, *crystals[1].atomic_numbers]
    assert graphs.crystal.tolist() == [0] * 4 + [1] * 6
    found = zip(
        graphs.crystal[graphs.target].tolist(), graphs.source.tolist(), graphs.target.tolist(), strict=True
    )
    assert list(found) == [bond[:3] for bond in bonds]
    np.testing.assert_allclose(graphs.length, [bond[3] for bond in bonds], atol=RESOLUTION)
    found = zip(graphs.first.tolist(), graphs.second.tolist(), strict=True)
    assert list(found) == [pair[:2] for pair in pairs]
    np.testing.assert_allclose(graphs.cosine, [pair[2] for pair in pairs], atol=RESOLUTION)
    for count in (graphs.atoms, graphs.bonds, graphs.pairs):
        assert (count == 1).all()


def test_merged_and_whole_graphs_count_the_same():
    for crystal in structures():
        bonds = nearest_neighbours(crystal.lattice.matrix, crystal.frac_coords)
        numbers = np.array(crystal.atomic_numbers)
        few, all_ = merge(numbers, bonds), every(numbers, bonds)
        received = few.bonds * few.atoms[few.target]
        assert few.atoms.sum() == len(crystal)
        assert received.sum() == len(all_.source)
        assert (few.pairs * received[few.second]).sum() == len(all_.first)
        for atom, number in enumerate(few.numbers):
            assert number in numbers
            assert few.bonds[few.target == atom].sum() in np.bincount(bonds.target)[numbers == number]


@pytest.mark.parametrize(("row", "kinds"), [(0, (3, 6)), (2, (2, 2)), (4, (4, None))])
def test_kinds_of_atoms_and_bonds_of_known_crystals(row, kinds):
    crystal = structures()[row]
    bonds = nearest_neighbours(crystal.lattice.matrix, crystal.frac_coords)
    graph = merge(np.array(crystal.atomic_numbers), bonds)
    assert len(graph.numbers) == kinds[0]
    if row == 2:  # rock salt: six unlike neighbours, then twelve alike ones, all eighteen kept
        assert sorted(zip(graph.length.round(3), graph.bonds, strict=True)) == [
            (2.82, 6), (2.82, 6), (3.988, 12), (3.988, 12)
        ]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_the_same_crystal_has_the_same_merged_graph(change):
    for crystal in structures():
        graphs = []
        for version in (crystal, change(crystal)):
            bonds = nearest_neighbours(version.lattice.matrix, version.frac_coords)
            graph = merge(np.array(version.atomic_numbers), bonds)
            number = graph.numbers
            rows = zip(
                number[graph.source], number[graph.target], graph.length.round(3), graph.bonds, strict=True
            )
            graphs.append((sorted(number), sorted(rows), len(graph.first), sorted(graph.pairs)))
        assert graphs[0] == graphs[1]


def test_neither_workers_nor_chunks_nor_a_missing_structure_change_the_arrays(tmp_path, monkeypatch):
    rows = table(structures() * 2).with_row_index("n")
    rows = rows.with_columns(id=rows["id"] + rows["n"].cast(str)).drop("n")
    crystal_graphs.build(rows, tmp_path / "a", workers=1)
    monkeypatch.setattr(crystal_graphs, "CHUNK", 3)
    without = rows.with_columns(
        id=rows["id"] + "x", **{name: None for name in ("lattice", "numbers", "positions")}
    ).cast(rows.schema)
    crystal_graphs.build(rows.head(2).vstack(without).vstack(rows.slice(2)), tmp_path / "b", workers=2)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "b").iterdir())
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    one, other = GraphStore(tmp_path / "a"), GraphStore(tmp_path / "b")
    order = np.array([7, 0, 3])
    for name, value in vars(one.batch(order, angles=True)).items():
        assert (
            torch.equal(value, getattr(other.batch(order, angles=True), name))
            if name != "size"
            else value == 3
        )


def test_a_data_set_without_structures_has_an_empty_store(tmp_path):
    rows = table(structures()[:1])
    rows = rows.with_columns(**{name: None for name in rows.columns[1:]}).cast(rows.schema)
    crystal_graphs.build(rows, tmp_path)
    assert len(GraphStore(tmp_path)) == 0


def test_errors_name_the_crystal(tmp_path):
    rows = table(structures()[:1]).with_columns(lattice=[[0.0] * 9])
    with pytest.raises(ValueError, match=r"crystal 'c0': the cell .* no volume"):
        crystal_graphs.build(rows, tmp_path / "a")
    with pytest.raises(KeyError, match=r"1 of 2 ids have no crystal graph, the first: 'c9'"):
        store(structures()[:1], tmp_path / "b").rows(["c0", "c9"])
