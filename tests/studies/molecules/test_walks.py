"""N-gram graph: sums over walks against walks that are listed, what CBoW learns, and runs from end to end."""

from functools import reduce

import numpy as np
import polars as pl
import pytest
import torch
from rdkit import Chem
from safetensors.torch import load_file
from scipy.stats import entropy

from retort.chemistry.molecular_graphs import ATOM_SIZES, graph
from retort.nn.molecular_graphs import Arrays, Graphs
from retort.runs import RunInputs
from retort.sealed import write_table, write_tensors
from retort.statistics.ranking import roc_auc
from retort.studies.molecules import train
from retort.studies.molecules.pretrain import pretrain
from retort.studies.molecules.walks import CBoW, Walks, cbow_loss
from retort.training.seeding import seed_everything

from ...training.in_folder import context
from . import sixty_molecules

BRANCHED = (
    "CC(N)(C#N)c1ccoc1"  # a branch of four, a ring, and atoms that differ in every attribute but chirality
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return sixty_molecules.store(tmp_path_factory.mktemp("view"))


def batch(*molecules):
    """Molecules, or SMILES, as a batch."""
    molecules = [Chem.MolFromSmiles(one) if isinstance(one, str) else one for one in molecules]
    graphs = [graph(one) for one in molecules]
    sizes = np.array([len(one.atoms) for one in graphs])
    first = np.cumsum(sizes) - sizes
    return Graphs.of(
        Arrays(
            np.concatenate([one.atoms for one in graphs]),
            np.concatenate(
                [one.bonds.astype(np.int64) + shift for one, shift in zip(graphs, first, strict=True)]
            ),
            np.concatenate([one.bond_types for one in graphs]),
            sizes,
        )
    )


def listed(molecule, count):
    """All walks of `count` atoms, turning back allowed, as tuples of atom numbers."""
    walks = [(atom.GetIdx(),) for atom in molecule.GetAtoms()]
    for _ in range(count - 1):
        walks = [
            (*walk, atom.GetIdx())
            for walk in walks
            for atom in molecule.GetAtomWithIdx(walk[-1]).GetNeighbors()
        ]
    return walks


def test_sums_are_those_over_all_walks():
    torch.manual_seed(0)
    backbone, molecule = Walks(5, 4), Chem.MolFromSmiles(BRANCHED)
    atoms = graph(molecule).atoms.astype(int)
    with torch.no_grad():
        found = backbone(batch("O", molecule, "CCO"))[1].view(4, 5)
        f = [
            sum(table.weight[value] for table, value in zip(backbone.atoms, atom, strict=True))
            for atom in atoms
        ]
    counts = []
    for place in range(4):
        walks = listed(molecule, place + 1)
        counts.append(len(walks))
        wanted = sum(reduce(torch.mul, [f[atom] for atom in walk]) for walk in walks)
        torch.testing.assert_close(found[place], wanted, rtol=1e-4, atol=1e-4)
    # Ten atoms and ten bonds; both ways, with C-C-C back and forth.
    assert counts[:2] == [10, 20]


def test_an_ethanol_by_hand():
    """One number for each atom: C, C, O have 2, 3 and 5."""
    backbone = Walks(1, 3)
    with torch.no_grad():
        for table in backbone.atoms:
            table.weight.zero_()
        number, hydrogens = backbone.atoms[0].weight, backbone.atoms[3].weight
        number[6], number[8], hydrogens[3], hydrogens[2], hydrogens[1] = 1, 4, 1, 2, 1
        # Walks of 2: CC, CO, both ways; of 3: CCO twice, CCC back and forth from either end, and the same with O.
        wanted = [2 + 3 + 5, 2 * (6 + 15), 2 * 30 + 2 * 3 * 2 + 3 * 2 * 3 + 3 * 5 * 3 + 5 * 3 * 5]
        torch.testing.assert_close(backbone(batch("CCO"))[0], torch.tensor(wanted, dtype=torch.float32))


def test_the_order_of_atoms_and_other_molecules_do_not_matter():
    torch.manual_seed(0)
    backbone, molecule = Walks(6, 5), Chem.MolFromSmiles(BRANCHED)
    order = np.random.default_rng(0).permutation(molecule.GetNumAtoms())
    other = Chem.RenumberAtoms(molecule, order.tolist())
    with torch.no_grad():
        found = backbone(batch(molecule, "C", other, "CCO"))
        torch.testing.assert_close(found[0], found[2], rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(found[0], backbone(batch(molecule))[0], rtol=1e-4, atol=1e-4)
    # A single atom has no longer walks.
    assert (found[1, 6:] == 0).all()
    assert (found[1, :6] != 0).all()


def test_numbers_of_a_large_molecule_are_finite_in_single_precision():
    """Five hundred atoms with four bonds each where they can, and rows ten times as long as those drawn."""
    torch.manual_seed(0)
    backbone = Walks(100, 6)
    with torch.no_grad():
        for table in backbone.atoms:
            table.weight.mul_(10)
        assert torch.isfinite(backbone(batch("C" + "C(C)(C)" * 166 + "C"))).all()


def test_rows_are_drawn_so_that_atoms_have_unit_variance():
    torch.manual_seed(0)
    assert Walks(4000, 1).vectors(batch("C"))[0].std().item() == pytest.approx(1, abs=0.05)


def test_a_batch_without_bonds_teaches_nothing():
    model = CBoW(Walks(4, 2))
    terms = cbow_loss(model, batch("C", "O"))
    terms["total"].backward()
    assert terms["total"].item() == terms["accuracy"].item() == 0
    assert all((p.grad is None) or (p.grad == 0).all() for p in model.parameters())


def test_the_loss_is_the_sum_of_the_cross_entropies():
    torch.manual_seed(0)
    model, graphs = CBoW(Walks(8, 2)), batch("C", "CCO")
    terms = cbow_loss(model, graphs)
    with torch.no_grad():
        logits = [head.log_softmax(dim=1)[1:] for head in model(graphs)]  # methane has no bond
    wanted = -sum(
        head[atom, graphs.atoms[1 + atom, column]] for column, head in enumerate(logits) for atom in range(3)
    )
    assert terms["total"].item() == pytest.approx(wanted.item() / 3, rel=1e-5)


def test_neighbours_tell_more_than_how_often_a_category_occurs(store, tmp_path):
    """On held-out molecules the loss falls below the entropy of the attributes there, which no constant guess can."""
    chosen = sixty_molecules.settings(
        pretext="cbow",
        backbone="walks",
        pretraining={"epochs": 60, "learning_rate": 3e-3, "weight_decay": 1e-4},
    )
    seed_everything(0)
    weights, history, _ = pretrain(store, sixty_molecules.parts(), chosen, context(tmp_path))
    losses = history.filter(part="valid", term="total").sort("step")["value"].to_list()
    held = store.batch(np.arange(len(store) - 12, len(store))).atoms
    marginal = sum(entropy(np.bincount(column)) for column in held.T.numpy())
    assert losses[-1] < losses[0]
    assert losses[-1] < 0.9 * marginal
    assert set(weights) == {f"backbone.atoms.{column}.weight" for column in range(len(ATOM_SIZES))}


# From end to end.


FOREST = {"method": "forest", "forest": {"trees": 20, "reads": "vectors"}}
FROZEN = {"method": "frozen", "frozen": {"neighbours": 5, "temperature": 0.07}}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The sixty molecules, labelled by whether they have a nitrogen, and a corpus of the same; `place.run(..)`."""
    root = tmp_path_factory.mktemp("place")
    sixty_molecules.store(root / "view")
    texts = [Chem.CanonSmiles(text) for text in sixty_molecules.SMILES]
    rows = sixty_molecules.parts().with_columns(
        standard=pl.Series(texts), part=pl.Series(np.resize(["train", "train", "valid", "test"], len(texts)))
    )
    prepared = rows.select("id", "standard", canonical="standard", smiles="standard")
    marks = {name: "" for name in ("key", "scaffold", "scaffold_chiral", "scaffold_standard")}
    flags = {"repeated": False, "contradictory": False}
    prepared = prepared.with_row_index("row").with_columns(
        **{name: pl.lit(value) for name, value in (marks | flags).items()},
        nitrogen=pl.Series(["n" in text.lower() for text in texts]),
    )
    write_table(prepared, root / "prepared.parquet")
    write_table(rows.select("id", "part"), root / "split.parquet")
    write_table(sixty_molecules.parts(), root / "corpus.parquet")
    return root


def ran(place, settings, split="split", encoder=None, seed=0):
    """The outcome of a run; an encoder is a folder."""
    uses = {"encoder": [encoder]} if encoder else {}
    files = (place / "prepared.parquet", place / f"{split}.parquet")
    inputs = RunInputs(*files, {"molecular_graphs": place / "view"}, uses)
    chosen = sixty_molecules.settings(backbone="walks") | settings
    seed_everything(seed)
    return train.run(inputs, chosen, context(place / "scratch", seed))


@pytest.fixture(scope="module")
def encoder(place):
    """The folder of a pre-trained one."""
    outcome = ran(place, {"method": "pretrain", "pretext": "cbow"}, "corpus")
    assert outcome.predictions.is_empty()
    folder = place / "encoder"
    folder.mkdir()
    write_tensors(outcome.model, folder / "model.safetensors")
    return folder


def test_a_forest_reads_the_vectors_of_the_encoder(place, encoder):
    told, untrained = ran(place, FOREST, encoder=encoder), ran(place, FOREST)
    assert (told.facts["pretrained"], untrained.facts["pretrained"]) == (True, False)
    assert told.facts["width"] == 12 * 4
    values = told.predictions["value"]
    assert values.is_finite().all()
    assert values.is_between(0, 1).all()
    assert not values.equals(untrained.predictions["value"])
    assert ran(place, FOREST, encoder=encoder).predictions.equals(told.predictions)
    # Without reading them it is the forest of fingerprints, whatever the backbone.
    bits = {"method": "forest", "forest": {"trees": 20, "reads": "fingerprints"}}
    plain = ran(place, bits, encoder=encoder)
    assert "pretrained" not in plain.facts
    assert plain.predictions.equals(ran(place, bits).predictions)
    assert not plain.predictions["value"].equals(values)


def test_a_nitrogen_is_seen_in_the_sum_of_the_atoms(place, encoder):
    told = ran(place, FOREST, encoder=encoder).predictions.filter(part="test")
    truth = pl.read_parquet(place / "prepared.parquet").select("id", "nitrogen")
    both = told.join(truth, on="id")
    assert roc_auc(both["value"].to_numpy(), both["nitrogen"].cast(pl.Float64).to_numpy()) > 0.8


def test_the_frozen_encoder_has_a_probe_and_neighbours(place, encoder):
    outcome = ran(place, FROZEN, encoder=encoder)
    assert set(outcome.predictions["head"]) == {"probe", "knn"}
    assert outcome.facts["pretrained"]
    kept = outcome.predictions.filter(pl.col("embedding").is_not_null())
    backbone = Walks(12, 4)
    weights = load_file(encoder / "model.safetensors")
    backbone.load_state_dict({name.removeprefix("backbone."): value for name, value in weights.items()})
    store = sixty_molecules.MoleculeStore(place / "view")
    with torch.no_grad():
        wanted = backbone(store.batch(store.rows(kept["id"].to_list())))
    torch.testing.assert_close(
        torch.tensor(np.stack(kept["embedding"].to_numpy())), wanted, rtol=1e-4, atol=1e-4
    )
