"""Our D-MPNN against chemprop's own, where that is installed: `pip install -e .[reference]`."""

import warnings

import numpy as np
import pytest
import torch
from rdkit import Chem

from retort.chemistry.directed_graphs import ATOM_WIDTH, BOND_WIDTH, directed_graph
from retort.studies.molecules import dmpnn
from retort.training.optimisation import noam_like

CPU = torch.device("cpu")
TEXTS = [
    "CCO",
    "C",
    "[Na+].[Cl-]",
    "N#Cc1ccncc1",
    "C[C@H](N)C(=O)[O-]",
    "C/C=C\\C/C=C/I",
    "FS(F)(F)(F)(F)F",
    "[NH3]->[Pt](<-[NH3])(Cl)Cl",
    "[H][H]",
    "[O-][Cl+3]([O-])([O-])[O-]",
    "c1ccc2c(c1)[nH]c1ccccc12",
    "F[As](F)(F)(F)F",
    "[2H]C([2H])O",
    "C[Si](C)(C)[Se]C",
    "[CH2]C",
]


@pytest.fixture(scope="module")
def chemprop():
    # Not at the top of the file: it takes seconds. Its own imports warn of other uses.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("chemprop", reason="needs chemprop: pip install -e .[reference]")


@pytest.fixture(scope="module")
def their_graphs(chemprop):
    featurize = chemprop.featurizers.SimpleMoleculeMolGraphFeaturizer()
    return [featurize(Chem.MolFromSmiles(text)) for text in TEXTS]


@pytest.fixture(scope="module")
def batches(chemprop, their_graphs):
    """All molecules, as we and as they put them together."""
    ours = dmpnn.MolGraphs(TEXTS, CPU)(np.arange(len(TEXTS)))
    return ours, chemprop.data.BatchMolGraph(their_graphs)


def test_features_are_equal(chemprop, their_graphs):
    assert chemprop.featurizers.SimpleMoleculeMolGraphFeaturizer().shape == (ATOM_WIDTH, BOND_WIDTH)
    for text, theirs in zip(TEXTS, their_graphs, strict=True):
        ours = directed_graph(Chem.MolFromSmiles(text))
        np.testing.assert_array_equal(ours.atoms, theirs.V, text)
        np.testing.assert_array_equal(ours.bonds, theirs.E, text)
        np.testing.assert_array_equal(ours.ends, theirs.edge_index, text)
        np.testing.assert_array_equal(np.arange(len(ours.bonds)) ^ 1, theirs.rev_edge_index, text)


def test_batches_are_equal(batches):
    ours, theirs = batches
    for one, other in ((ours.atoms, theirs.V), (ours.bonds, theirs.E), (ours.ends, theirs.edge_index)):
        assert one.dtype == other.dtype
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_weights_drawn_from_a_seed_are_equal(chemprop):
    """Names, order and values: the bytes of a run are those that it had with chemprop's layers."""
    torch.manual_seed(3)
    ours = dmpnn.DMPNN(np.zeros(2), np.ones(2), 24, 3, 0.1)
    torch.manual_seed(3)
    layers = chemprop.nn.BondMessagePassing(ATOM_WIDTH, BOND_WIDTH, 24, depth=3, dropout=0.1)
    head = chemprop.nn.ffn.MLP.build(24, 2, 24, dropout=0.1)
    for one, other in ((ours.message_passing, layers), (ours.ffn, head)):
        found, wanted = one.state_dict(), other.state_dict()
        assert list(found) == list(wanted)
        for name, value in found.items():
            torch.testing.assert_close(value, wanted[name], rtol=0, atol=0)


def test_sizes_are_their_defaults(chemprop):
    model = dmpnn.DMPNN(np.zeros(1), np.ones(1), 300, 3)
    theirs = [
        *chemprop.nn.BondMessagePassing().parameters(),
        *chemprop.nn.BinaryClassificationFFN().parameters(),
    ]
    assert [p.shape for p in model.parameters()] == [p.shape for p in theirs]


@pytest.mark.parametrize(("kind", "depth"), [("classification", 3), ("regression", 2), ("regression", 1)])
def test_outputs_are_those_of_their_model(chemprop, batches, kind, depth):
    nn = chemprop.nn
    torch.manual_seed(0)
    center, scale = np.array([1.5, -2.0]), np.array([3.0, 0.5])
    ours = dmpnn.DMPNN(center, scale, 24, depth).eval()
    predictor = nn.BinaryClassificationFFN if kind == "classification" else nn.RegressionFFN
    transform = nn.UnscaleTransform(center, scale) if kind == "regression" else None
    theirs = chemprop.models.MPNN(
        nn.BondMessagePassing(d_h=24, depth=depth),
        nn.NormAggregation(),
        predictor(n_tasks=2, input_dim=24, hidden_dim=24, output_transform=transform),
    ).eval()
    theirs.message_passing.load_state_dict(ours.message_passing.state_dict())
    theirs.predictor.ffn.load_state_dict(ours.ffn.state_dict())
    with torch.no_grad():
        torch.testing.assert_close(
            ours.fingerprint(batches[0]), theirs.fingerprint(batches[1]), rtol=1e-5, atol=1e-7
        )
        wanted = theirs(batches[1]).double()
        torch.testing.assert_close(ours.values(batches[0], kind), wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_gradients_are_those_of_their_layers(chemprop, batches, dropout):
    torch.manual_seed(1)
    model = dmpnn.DMPNN(np.zeros(1), np.ones(1), 16, 3, dropout)
    layers = chemprop.nn.BondMessagePassing(d_h=16, depth=3, dropout=dropout)
    layers.load_state_dict(model.message_passing.state_dict())
    torch.manual_seed(2)
    fingerprint = model.fingerprint(batches[0])
    ours = torch.autograd.grad(fingerprint.square().sum(), list(model.message_passing.parameters()))
    torch.manual_seed(2)
    fingerprint = chemprop.nn.NormAggregation()(layers(batches[1]), batches[1].batch)
    theirs = torch.autograd.grad(fingerprint.square().sum(), list(layers.parameters()))
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize(("warmup", "cooldown"), [(1, 1), (4, 21), (52, 1248)])
def test_the_schedule_is_theirs(chemprop, warmup, cooldown):
    optimizer = torch.optim.SGD(torch.nn.Linear(1, 1).parameters(), 1e-4)
    theirs = chemprop.schedulers.build_NoamLike_LRSched(optimizer, warmup, cooldown, 1e-4, 1e-3, 2e-4)
    for step in range(warmup + cooldown + 3):
        assert optimizer.param_groups[0]["lr"] == 1e-4 * noam_like(step, warmup, cooldown, 1e-4, 1e-3, 2e-4)
        optimizer.step()
        theirs.step()
