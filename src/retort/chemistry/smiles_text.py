"""Batches of SMILES: strings as padded token numbers, other spellings of a molecule, and the text of a crop."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from rdkit import Chem
from torch import Tensor

from retort.chemistry import smiles_tokens

KINDS = ("rings", "connected", "window")


@dataclass(frozen=True)
class SmilesBatch:
    """M strings as token numbers.

    Attributes:
        tokens: (M, L) long, padded at the end with 0.
        truncated: how many strings were cut.
    """

    tokens: Tensor
    truncated: int = 0

    @property
    def count(self) -> int:
        return len(self.tokens)

    @property
    def real(self) -> Tensor:
        """(M, L) bool: where there is no padding."""
        return self.tokens != smiles_tokens.PAD

    def to(self, device: torch.device | str) -> "SmilesBatch":
        return replace(self, tokens=self.tokens.to(device))


def batch(strings: Sequence[str], longest: int) -> SmilesBatch:
    """Strings to token numbers, as wide as the longest of them, `longest` at most.

    Raises:
        TokenError: a string is no SMILES.
        ValueError: there is no string, or `longest` < 3.
    """
    if not strings:
        raise ValueError("a batch of no SMILES. Hint: leave empty parts out before batches are made.")
    rows = [smiles_tokens.encode(text, longest) for text in strings]
    tokens = np.zeros((len(rows), max(map(len, rows))), dtype=np.int64)
    for place, row in enumerate(rows):
        tokens[place, : len(row)] = row
    # Only a string that fills the row can have been cut.
    full = [text for text, row in zip(strings, rows, strict=True) if len(row) == longest]
    return SmilesBatch(torch.from_numpy(tokens), sum(smiles_tokens.length(text) > longest for text in full))


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
