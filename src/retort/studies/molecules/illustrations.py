"""What only pictures need: which atoms of a molecule crops hold."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from retort.runs import Run
from retort.studies.molecules.crops import KINDS, CropMaker
from retort.studies.molecules.tables import ILLUSTRATIONS

CELECOXIB = "Cc1ccc(-c2cc(C(F)(F)F)nn2-c2ccc(S(N)(=O)=O)cc2)cc1"  # what crops are drawn on
CROPPED = 3  # a draw in which no crop is the whole molecule


def illustrate(runs: list[Run]) -> dict[str, pl.DataFrame]:
    """The tables of `tables.ILLUSTRATIONS`: `crops` of one molecule."""
    return {"crops": crops(CELECOXIB, KINDS, seed=CROPPED)}


def crops(smiles: str, kinds: Sequence[str], seed: int) -> pl.DataFrame:
    """Two global and two local crops of one molecule for each kind.

    Args:
        smiles: the molecule, as standardised SMILES.
        kinds: of `crops.KINDS`.
        seed: every kind starts from it.

    Returns:
        `kind, role, number, smiles, atoms, text`: `role` is global or local, `number` counts within the role from 0,
        `smiles` is the whole molecule, `atoms` are numbered in the order of reading it, `text` is what a transformer
        reads of the crop.

    Raises:
        MoleculeError: RDKit cannot read the string.
        ValueError: an unknown kind.
    """
    from retort.chemistry.molecular_graphs import Skeleton, graph
    from retort.chemistry.molecules import parse
    from retort.chemistry.smiles_text import fragment

    whole = graph(parse(smiles))
    skeleton = Skeleton.of(len(whole.atoms), whole.bonds, whole.rings)
    rows = []
    for kind in kinds:
        rng = np.random.default_rng(seed)
        maker = CropMaker(kind)
        for index, atoms in enumerate(maker.draw(skeleton, rng)):
            is_global = index < maker.globals_
            role, number = ("global", index) if is_global else ("local", index - maker.globals_)
            text = fragment(smiles, atoms, kind, rng, False)
            rows.append((kind, role, number, smiles, atoms.tolist(), text))
    return pl.DataFrame(rows, schema=ILLUSTRATIONS["crops"], orient="row")
