"""What only pictures need: maps of frozen vectors, which atoms crops hold, and where a transformer looks."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import polars as pl

from retort.datasets.molecule_table import label_columns
from retort.runs import Run
from retort.sealed import read_table
from retort.statistics.plane import plane
from retort.studies.molecules.crops import KINDS, CropMaker
from retort.studies.molecules.tables import ILLUSTRATIONS

CELECOXIB = "Cc1ccc(-c2cc(C(F)(F)F)nn2-c2ccc(S(N)(=O)=O)cc2)cc1"  # what crops and attention are drawn on
CROPPED = 3  # a draw in which no crop is the whole molecule
MAPPED = ("gin-frozen", "dino-frozen")
# Splits whose test molecules are drawn as a map, the first that has most encoders: a scaffold split puts each rare
# scaffold into test once, so that nothing could be seen of scaffolds there.
DRAWN_ON = ("random-0", "strict")
NUMBERED = 10
MOST_MAPPED = 500  # t-SNE takes two seconds for so many; of more molecules PCA is drawn
ITERATIONS = 500


def illustrate(runs: list[Run]) -> dict[str, pl.DataFrame]:
    """The tables of `tables.ILLUSTRATIONS`.

    - `embeddings`: the frozen vectors of test molecules in the plane.
    - `crops` of one molecule, and the `attention` of the first masked language model on it; empty without one.
    """
    return {
        "embeddings": embeddings(runs),
        "crops": crops(CELECOXIB, KINDS, seed=CROPPED),
        "attention": _attention_of(runs),
    }


def _attention_of(runs: list[Run]) -> pl.DataFrame:
    for run in runs:
        if run.settings["method"] == "pretrain" and run.settings.get("pretext") == "mlm":
            return attention(run.folder, run.settings, CELECOXIB)
    return pl.DataFrame(schema=ILLUSTRATIONS["attention"])


# The map.


def embeddings(runs: list[Run]) -> pl.DataFrame:
    """Maps of `MAPPED`, of each the first seed: at the places that have most of them, on one split of `DRAWN_ON`.

    Returns:
        `dataset, split, variant, seed, method, id, x, y, scaffold, label, value`: t-SNE, or of many molecules PCA. The
        ten most frequent scaffolds are numbered from 0, the rest is -1.
    """
    frozen: dict[tuple[str, str], dict[str, Run]] = {}
    for run in sorted(runs, key=lambda run: run.seed):
        if run.settings["method"] == "frozen" and run.variant in MAPPED and run.split in DRAWN_ON:
            frozen.setdefault((run.dataset, run.split), {}).setdefault(run.variant, run)

    def rank(place: tuple[str, str]) -> tuple[int, int]:
        return -len(frozen[place]), DRAWN_ON.index(place[1])

    best = min(map(rank, frozen), default=None)
    drawn = [dict(sorted(frozen[place].items())) for place in sorted(frozen) if rank(place) == best]
    maps = [_map(run) for encoders in drawn for run in encoders.values()]
    return pl.concat([pl.DataFrame(schema=ILLUSTRATIONS["embeddings"]), *maps])


def _map(run: Run) -> pl.DataFrame:
    """The rows of one encoder; none where it has no vector."""
    prepared = read_table(run.inputs.prepared)
    label = label_columns(prepared)[0]
    vectors = run.read("predictions").filter(pl.col("part") == "test", pl.col("embedding").is_not_null())
    truth = prepared.select("id", scaffold="scaffold_standard", value=pl.col(label).cast(pl.Float64))
    table = vectors.select("id", "embedding").join(truth, on="id").sort("id")
    if table.is_empty():
        return pl.DataFrame(schema=ILLUSTRATIONS["embeddings"])
    method, points = plane(
        np.stack(list(table["embedding"].to_numpy())).astype(np.float64),
        standardise=True,
        most=MOST_MAPPED,
        iterations=ITERATIONS,
    )
    return table.select(
        pl.lit(run.dataset).alias("dataset"),
        pl.lit(run.split).alias("split"),
        pl.lit(run.variant).alias("variant"),
        pl.lit(run.seed, dtype=pl.Int64).alias("seed"),
        pl.lit(method).alias("method"),
        "id",
        x=pl.Series(points[:, 0]).round(3),
        y=pl.Series(points[:, 1]).round(3),
        scaffold=pl.Series(numbered(table["scaffold"].to_list()), dtype=pl.Int64),
        label=pl.lit(label),
        value="value",
    )


def numbered(scaffolds: Sequence[str]) -> list[int]:
    """Numbers 0..9 of the ten scaffolds that occur most often, twice at least; -1 for others and for no scaffold."""
    counts = Counter(filter(None, scaffolds))
    often = sorted((one for one in counts if counts[one] > 1), key=lambda one: (-counts[one], one))
    numbers = {one: number for number, one in enumerate(often[:NUMBERED])}
    return [numbers.get(one, -1) for one in scaffolds]


# Single molecules.


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


def attention(run_folder: Path, settings: dict, smiles: str) -> pl.DataFrame:
    """Attention weights of the trained transformer of a pre-training run (`mlm` or `dino-smiles`) on one molecule.

    Args:
        run_folder: holds `model.safetensors` with the weights `backbone.*`.
        settings: of that run; its `backbone` is `smiles`.
        smiles: the molecule, as the run's model reads it.

    Returns:
        `layer, head, source, target, token_source, token_target, value`, layers and heads from 0, for each pair of
        tokens, `<start>` and `<end>` included: `value` is the weight that `source` gives `target`; those of one source
        sum to 1.

    Raises:
        ValueError: the run's backbone reads no SMILES, the string does not fit the model, or it has an atom outside the
            vocabulary, whose parts could not be drawn as one atom.
    """
    import torch

    from retort.chemistry.smiles_tokens import is_spelt_out, length, tokens
    from retort.nn.tokens import smiles_batch
    from retort.nn.transformer import Transformer
    from retort.studies.molecules.backbones import load

    if settings["backbone"] != "smiles":
        raise ValueError(
            f"{run_folder}: backbone is {settings['backbone']!r}, expected 'smiles'. Hint: a graph network has no "
            "attention; take the run of mlm or dino-smiles."
        )
    longest = settings["smiles"]["longest"]
    if length(smiles) > longest or is_spelt_out(smiles):
        raise ValueError(
            f"{smiles!r} needs {length(smiles)} tokens, expected at most {longest} and each in the vocabulary. "
            "Hint: draw a smaller or more ordinary molecule."
        )
    backbone = cast(Transformer, load(Path(run_folder), settings).eval())
    with torch.no_grad():
        attention = backbone.attention(smiles_batch([smiles], longest))[:, 0]  # (layers, heads, L, L)
    weights = attention.double().numpy()
    names = np.array(["<start>", *tokens(smiles), "<end>"])
    layer, head, source, target = (axis.ravel() for axis in np.indices(weights.shape))
    schema = ILLUSTRATIONS["attention"]
    columns = (layer, head, source, target, names[source], names[target], weights.ravel().round(6))
    return pl.DataFrame(dict(zip(schema, columns, strict=True)), schema_overrides=schema)
