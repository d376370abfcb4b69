"""How far the formulas of a pool are from a query: by composition, by the words of descriptions, or by structure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retort.asking import AskError, model_hint, usable
from retort.studies.discovery.query import Query, amounts_rows
from retort.studies.discovery.recall import Space, cumulated
from retort.studies.discovery.represent import block, element_vectors, vectors
from retort.studies.discovery.text import counted

if TYPE_CHECKING:
    from retort.studies.discovery.similar import Pool

COMPOSITION, TEXT, STRUCTURE = "composition", "text", "structure"
MAT2VEC = "mat2vec"
DECIMALS = 5  # of features of the structure, which are in single precision


def distances(pool: Pool, by: str, query: Query) -> np.ndarray:
    """(N,) how far each formula is from the query; NaN where it is not known."""
    with usable("discovery", pool.folder):
        if by == STRUCTURE:
            every = _structures(pool, query)
        elif by == TEXT:
            every = _texts(pool, query)
        else:
            every = np.concatenate([pool.amounts, amounts_rows([query.amounts])])
        if by == COMPOSITION:
            space = Space(cumulated(every), "cityblock")
        else:
            if by == MAT2VEC:
                every = every @ element_vectors(pool.record["settings"]["elements"], pool.inputs)
            known = np.flatnonzero(np.isfinite(every[:-1]).all(axis=1))
            space = Space(block(by, every, known), "cosine")  # centred, as the recall by this is
        rows = np.arange(len(every))
        return space.distances(rows[-1:], rows[:-1])[0]


def _structures(pool: Pool, query: Query) -> np.ndarray:
    """(N + 1, 82) of the pool, and of the query."""
    settings, seed = pool.record["settings"], pool.record["seed"]
    found = vectors(STRUCTURE, pool.materials, pool.inputs, settings, seed, searched=True)
    if query.crystal is None:
        own = found[_place(pool, query, STRUCTURE)]
    else:
        from retort.chemistry.structure_features import features

        own = features(query.crystal).astype(np.float64)
    # Of crystals that are all symmetric, a feature may differ by single precision alone: that is no difference.
    return np.round(np.concatenate([found, own[None]]), DECIMALS)


def _texts(pool: Pool, query: Query) -> np.ndarray:
    """(N + 1, W) of the descriptions of the pool, NaN where there is none, and of that of the query."""
    if (view := pool.inputs.features.get("descriptions")) is None:
        raise AskError(
            f"{pool.folder}: it has no descriptions to compare by. Hint: make a recall with them, which takes long: "
            f"{model_hint('similar/text')}"
        )
    texts = pool.materials.texts(view, TEXT)
    known = np.flatnonzero([text is not None for text in texts])
    if query.crystal is None:
        own = texts[_place(pool, query, TEXT)]
        if own is None:
            raise AskError(f"{query.name}: the pool has no description of it. Hint: --crystal file.cif")
    else:
        own = _described(pool, query)
    written = [text or "" for text in (texts[row] for row in known)]
    found = counted([*written, own], np.arange(len(known)), pool.record["settings"]["width"])
    every = np.full((len(texts) + 1, found.shape[1]), np.nan)
    every[[*known, len(texts)]] = found
    return every


def _described(pool: Pool, query: Query) -> str:
    """What Robocrystallographer says of the user's crystal."""
    from retort.chemistry import robocrystallographer
    from retort.chemistry.descriptions import normalised

    crystal = query.crystal
    assert crystal is not None
    if pool.record["generated"]:
        raise AskError(
            "the texts of this pool are of a template, which knows no crystal of yours. Hint: an id"
        )
    try:
        robocrystallographer.demand()
    except robocrystallographer.NoDescriberError as error:
        raise AskError(str(error)) from None
    return normalised(robocrystallographer.describe(crystal.lattice, crystal.numbers, crystal.positions))


def _place(pool: Pool, query: Query, what: str) -> int:
    """The row of the pool that has the query's composition."""
    rows = np.flatnonzero((pool.materials.table["composition"] == query.composition).to_numpy())
    if not len(rows):
        raise AskError(
            f"{query.name}: it is outside the pool, so that its {what} is not known. Hint: --crystal file.cif, "
            f"or --by {COMPOSITION}, which needs only the formula"
        )
    return int(rows[0])
