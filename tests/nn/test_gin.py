"""The GIN against a plain loop over bonds, in values and gradients."""

import copy

import numpy as np
import polars as pl
import pytest
import torch
from rdkit import Chem

from retort.chemistry.molecular_graphs import ATOM_FEATURES
from retort.datasets.views import molecular_graphs
from retort.nn.gin import GIN
from retort.nn.molecular_graphs import Arrays, Graphs, MoleculeStore

SMILES = ["CCO", "C", "c1ccc2ccccc2c1", "C[N+](C)(C)CC(=O)[O-]", r"F/C=C\F", "N#CC(=O)[C@H](Cl)Br"]
ROWS = np.array([4, 1, 2, 5, 0, 3, 2])


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> MoleculeStore:
    folder = tmp_path_factory.mktemp("view")
    rows = pl.DataFrame({"id": list(map(str, range(len(SMILES)))), "standard": SMILES})
    molecular_graphs.build(rows, folder)
    return MoleculeStore(folder)


def plainly(model: GIN, arrays: Arrays) -> torch.Tensor:
    """The same network, one bond after the other."""
    atoms = torch.from_numpy(arrays.atoms.astype(np.int64))
    h = sum(table.weight[atoms[:, column]] for table, column in zip(model.atoms, model.columns, strict=True))
    last = len(model.perceptrons) - 1
    for number, table in enumerate(model.bonds):
        messages = [h[atom] + table[-1] for atom in range(len(atoms))]
        for (one, other), (kind, direction) in zip(arrays.bonds.tolist(), arrays.types.tolist(), strict=True):
            edge = table[kind] + table[5 + direction]
            messages[one] = messages[one] + h[other] + edge
            messages[other] = messages[other] + h[one] + edge
        h = model.norms[number](model.perceptrons[number](torch.stack(messages)))
        h = h if number == last else h.relu()
    return torch.stack([some.mean(dim=0) for some in h.split(arrays.sizes.tolist())])


@pytest.mark.parametrize("norm", ["layer", "batch"])
@pytest.mark.parametrize("features", [ATOM_FEATURES, ("number", "chirality")])
def test_values_and_gradients_are_those_of_a_loop_over_bonds(store, norm, features):
    torch.manual_seed(0)
    model = GIN(12, 3, norm=norm, features=features).double()
    other = copy.deepcopy(model)
    arrays = store.arrays(ROWS)
    found, expected = in_double(model, Graphs.of(arrays)), plainly(other, arrays)
    torch.testing.assert_close(found, expected)
    weights = torch.randn(found.shape, dtype=torch.float64)
    (found * weights).sum().backward()
    (expected * weights).sum().backward()
    for (name, one), (_, two) in zip(model.named_parameters(), other.named_parameters(), strict=True):
        torch.testing.assert_close(one.grad, two.grad, msg=lambda text, name=name: f"{name}: {text}")
    assert all(table.grad.abs().sum() > 0 for table in model.bonds)


def test_alike_atoms_are_computed_once_to_the_same_values_and_gradients(store):
    torch.manual_seed(0)
    model = GIN(12, 3, readout="layers").double()
    found = []
    for dropout in (0.0, 1e-300):  # so little drops nothing, but keeps all atoms apart
        model.dropout.p = dropout
        values = in_double(model, store.batch(ROWS))
        values.square().sum().backward()
        found.append([values, *(each.grad.clone() for each in model.parameters())])
        model.zero_grad(set_to_none=False)
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other)


def test_how_many_atoms_are_alike_by_hand(store):
    # Naphthalene twice: carbons with and without hydrogen, then three kinds, and then no more.
    naphthalene = store.batch(np.array([2, 2]))
    assert [
        len(naphthalene.folded(3).atoms),
        *(len(each.kinds) for each in naphthalene.folded(3).layers),
    ] == [2, 3, 3, 3]
    assert [len(each.kinds) for each in naphthalene.folded(2, apart=True).layers] == [20, 20]


def in_double(model: GIN, graphs: Graphs) -> torch.Tensor:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        wide = Graphs(graphs.atoms, graphs.starts, graphs.neighbours, graphs.kinds.double(), graphs.sizes)
        return model(wide)
    finally:
        torch.set_default_dtype(before)


def test_the_order_of_atoms_does_not_matter(tmp_path):
    shuffle = np.random.default_rng(0)
    strings = []
    for smiles in SMILES:
        mol = Chem.MolFromSmiles(smiles)
        order = shuffle.permutation(mol.GetNumAtoms()).tolist()
        strings.append(Chem.MolToSmiles(Chem.RenumberAtoms(mol, order), canonical=False))
    assert strings != SMILES
    both = pl.DataFrame({"standard": SMILES + strings}).with_row_index("id").cast(pl.String)
    molecular_graphs.build(both, tmp_path)
    store = MoleculeStore(tmp_path)
    torch.manual_seed(0)
    # Chirality and direction depend on how the string is written, so neither is looked at here.
    model = GIN(16, 3, features=("number", "charge", "hydrogens", "aromatic")).eval()
    with torch.no_grad():
        for table in model.bonds:
            table[5:8] = 0
        first, second = model(store.batch(np.arange(12))).split(6)
    torch.testing.assert_close(first, second)
    assert (first[0] - first[2]).abs().max() > 1e-3


def test_molecules_of_a_batch_do_not_touch(store):
    torch.manual_seed(0)
    model = GIN(16, 3).eval()
    with torch.no_grad():
        together = model(store.batch(ROWS))
        apart = torch.cat([model(store.batch(np.array([row]))) for row in ROWS])
    torch.testing.assert_close(together, apart)


def test_the_same_step_twice_is_the_same_to_the_bit(store):
    def gradients():
        torch.manual_seed(0)
        model = GIN(16, 3, dropout=0.2)
        model(store.batch(ROWS)).square().sum().backward()
        return [each.grad for each in model.parameters()]

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        assert all(torch.equal(one, other) for one, other in zip(gradients(), gradients(), strict=True))
    finally:
        torch.set_num_threads(before)


def test_the_published_size():
    # The published encoder without its head: embeddings 119 + 3, and 5 + 3 rows for bonds in each layer. Ours has
    # the fourth chirality, and a row of bond types more (other).
    count = sum(each.numel() for each in GIN(300, 5, "batch", features=("number", "chirality")).parameters())
    layer = 8 * 300 + 300 * 600 + 600 + 600 * 300 + 300 + 2 * 300
    assert count == 122 * 300 + 5 * layer + 300 + 5 * 300


@pytest.mark.parametrize("wrong", [{"norm": "group"}, {"features": ("number", "colour")}])
def test_unknown_settings_are_named(wrong):
    with pytest.raises(ValueError, match="Hint: features are number"):
        GIN(8, 1, **wrong)
