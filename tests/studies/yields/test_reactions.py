"""Batches of reactions: counts, graphs of the batch alone or of all, strings, and features that are drawn."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch

from retort.chemistry.smiles_tokens import decode
from retort.studies.yields import reactions as module
from retort.studies.yields.model import YieldNet
from retort.studies.yields.reactions import Reactions, random_features
from tests.studies.yields.small_plate import NETWORK, inputs, places, table

WHOLE = NETWORK | {"sequence": NETWORK["sequence"] | {"attention": "reaction"}}


@pytest.fixture(scope="module")
def plate() -> Reactions:
    return Reactions(inputs().features, NETWORK, 0)


def test_counts_are_those_of_the_prepared_table(plate):
    counts = plate.counts
    for place, row in enumerate(table().iter_rows(named=True)):
        for side, name in enumerate(("reactants", "products")):
            expected = [row[name].count(smiles) for smiles in plate.smiles]
            assert counts[side, place].tolist() == expected


def test_a_batch_of_its_own_molecules_gives_what_all_molecules_give(plate, monkeypatch):
    torch.manual_seed(0)
    model = YieldNet(NETWORK, plate.widths).eval()
    chosen = np.array([3, 47, 20, 3])
    everything = model(plate.batch(chosen))
    assert len(plate.batch(chosen).graphs.sizes) == len(plate.smiles)
    monkeypatch.setattr(module, "FEW", 0)
    few = plate.batch(chosen)
    assert len(few.graphs.sizes) == len({m for p in chosen for s in (0, 1) for m in plate.components(p, s)})
    for one, other in zip(everything[:2], model(few)[:2], strict=True):
        torch.testing.assert_close(one, other)
    assert everything[0][0] == everything[0][3]


def test_graphs_keep_their_bonds_when_some_are_chosen(plate):
    chosen = np.array([len(plate.smiles) - 1, 0])
    both = plate.graphs(chosen)
    last, first = plate.graphs(chosen[:1]), plate.graphs(chosen[1:])
    assert both.sizes.tolist() == [*last.sizes.tolist(), *first.sizes.tolist()]
    assert torch.equal(both.atoms, torch.cat([last.atoms, first.atoms]))
    bonds = set(zip(both.sources.tolist(), both.targets.tolist(), strict=True))
    shift = len(last.atoms)
    expected = set(zip(last.sources.tolist(), last.targets.tolist(), strict=True))
    expected |= {
        (a + shift, b + shift) for a, b in zip(first.sources.tolist(), first.targets.tolist(), strict=True)
    }
    assert bonds == expected


def test_whole_strings_leave_out_what_all_have():
    plate = Reactions(inputs().features, WHOLE, 0)
    row = table().row(7, named=True)
    text = "." + ".".join(row["reactants"]) + ">>" + row["products"][0]
    assert decode(plate.tokens(np.array([7]))[0].tolist()) == text
    constant = plate.shared(np.arange(2))  # the first two differ in their solvents alone
    assert {plate.smiles[m] for m in constant} == {
        *row["reactants"][:0],
        *table()["reactants"][0][:3],
        "CNc1ccccc1",
    }
    plate.constant = constant
    assert decode(plate.tokens(np.array([0]))[0].tolist()) == "." + table()["reactants"][0][3]


def test_longest_cuts_strings_of_both_kinds():
    for attention, field in (("reaction", "tokens"), ("components", "strings")):
        short = {"sequence": NETWORK["sequence"] | {"longest": 5, "attention": attention}}
        batch = Reactions(inputs().features, NETWORK | short, 0).batch(places())
        if field == "tokens":
            assert batch.tokens.shape[1] == 5
        else:
            assert batch.strings.positions.max() == 4


def test_random_features_depend_on_seed_and_molecule_alone():
    one = random_features(["CO", "CCO"], 1000, 3)
    np.testing.assert_array_equal(one[::-1], random_features(["CCO", "CO"], 1000, 3))
    assert (one != random_features(["CO", "CCO"], 1000, 4)).all()
    assert abs(one.mean()) < 0.1
    assert abs(one.std() - 1) < 0.1
    drawn = NETWORK | {"features": NETWORK["features"] | {"source": "random"}}
    plate = Reactions(inputs().features, drawn, 3)
    assert plate.widths == Reactions(inputs().features, NETWORK, 3).widths
    np.testing.assert_array_equal(
        plate.molecule_features, random_features(plate.smiles, 1024, 3).astype(np.float32)
    )


def test_views_of_other_reactions_are_refused(tmp_path):
    given = inputs()
    for file in given.features["reaction_fingerprints"].iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    pl.DataFrame({"id": ["x"]}).write_parquet(tmp_path / "reactions.parquet")
    other = replace(given, features=given.features | {"reaction_fingerprints": tmp_path})
    with pytest.raises(ValueError, match="differs from that of"):
        Reactions(other.features, NETWORK, 0)
