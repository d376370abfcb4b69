"""SMILES as text: other spellings of a molecule, and the text of some of its atoms."""

from functools import lru_cache

import numpy as np
from rdkit import Chem

from retort.chemistry import smiles_tokens

# Of crops: a whole fragment with complete rings, any connected fragment, a window of the text.
KINDS = ("rings", "connected", "window")


def randomised(molecule: str | Chem.Mol, rng: np.random.Generator) -> str:
    """Another spelling of the molecule: its atoms in an order drawn from `rng`, written from the first one on."""
    mol = _parsed(molecule) if isinstance(molecule, str) else molecule
    order = rng.permutation(mol.GetNumAtoms()).tolist()
    return Chem.MolToSmiles(Chem.RenumberAtoms(mol, order), canonical=False)


def fragment(
    standard: str, atoms: np.ndarray, kind: str, rng: np.random.Generator, randomise: bool = False
) -> str:
    """The text of a crop of a molecule.

    Args:
        standard: the molecule's SMILES.
        atoms: atom numbers of the crop, in the order of reading `standard`.
        kind: `rings` or `connected`: RDKit's SMILES of the fragment. `window`: the literal tokens of `standard` from
            the first of `atoms` to the last one and its ring closures, so brackets may stay open.
        randomise: write it in an order drawn from `rng`. For `window`, the molecule is spelt anew and as many atoms
            are read at a place drawn from `rng`: neighbours in one spelling are not neighbours in another.

    Raises:
        ValueError: an unknown kind, or atoms that the molecule has not.
    """
    if kind not in KINDS:
        raise ValueError(
            f"crop kind is {kind!r}, expected one of {KINDS}. Hint: see crops.kind in the settings."
        )
    if kind == "window":
        return _window(standard, atoms, rng, randomise)
    mol = _parsed(standard)
    _check(standard, atoms, mol.GetNumAtoms())
    if not randomise:
        return Chem.MolFragmentToSmiles(mol, atomsToUse=[int(atom) for atom in atoms])
    order = rng.permutation(mol.GetNumAtoms())
    place = np.argsort(order)  # where each atom went
    chosen = np.sort(place[atoms]).tolist()
    return Chem.MolFragmentToSmiles(
        Chem.RenumberAtoms(mol, order.tolist()), atomsToUse=chosen, canonical=False
    )


def _window(standard: str, atoms: np.ndarray, rng: np.random.Generator, randomise: bool) -> str:
    text = randomised(standard, rng) if randomise else standard
    tokens = smiles_tokens.tokens(text)
    places = [place for place, token in enumerate(tokens) if smiles_tokens.is_atom(token)]
    _check(standard, atoms, len(places))
    first, last = int(np.min(atoms)), int(np.max(atoms))
    if randomise:
        first = int(rng.integers(len(places) - len(atoms) + 1))
        last = first + len(atoms) - 1
    stop = places[last] + 1
    while stop < len(tokens) and (tokens[stop][0] == "%" or tokens[stop].isdigit()):
        stop += 1  # a ring closure belongs to the atom before it
    return "".join(tokens[places[first] : stop])


def _check(standard: str, atoms: np.ndarray, size: int) -> None:
    if len(atoms) == 0 or np.min(atoms) < 0 or np.max(atoms) >= size:
        raise ValueError(
            f"atoms {list(atoms)} of {standard!r}, expected some of 0..{size - 1}. "
            "Hint: atom numbers are those of reading the standardised SMILES."
        )


@lru_cache(maxsize=1024)  # the crops of one molecule follow one another
def _parsed(text: str) -> Chem.Mol:
    mol = Chem.MolFromSmiles(text)
    if mol is None or mol.GetNumAtoms() == 0:
        raise ValueError(f"RDKit reads no molecule in {text!r}. Hint: use the prepared table's `standard`.")
    return mol
