"""Molecules as RDKit reads them: parsing with a reason, standard forms, scaffolds and fingerprints."""

from collections.abc import Sequence

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdFingerprintGenerator
from rdkit.Chem.MolStandardize import rdMolStandardize
from rdkit.Chem.Scaffolds import MurckoScaffold


class MoleculeError(ValueError):
    """A string that is no molecule: the message says why."""


def parse(smiles: str) -> Chem.Mol:
    """The molecule of a SMILES string.

    Raises:
        MoleculeError: RDKit cannot read it, or it has no atom.
    """
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
        if mol is None:
            raise MoleculeError(
                f"{smiles!r} is no molecule: {_reason(smiles)}. Hint: check valences and brackets."
            )
    if not mol.GetNumAtoms():
        raise MoleculeError(f"{smiles!r} has no atom. Hint: is the cell empty?")
    return mol


def _reason(smiles: str) -> str:
    raw = Chem.MolFromSmiles(smiles, sanitize=False)
    if raw is None:
        return "the string breaks the grammar of SMILES"
    problems = Chem.DetectChemistryProblems(raw)
    return problems[0].Message() if problems else "RDKit cannot sanitise it"


def canonical(mol: Chem.Mol) -> str:
    """RDKit's canonical SMILES, with stereochemistry."""
    return Chem.MolToSmiles(mol)


def standardised(mol: Chem.Mol) -> Chem.Mol:
    """The largest fragment, neutralised where that leaves a molecule that can be written; stereochemistry stays."""
    if len(Chem.GetMolFrags(mol)) > 1:
        with rdBase.BlockLogs():
            mol = rdMolStandardize.LargestFragmentChooser().choose(mol)
    if any(atom.GetFormalCharge() for atom in mol.GetAtoms()):
        with rdBase.BlockLogs():
            neutral = rdMolStandardize.Uncharger().uncharge(mol)
            # An aromatic ring that owes its electrons to the charge, as in ferrocene, cannot be written without it.
            readable = Chem.MolFromSmiles(Chem.MolToSmiles(neutral)) is not None
        mol = neutral if readable else mol
    return mol


def standard(mol: Chem.Mol) -> str:
    """Canonical SMILES of the standardised molecule."""
    return canonical(standardised(mol))


def structure_key(mol: Chem.Mol) -> str:
    """What records of one structure share: SMILES of a standardised molecule without stereochemistry and isotopes."""
    if any(atom.GetAtomicNum() == 1 for atom in mol.GetAtoms()):
        # Hydrogens that are atoms of their own, because a double bond's side or an isotope hangs on them.
        mol = Chem.Mol(mol)
        Chem.RemoveStereochemistry(mol)
        for atom in mol.GetAtoms():
            atom.SetIsotope(0)
        with rdBase.BlockLogs():
            mol = Chem.RemoveHs(mol)
    return Chem.MolToSmiles(mol, isomericSmiles=False)


def scaffold(mol: Chem.Mol, chirality: bool) -> str:
    """Bemis and Murcko's scaffold as SMILES; '' of a molecule without rings."""
    # RDKit looks for the shortest path between any two atoms, rings or not: a chain of 750 carbons took seconds.
    if not mol.GetRingInfo().NumRings():
        return ""
    return MurckoScaffold.MurckoScaffoldSmiles(mol=mol, includeChirality=chirality)


def ecfp(smiles: Sequence[str], radius: int = 2, bits: int = 2048) -> np.ndarray:
    """Extended-connectivity fingerprints (N, bits) uint8 of N SMILES strings.

    Raises:
        MoleculeError: a string that is no molecule.
    """
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=radius, fpSize=bits)
    found = np.empty((len(smiles), bits), np.uint8)
    for row, one in enumerate(smiles):
        found[row] = generator.GetFingerprintAsNumPy(parse(one))
    return found
