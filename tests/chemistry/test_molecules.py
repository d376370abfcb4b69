"""Molecules: what is no molecule, forms that two records of one structure share, scaffolds and fingerprints."""

import time

import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from retort.chemistry import molecules
from retort.chemistry.molecules import MoleculeError

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def standard(smiles):
    return molecules.standard(molecules.parse(smiles))


def key(smiles):
    return molecules.structure_key(molecules.standardised(molecules.parse(smiles)))


@pytest.mark.parametrize(
    ("smiles", "said"),
    [
        ("", "has no atom"),
        ("C(C)(C)(C)(C)C", "Explicit valence for atom # 0 C, 5"),
        ("c1cccc1", "Can't kekulize"),
        ("C1CC", "breaks the grammar"),
        ("hello", "breaks the grammar"),
    ],
)
def test_what_is_no_molecule_says_why(smiles, said, capfd):
    with pytest.raises(MoleculeError) as caught:
        molecules.parse(smiles)
    for words in (repr(smiles), said, "Hint:"):
        assert words in str(caught.value)
    assert capfd.readouterr().err == "", "RDKit's own log is silent inside"


def test_the_log_of_rdkit_speaks_again_outside(capfd):
    with pytest.raises(MoleculeError):
        molecules.parse("c1cccc1")
    assert Chem.MolFromSmiles("c1cccc1") is None
    assert "kekulize" in capfd.readouterr().err


@pytest.mark.parametrize(
    "writing", ["OC(=O)c1ccccc1OC(C)=O", "C1=CC=CC(=C1C(=O)O)OC(=O)C", "O(C(C)=O)c1c(C(O)=O)cccc1"]
)
def test_every_writing_of_a_molecule_has_one_form(writing):
    expected = molecules.canonical(molecules.parse(ASPIRIN))
    assert molecules.canonical(molecules.parse(writing)) == expected == ASPIRIN


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        ("CC(=O)[O-].[Na+]", "CC(=O)O"),
        ("C[NH3+].[Cl-]", "CN"),
        ("CCN.Cl.Cl.O", "CCN"),
        ("[NH3+]CC(=O)[O-]", "NCC(=O)O"),
        ("C[N+](C)(C)C", "C[N+](C)(C)C"),  # no proton to give
        ("CC[N+](=O)[O-]", "CC[N+](=O)[O-]"),
        ("N[C@@H](C)C(=O)[O-].[K+]", "C[C@H](N)C(=O)O"),  # its hand stays
    ],
)
def test_the_standard_form_is_the_largest_fragment_without_charge(smiles, expected):
    assert standard(smiles) == expected
    assert standard(expected) == expected


@pytest.mark.parametrize(
    "others",
    [
        ["C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "CC(N)C(=O)O", "CC([NH3+])C(=O)[O-]", "CC(N)C(=O)O.Cl"],
        ["F/C=C/F", "F/C=C\\F", "FC=CF"],
        [r"[H]/N=C(/N)C", r"[H]/N=C(\N)C", "N=C(N)C"],
        ["[2H]C(Cl)(Cl)Cl", "C(Cl)(Cl)Cl", "[13CH](Cl)(Cl)Cl"],
    ],
)
def test_the_key_ignores_stereochemistry_salts_and_isotopes(others):
    assert len({key(smiles) for smiles in others}) == 1


def test_the_key_tells_constitutions_apart():
    assert len({key(smiles) for smiles in ("CCO", "COC", "CC=O", "CCN", "C[N+](C)(C)C", "[H][H]")}) == 6


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        ("CCCO", ""),
        ("Cc1ccccc1", "c1ccccc1"),
        ("Cc1cc(CCC(=O)N2CCCCC2)ccn1", "O=C(CCc1ccncc1)N1CCCCC1"),  # what hangs on by a double bond stays
        ("C[C@H](c1ccccc1)c1ccncc1", "c1ccc(Cc2ccncc2)cc1"),
    ],
)
def test_the_scaffold_is_rings_and_what_joins_them(smiles, expected):
    mol = molecules.parse(smiles)
    assert [molecules.scaffold(mol, chirality) for chirality in (False, True)] == [expected] * 2


def test_a_molecule_without_rings_has_no_scaffold_however_long_it_is():
    started = time.process_time()
    assert molecules.scaffold(molecules.parse("C" * 3_000), False) == ""
    assert time.process_time() - started < 5, "RDKit's own way takes minutes"


def test_the_hands_of_a_scaffold_differ_if_asked():
    hands = [molecules.parse(f"CN1CC[{at}]2(CCOC2)C1") for at in ("C@", "C@@")]
    assert {molecules.scaffold(mol, False) for mol in hands} == {"C1CC2(CCOC2)CN1"}
    assert len({molecules.scaffold(mol, True) for mol in hands}) == 2


def test_fingerprints_are_rdkits_in_the_order_of_the_strings():
    smiles = [ASPIRIN, "CCO", "c1ccncc1"]
    found = molecules.ecfp(smiles)
    assert (found.shape, found.dtype) == ((3, 2048), "uint8")
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    for row, one in zip(found, smiles, strict=True):
        expected = generator.GetFingerprint(Chem.MolFromSmiles(one))
        assert row.nonzero()[0].tolist() == list(expected.GetOnBits())
    # Methane is one environment: one bit, whatever the length.
    assert molecules.ecfp(["C"], radius=3, bits=64).sum() == 1
    assert molecules.ecfp([]).shape == (0, 2048)
    # Ethanol and propanol: a hand count of shared and of all environments up to two bonds.
    first, second = (generator.GetFingerprint(Chem.MolFromSmiles(one)) for one in ("CCO", "CCCO"))
    bits = molecules.ecfp(["CCO", "CCCO"]).astype(bool)
    both, either = (bits[0] & bits[1]).sum(), (bits[0] | bits[1]).sum()
    assert both / either == pytest.approx(DataStructs.TanimotoSimilarity(first, second))


def test_a_fingerprint_of_no_molecule_is_refused():
    with pytest.raises(MoleculeError, match="'C1CC' is no molecule"):
        molecules.ecfp(["CCO", "C1CC"])


def test_a_charge_without_which_the_ring_cannot_be_written_stays():
    written = molecules.standard(molecules.parse("[cH-]1cccc1.[Na+]"))
    assert molecules.canonical(molecules.parse(written)) == written
    assert "-" in written
