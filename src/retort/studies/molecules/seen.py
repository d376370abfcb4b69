"""Which molecules an encoder was trained on, and which of them are like an asked one."""

from pathlib import Path

import numpy as np
import polars as pl

from retort.chemistry.molecules import ecfp
from retort.sealed import read_table
from retort.studies.molecules.ask import tanimoto
from retort.studies.molecules.baselines import BITS, RADIUS
from retort.studies.molecules.pretrain import SUBSET

CELLS = 4_000_000  # similarities that are in memory at once


def seen(root: Path, record: dict) -> pl.DataFrame:
    """`id, smiles, standard` of what a pre-training run drew from its corpus, as `pretrain.molecules` does.

    Args:
        root, record: its project and its run.json.
    """
    inputs, most = record["inputs"], record["settings"]["pretraining"]["molecules"]
    parts = read_table(root / inputs["split"], columns=["id", "part"])
    ids = parts.filter(part="train")["id"]
    drawn = np.random.default_rng([record["seed"], SUBSET]).permutation(len(ids))[:most]
    rows = read_table(root / inputs["prepared"], columns=["id", "smiles", "standard"])
    return rows.join(ids.gather(drawn).to_frame(), on="id", how="semi", maintain_order="left")


def nearest(asked: list[str], known: pl.DataFrame, count: int) -> list[list[dict]]:
    """For each standard SMILES the molecules whose Morgan fingerprints are most alike, of equal ones the first.

    Args:
        known: as `seen` gives them. count: how many, at most.

    Returns:
        `smiles, id, similarity` (Tanimoto, 0 to 1) and `same`, whether it is the molecule itself.
    """
    bits = ecfp(asked, RADIUS, BITS)
    similar: np.ndarray = np.empty((len(asked), 0), np.float32)
    places: np.ndarray = np.empty((len(asked), 0), np.int64)
    step = max(1, CELLS // max(1, len(asked)))
    for start in range(0, len(known), step):
        part = known["standard"].slice(start, step).to_list()
        similar = np.concatenate([similar, tanimoto(bits, ecfp(part, RADIUS, BITS))], axis=1)
        rows = np.broadcast_to(np.arange(start, start + len(part)), (len(asked), len(part)))
        places = np.concatenate([places, rows], axis=1)
        order = np.argsort(-similar, axis=1, kind="stable")[:, :count]
        similar, places = (np.take_along_axis(each, order, axis=1) for each in (similar, places))
    found = []
    for text, alike, chosen in zip(asked, similar.tolist(), places, strict=True):
        rows_of = known[chosen].rows(named=True)
        found.append(
            [
                {
                    "smiles": row["smiles"],
                    "id": row["id"],
                    "similarity": value,
                    "same": row["standard"] == text,
                }
                for row, value in zip(rows_of, alike, strict=True)
            ]
        )
    return found
