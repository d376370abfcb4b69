"""DRFP: small reactions by hand, and the authors' package where it is installed."""

import time

import numpy as np
import pytest

from retort.chemistry.molecules import MoleculeError, parse
from retort.chemistry.reaction_fingerprints import BITS, drfp, shingles

REACTIONS = (
    "Brc1ccccc1.NC.CC(C)(C)[O-].[Na+]>>CNc1ccccc1",
    "Clc1ccccn1.Cc1ccc(N)cc1.O=S(=O)(O[Pd]1<-[NH2]c2ccccc2-c2ccccc21)C(F)(F)F.Cc1cc(C)on1>>Cc1ccc(Nc2ccccn2)cc1",
    r"C/C=C\C.O>>C[C@H](O)CC",
    "CC>>CC",
    "C1CC2CCC1C2.[Cs+]>>C1CC2CCC1C2",
)


def fingerprints(reactions):
    """As the view calls it: distinct components, a salt as one of them."""
    smiles = sorted(
        {one for reaction in reactions for side in reaction.split(">>") for one in side.split(".")}
    )
    sides = [
        tuple([smiles.index(one) for one in side.split(".")] for side in text.split(">>"))
        for text in reactions
    ]
    return drfp(sides, smiles)


def test_shingles_of_ethanol_by_hand():
    # A part that is cut out has its hydrogens filled up: C-C of ethanol is written as ethane.
    atoms, first = {"C", "O"}, {"[CH3][CH3]", "[CH2]([CH3])[OH]", "[OH][CH3]"}
    second = {"[CH3][CH2][OH]", "[OH][CH2][CH3]"}
    assert shingles(parse("CCO")) == atoms | first | second
    assert shingles(parse("CCO"), radius=1) == atoms | first
    assert shingles(parse("[Cs+]")) == {"[Cs+]"}
    assert "[CH2]1[CH2][CH2]1" in shingles(parse("C1CC1C"))


def test_what_both_sides_have_leaves_no_bit():
    found = fingerprints(REACTIONS)
    assert found.shape == (len(REACTIONS), BITS)
    assert found[3].sum() == 0
    assert found[4].sum() == 1  # caesium alone
    assert found[0].sum() > 5


def test_fragments_may_be_components_of_their_own():
    together = drfp([((0, 1), (2,))], ["CC(C)(C)[O-].[Na+]", "CBr", "CC"])
    apart = drfp([((0, 1, 2), (3,))], ["CC(C)(C)[O-]", "[Na+]", "CBr", "CC"])
    np.testing.assert_array_equal(together, apart)


def test_a_string_that_is_no_molecule_is_named():
    with pytest.raises(MoleculeError, match="'C1C' is no molecule"):
        drfp([((0,), (0,))], ["C1C"])


def test_the_fingerprints_are_those_of_the_package():
    package = pytest.importorskip("drfp", reason="an optional reference: pip install --no-deps drfp")
    expected = np.stack(package.DrfpEncoder.encode(list(REACTIONS), n_folded_length=BITS))
    np.testing.assert_array_equal(fingerprints(REACTIONS), expected)


def test_a_plate_takes_seconds():
    # 4,000 reactions of 60 molecules, as Buchwald-Hartwig has; reaction by reaction they take about a minute.
    random = np.random.default_rng(0)
    smiles = [f"c1c({'C' * i})cc(Br)nc1{tail}" for i in range(1, 21) for tail in ("OC", "CN(C)C", "C(=O)OCC")]
    sides = [(tuple(random.integers(60, size=6)), (int(random.integers(60)),)) for _ in range(4_000)]
    started = time.process_time()
    assert drfp(sides, smiles).shape == (4_000, BITS)
    assert time.process_time() - started < 5  # 0.6 s on an idle core
