"""What the proposals are worth: is one of the first k exactly a set that was reported for the target?"""

import numpy as np
import polars as pl
import torch
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from retort.runs import Run
from retort.studies.precursors.data import FREE, NONE, Archive, Known, read
from retort.studies.precursors.expert import Expert
from retort.studies.precursors.methods import raw_vectors

MAXIMUM = 10
ITEM_METRICS = (1, 5)
SCORES_SCHEMA = {"part": pl.String, "metric": pl.String, "value": pl.Float64, "unit": pl.String}
ITEMS_SCHEMA = {"part": pl.String, "metric": pl.String, "id": pl.String, "value": pl.Float64}
# Neighbours whose family is compared with a target's own.
NEIGHBOURS = 10


def score(
    predictions: pl.DataFrame, prepared: pl.DataFrame, split: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Success at k: the share of a part's distinct targets for which one of the first k sets was reported there.

    Sets are compared as sets; a subset, a superset or another workable route counts as wrong. A target with fewer
    than k proposals, even none, keeps its last state.

    Returns:
        `success@1` to `success@10` (`part, metric, value, unit`), and `success@1` and `success@5` of every target
        (`part, metric, id, value`; `id` is the target's key).
    """
    hits = first_hits(predictions, prepared, split)
    scores = pl.concat(
        [
            hits.group_by("part").agg(
                metric=pl.lit(f"success@{k}"),
                value=(pl.col("rank") <= k).fill_null(False).mean(),
                unit=pl.lit("fraction"),
            )
            for k in range(1, MAXIMUM + 1)
        ]
    )
    items = pl.concat(
        [
            hits.select(
                "part",
                metric=pl.lit(f"success@{k}"),
                id="target_key",
                value=(pl.col("rank") <= k).fill_null(False).cast(pl.Float64),
            )
            for k in ITEM_METRICS
        ]
    )
    return (
        scores.select(list(SCORES_SCHEMA)).sort("part", "metric"),
        items.select(list(ITEMS_SCHEMA)).sort("part", "metric", "id"),
    )


def first_hits(predictions: pl.DataFrame, prepared: pl.DataFrame, split: pl.DataFrame) -> pl.DataFrame:
    """`part, target_key, rank`: every target of valid and test, and the rank of its first hit or null."""
    canonical = pl.col("precursors").list.unique().list.sort().list.join("\n")
    reported = (
        prepared.join(split, on="id")
        .filter(pl.col("part") != "train")
        .select("part", "target_key", precursors=canonical)
        .unique()
    )
    hits = (
        predictions.with_columns(precursors=canonical)
        .join(reported, on=["part", "target_key", "precursors"], how="semi")
        .group_by("part", "target_key")
        .agg(pl.col("rank").min())
    )
    return (
        reported.select("part", "target_key")
        .unique()
        .join(hits, on=["part", "target_key"], how="left")
        .sort("part", "target_key")
    )


def details(runs: list[Run]) -> dict[str, pl.DataFrame]:
    """Small tables for the study's figures, about the test targets of the data set with the most reactions.

    - `targets`: `target_key, elements, part, similarity_learned, similarity_raw, family`; the similarity is the
      cosine with the nearest known target, learned by the selector of seed 0.
    - `map`: `target_key, family, space, x, y, agreement`; the targets in the plane (t-SNE) by learned and by raw
      vectors, and how often one of a target's ten nearest in that space is of its own family.
    - `elements`: `element, variant, n, hits`; targets with the element, and how many of them are solved within five
      attempts, averaged over seeds.

    All begin with `dataset, split`. Without a trained selector only `elements` is made.
    """
    place = {"dataset": pl.lit((runs := _largest(runs))[0].dataset), "split": pl.lit(runs[0].split)}
    inputs = runs[0].inputs
    archive = read(inputs.prepared, inputs.split, inputs.features)
    targets = archive.targets_of("test")
    keys = [archive.targets[target] for target in targets]
    elements = [_symbols(archive, target) for target in targets]
    family = families(archive, targets)
    tables = {"elements": _elements(runs, keys, elements)}
    selectors = [run for run in runs if run.variant == "selector"]
    if selectors:
        run = min(selectors, key=lambda run: run.seed)
        expert = Expert.load(run.folder, archive, run.settings, torch.device("cpu"))
        spaces = {
            "learned": expert.encode(archive.target_fractions),
            "raw": raw_vectors(archive, "composition"),
        }
        nearest = {
            f"similarity_{name}": (vectors[targets] @ vectors[archive.known.targets].T).max(axis=1)
            for name, vectors in spaces.items()
        }
        labelled = pl.DataFrame({"target_key": keys, "family": family})
        tables["targets"] = labelled.select(
            "target_key",
            elements=pl.Series(elements),
            part=pl.lit("test"),
            **{name: pl.Series(values.astype(float)) for name, values in nearest.items()},
            family="family",
        )
        tables["map"] = pl.concat(
            labelled.with_columns(
                space=pl.lit(name),
                x=pl.Series((plane := _plane(vectors[targets]))[:, 0]),
                y=pl.Series(plane[:, 1]),
                agreement=pl.lit(_agreement(vectors[targets], family)),
            )
            for name, vectors in spaces.items()
        )
    return {name: table.select(**place, **_columns(table)) for name, table in tables.items()}


def _columns(table: pl.DataFrame) -> dict[str, pl.Expr]:
    return {column: pl.col(column) for column in table.columns}


def families(archive: Archive, targets: np.ndarray) -> list[str]:
    """The anion family of the precursors from which each target is most often made (see `family`)."""
    test = Known.of(archive, np.isin(archive.target, targets))
    place = {target: index for index, target in enumerate(test.targets.tolist())}
    amounts = [
        {archive.elements[i]: float(fractions[i]) for i in np.flatnonzero(fractions)}
        for fractions in archive.precursor_fractions
    ]
    found = []
    for target in targets.tolist():
        usual = test.sets[test.start[place[target]]]
        found.append(family([amounts[precursor] for precursor in usual if precursor != NONE]))
    return found


# The rarer anion names the set: nearly every set has an oxide, and most of the others a carbonate.
ANIONS = ("phosphate", "sulfate", "nitrate", "sulfide", "halide", "carbonate", "oxide")
FAMILIES = (*ANIONS, "elements", "other")


def family(precursors: list[dict[str, float]]) -> str:
    """The anion family of a precursor set, each precursor given by the amounts of its elements.

    Of several anions the first of `ANIONS` is taken. A set without any is `elements` if most of it are pure
    elements, else `other`.
    """
    found = {_anion(amounts) for amounts in precursors}
    pure = sum(len(amounts) == 1 for amounts in precursors)
    rest = "elements" if 2 * pure > len(precursors) else "other"
    return next((name for name in ANIONS if name in found), rest)


def _anion(amounts: dict[str, float]) -> str | None:
    """The anion of one precursor, or None for elements, alloys, nitrides and the like.

    Phosphorus, sulfur, nitrogen or carbon count where oxygen is beside them, sulfur and its kin also where none
    is. Ammonium (four H per N) is no anion: NH4VO3 is an oxide. Acetates, oxalates and other organic salts count
    as carbonates, hydroxides as oxides.
    """
    if len(amounts) == 1:
        return None
    oxygen = amounts.get("O", 0.0)
    nitrogen = amounts.get("N", 0.0) - amounts.get("H", 0.0) / 4  # beyond ammonium
    small = 1e-5 * sum(amounts.values())
    # TaON has less oxygen than a nitrite, two per nitrogen.
    nitrate = "C" not in amounts and nitrogen > small and oxygen > 2 * nitrogen - small
    for name, found in (
        ("phosphate", oxygen and "P" in amounts),
        ("sulfate", oxygen and "S" in amounts),
        ("nitrate", nitrate),
        ("sulfide", not oxygen and amounts.keys() & {"S", "Se", "Te"}),
        ("halide", amounts.keys() & {"F", "Cl", "Br", "I"}),
        ("carbonate", oxygen and "C" in amounts),
        ("oxide", oxygen),
    ):
        if found:
            return name
    return None


def _symbols(archive: Archive, target: int) -> list[str]:
    return [archive.elements[i] for i in np.flatnonzero(archive.target_fractions[target])]


def _largest(runs: list[Run]) -> list[Run]:
    """The runs on the data set with the most reactions."""
    sizes = {
        run.dataset: pl.scan_parquet(run.inputs.prepared).select(pl.len()).collect().item() for run in runs
    }
    chosen = max(sorted(sizes), key=sizes.get)
    return [run for run in runs if run.dataset == chosen]


def _elements(runs: list[Run], keys: list[str], elements: list[list[str]]) -> pl.DataFrame:
    membership = pl.DataFrame({"target_key": keys, "element": elements}).explode("element")
    prepared, split = pl.read_parquet(runs[0].inputs.prepared), pl.read_parquet(runs[0].inputs.split)
    solved = pl.concat(
        score(run.read("predictions"), prepared, split)[1].select(
            "part",
            "metric",
            target_key="id",
            variant=pl.lit(run.variant),
            seed=pl.lit(run.seed),
            value="value",
        )
        for run in runs
    )
    return (
        solved.filter(part="test", metric="success@5")
        .join(membership.filter(~pl.col("element").is_in(FREE)), on="target_key")
        .group_by("element", "variant")
        # Whole successes are summed, and divided once: a sum of thirds would depend on the order of threads.
        .agg(
            n=pl.col("target_key").n_unique().cast(pl.Int64),
            hits=pl.col("value").sum() / pl.col("seed").n_unique(),
        )
        .sort("element", "variant")
    )


def _plane(vectors: np.ndarray) -> np.ndarray:
    """(n, 2) t-SNE of unit vectors (n, d), started from their principal components so that it repeats."""
    vectors = vectors.astype(np.float64)
    width = min(32, *vectors.shape)
    reduced = PCA(n_components=width, svd_solver="full").fit_transform(vectors)
    perplexity = min(30.0, (len(vectors) - 1) / 3)
    embedding = TSNE(perplexity=perplexity, init="pca", random_state=0, n_jobs=1, max_iter=500)
    return embedding.fit_transform(reduced).astype(np.float32)


def _agreement(vectors: np.ndarray, family: list[str]) -> float:
    """Mean share of a target's nearest other targets that are of its family."""
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -np.inf)
    near = np.argsort(-similarity, axis=1, kind="stable")[:, : min(NEIGHBOURS, len(vectors) - 1)]
    labels = np.array(family)
    return float((labels[near] == labels[:, None]).mean())
