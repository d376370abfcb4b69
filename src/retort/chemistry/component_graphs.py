"""A component of a reaction as message passing for yields reads it: zeros and ones of atoms and bonds.

The kinds of features are those of Kwon et al. (J. Cheminform. 14 (2022) 2): element, charge, degree, hybridisation,
hydrogens, valence, donor or acceptor of a hydrogen bond, aromatic, in a ring, in rings of three to eight atoms, R or S;
of bonds their type, ring and stereochemistry. The categories are the same for every data set, so that models travel.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rdkit import Chem, RDConfig
from rdkit.Chem import ChemicalFeatures

from retort.chemistry.molecular_graphs import BOND_TYPES, OTHER_BOND

ELEMENTS = (
    *("H", "Li", "B", "C", "N", "O", "F", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "K", "Ca", "Mn", "Fe", "Co", "Ni"),
    *("Cu", "Zn", "Br", "Rb", "Zr", "Ru", "Rh", "Pd", "Ag", "In", "Sn", "I", "Cs", "Ba", "Ir", "Pt"),
)  # fmt: skip
# The categories of an atom in the order of their columns. Each has one more column, the last, for all other values.
ATOM_CATEGORIES: dict[str, Sequence] = {
    "element": ELEMENTS,
    "charge": (-1, 0, 1, 2),
    "degree": range(7),  # heavy neighbours
    "hybridisation": tuple(
        getattr(Chem.HybridizationType, name) for name in ("S", "SP", "SP2", "SP3", "SP3D", "SP3D2")
    ),
    "hydrogens": range(5),
    "valence": range(7),
}
RING_SIZES = range(3, 9)
FLAGS = ("donor", "acceptor", "aromatic", "ring", *(f"ring_{size}" for size in RING_SIZES), "R", "S")
STEREO = (Chem.BondStereo.STEREOE, Chem.BondStereo.STEREOZ)

_PLACES = [{value: place for place, value in enumerate(values)} for values in ATOM_CATEGORIES.values()]
_OFFSETS = np.cumsum([0, *(len(values) + 1 for values in ATOM_CATEGORIES.values())])
ATOM_NAMES = (
    *(f"{name}_{value}" for name, values in ATOM_CATEGORIES.items() for value in (*values, "other")),
    *FLAGS,
)
ATOM_WIDTH = len(ATOM_NAMES)
BOND_NAMES = ("single", "double", "triple", "aromatic", "other", "ring", "E", "Z")
BOND_WIDTH = len(BOND_NAMES)
_TYPE = {kind: number for number, kind in enumerate(BOND_TYPES)}


class ComponentGraph(NamedTuple):
    """One component of A atoms and B bonds. Directed bond 2k runs from the k-th bond's first atom, 2k + 1 back."""

    atoms: np.ndarray
    """uint8 (A, ATOM_WIDTH), zeros and ones in the order of `ATOM_NAMES`"""
    bonds: np.ndarray
    """uint8 (2 B, BOND_WIDTH) in the order of `BOND_NAMES`, the same in both directions"""
    ends: np.ndarray
    """int64 (2, 2 B), the atoms from which and to which each directed bond runs"""


def component_graph(mol: Chem.Mol) -> ComponentGraph:
    """The features of a component, hydrogens being counted on their atoms."""
    atoms = np.zeros((mol.GetNumAtoms(), ATOM_WIDTH), np.uint8)
    flags = len(ATOM_NAMES) - len(FLAGS)
    special = _donors_and_acceptors(mol)
    rings = mol.GetRingInfo()
    Chem.AssignStereochemistry(mol, cleanIt=True, force=True)
    for row, atom in zip(atoms, mol.GetAtoms(), strict=True):
        for offset, places, value in zip(_OFFSETS, _PLACES, _values(atom), strict=False):
            row[offset + places.get(value, len(places))] = 1
        hand = atom.GetProp("_CIPCode") if atom.HasProp("_CIPCode") else ""
        row[flags:] = [
            atom.GetIdx() in special["Donor"],
            atom.GetIdx() in special["Acceptor"],
            atom.GetIsAromatic(),
            atom.IsInRing(),
            *(rings.IsAtomInRingOfSize(atom.GetIdx(), size) for size in RING_SIZES),
            hand == "R",
            hand == "S",
        ]
    bonds = np.zeros((mol.GetNumBonds(), BOND_WIDTH), np.uint8)
    ends = []
    for row, bond in zip(bonds, mol.GetBonds(), strict=True):
        row[_TYPE.get(bond.GetBondType(), OTHER_BOND)] = 1
        row[-3:] = [bond.IsInRing(), *(bond.GetStereo() == side for side in STEREO)]
        one, other = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        ends += [(one, other), (other, one)]
    return ComponentGraph(atoms, bonds.repeat(2, axis=0), np.array(ends, np.int64).reshape(-1, 2).T)


def _values(atom: Chem.Atom) -> tuple:
    """What `ATOM_CATEGORIES` are the categories of."""
    return (
        atom.GetSymbol(),
        atom.GetFormalCharge(),
        atom.GetDegree(),
        atom.GetHybridization(),
        atom.GetTotalNumHs(),
        atom.GetTotalValence(),
    )


@lru_cache(maxsize=1)
def _features() -> ChemicalFeatures.MolChemicalFeatureFactory:
    return ChemicalFeatures.BuildFeatureFactory(str(Path(RDConfig.RDDataDir, "BaseFeatures.fdef")))


def _donors_and_acceptors(mol: Chem.Mol) -> dict[str, set[int]]:
    """The atoms that give and take hydrogen bonds, by RDKit's definitions."""
    return {
        family: {
            atom
            for feature in _features().GetFeaturesForMol(mol, includeOnly=family)
            for atom in feature.GetAtomIds()
        }
        for family in ("Donor", "Acceptor")
    }
