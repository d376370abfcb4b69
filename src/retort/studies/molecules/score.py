"""Scores of the study: how well each system ranks or predicts, against the forest, and what the splits let leak."""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from retort.datasets.molecule_table import label_columns
from retort.runs import Run
from retort.statistics.ranking import roc_auc
from retort.studies.molecules import crops, illustrations, overview
from retort.studies.molecules.compare import SUFFIXES, Told, align, compare, heads
from retort.studies.molecules.data import CLASSIFICATION, PARTS, PREDICTED, kind_of

# Ablations, each held against the same pre-training on as many molecules without the change.
CHANGES = ("connected", "window", "locals0", "locals4", "no-centring", "no-sharpening", "batchnorm")
STRING_CHANGES = ("canonical", "window")
# What is compared beside every system with the forest: (system, reference).
PAIRS = (
    ("dino-frozen", "gin-frozen"),
    ("contrast-frozen", "gin-frozen"),
    ("molclr-frozen", "gin-frozen"),
    ("dino-frozen", "contrast-frozen"),
    ("dino-frozen", "molclr-frozen"),
    ("dino-long-frozen", "gin-frozen"),
    ("dino-long-frozen", "dino-frozen"),
    ("dino-chembl-frozen", "gin-frozen"),
    ("ngram-graph", "ngram-graph-untrained"),
    ("ngram-graph-frozen", "walks-frozen"),
    ("dino-tuned", "gin"),
    ("gin-gentle", "gin"),
    ("dino-tuned", "gin-gentle"),
    ("contrast-tuned", "gin"),
    ("molclr-tuned", "gin"),
    ("dino-tuned", "contrast-tuned"),
    ("dino-tuned", "molclr-tuned"),
    ("mlm-frozen", "smiles-frozen"),
    ("dino-smiles-frozen", "smiles-frozen"),
    *((f"dino-{change}-frozen", "dino-short-frozen") for change in CHANGES),
    *((f"dino-smiles-{change}-frozen", "dino-smiles-short-frozen") for change in STRING_CHANGES),
)
CELECOXIB = "Cc1ccc(-c2cc(C(F)(F)F)nn2-c2ccc(S(N)(=O)=O)cc2)cc1"  # what crops and attention are drawn on
CROPPED = 3  # a draw in which no crop is the whole molecule
MAPPED = ("gin-frozen", "dino-frozen")
# Splits whose test molecules are drawn as a map, the first that has most encoders: a scaffold split puts each rare
# scaffold into test once, so that nothing could be seen of scaffolds there.
DRAWN_ON = ("random-0", "strict")
NUMBERED = 10
PERPLEXITY = 30
MOST_MAPPED = 500  # t-SNE takes two seconds for so many; of more molecules PCA is drawn
ITERATIONS = 500

UNIT = {"mae": "unit of the label", "rmse": "unit of the label", "labels_scored": "labels"}
SCORES_SCHEMA = {"part": pl.String, "metric": pl.String, "value": pl.Float64, "unit": pl.String}
ITEMS_SCHEMA = {"part": pl.String, "metric": pl.String, "id": pl.String, "value": pl.Float64}
PLACE = {"dataset": pl.String, "split": pl.String}
RUN = PLACE | {"variant": pl.String, "seed": pl.Int64}
LABELS_SCHEMA = RUN | {
    "label": pl.String,
    "metric": pl.String,
    "value": pl.Float64,
    "positives": pl.Int64,
    "rows": pl.Int64,
}
PAIRED_SCHEMA = PLACE | {
    "variant": pl.String,
    "reference": pl.String,
    "metric": pl.String,
    "difference": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "n_items": pl.Int64,
    "n_seeds": pl.Int64,
    "resamples": pl.Int64,
    "lost": pl.Int64,
}
AUDIT_SCHEMA = PLACE | {
    "rows": pl.Int64,
    "train": pl.Int64,
    "valid": pl.Int64,
    "test": pl.Int64,
    "unlabelled": pl.Int64,
    "excluded": pl.Int64,
    "test_acyclic": pl.Float64,
    "test_scaffold_in_train": pl.Float64,
    "test_structures_in_train": pl.Int64,
    "repeated": pl.Int64,
    "contradictory": pl.Int64,
    "positives_train": pl.Float64,
    "positives_valid": pl.Float64,
    "positives_test": pl.Float64,
}
MAP_SCHEMA = RUN | {
    "method": pl.String,
    "id": pl.String,
    "x": pl.Float64,
    "y": pl.Float64,
    "scaffold": pl.Int64,
    "label": pl.String,
    "value": pl.Float64,
}


def score(
    predictions: pl.DataFrame, prepared: pl.DataFrame, split: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Metrics of valid and test as `part, metric, value, unit`; and `mae` of each test molecule of a regression.

    Classification: `roc_auc` and `prc_auc` (average precision), means over the labels that have both classes in the
    part, and `labels_scored`, how many those are. Regression: `rmse` and `mae`, means over labels. Those of the
    nearest neighbours end in `_knn`. A pre-training run predicts nothing and has no scores.

    Raises:
        ValueError: a molecule, a label or a value is missing.
    """
    rows, items = [], [pl.DataFrame(schema=ITEMS_SCHEMA)]
    if predictions.is_empty():
        return pl.DataFrame(schema=SCORES_SCHEMA), items[0]
    kind = kind_of(prepared, label_columns(prepared), "the prepared table")
    for part in PREDICTED:
        for head in heads(predictions):
            told = align(predictions, prepared, part, head)
            if not told.ids:
                continue
            found: dict[str, list[float]] = {}
            for _, metric, value, _, _ in by_label(told, kind):
                found.setdefault(metric, []).append(value)
            means = {metric: float(np.mean(values)) for metric, values in found.items()}
            if kind == CLASSIFICATION:
                means["labels_scored"] = float(len(found.get("roc_auc", [])))
            rows += [
                (part, metric + SUFFIXES[head], value, UNIT.get(metric, "fraction"))
                for metric, value in means.items()
            ]
            if kind != CLASSIFICATION and part == "test" and not SUFFIXES[head]:
                errors = np.ma.masked_invalid(np.abs(told.values - told.labels)).mean(axis=1)
                items.append(
                    pl.DataFrame({"id": told.ids, "value": errors.filled(np.nan)}).select(
                        pl.lit(part).alias("part"), pl.lit("mae").alias("metric"), "id", "value"
                    )
                )
    return pl.DataFrame(rows, schema=SCORES_SCHEMA, orient="row"), pl.concat(items)


def by_label(told: Told, kind: str) -> Iterator[tuple[str, str, float, int | None, int]]:
    """`label, metric, value, positives, rows` of each label that can be scored; positives only of classes."""
    # Here, because importing it takes a second, which pre-training runs need not pay.
    from sklearn.metrics import average_precision_score

    for label, name in enumerate(told.names):
        known = np.isfinite(told.labels[:, label])
        values, wanted = told.values[known, label], told.labels[known, label]
        if kind == CLASSIFICATION:
            positives = int(wanted.sum())
            if 0 < positives < len(wanted):
                yield name, "roc_auc", roc_auc(values, wanted), positives, len(wanted)
                precision = float(average_precision_score(wanted, values))
                yield name, "prc_auc", precision, positives, len(wanted)
                # With the other class as the positive one, as ChemBERTa's table seems to have it.
                precision = float(average_precision_score(1 - wanted, -values))
                yield name, "prc_auc_negative", precision, positives, len(wanted)
        elif len(wanted):
            yield name, "rmse", float(np.sqrt(((values - wanted) ** 2).mean())), None, len(wanted)
            yield name, "mae", float(np.abs(values - wanted).mean()), None, len(wanted)


def details(runs: list[Run]) -> dict[str, pl.DataFrame]:
    """Small tables for the figures and tables.

    - `labels`: dataset, split, variant, seed, label, metric, value, positives, rows; on test.
    - `paired`: dataset, split, variant, reference, metric (`roc_auc`, `rmse`, with `_knn` of the nearest neighbours),
      difference, low, high, n_items, n_seeds, resamples, lost; bootstrap over test molecules, seeds averaged.
    - `audit`: one row for each data set and split: counts, shares of the test molecules that have no ring system or
      one that a training molecule has, how many are themselves in train, and the share of positives in each part.
    - `verdicts`, `protocols`, `scarce`: see `overview`; `crops`, `attention`: see `illustrations`.
    - `embeddings`: dataset, split, variant, seed, method, id, x, y, scaffold, label, value; t-SNE, or of many molecules
      PCA, of the frozen vectors of test molecules, first seed. The ten most frequent scaffolds are numbered from 0, the
      rest is -1.
    """
    scored = [run for run in runs if run.settings["method"] != "pretrain"]
    tables = {file: pl.read_parquet(file) for file in {run.inputs.prepared for run in scored}}
    places: dict[tuple[str, str], list[Run]] = {}
    for run in scored:
        places.setdefault((run.dataset, run.split), []).append(run)
    labels, paired, audits, said, kinds = [], [], [], {}, {}
    for (dataset, split), here in sorted(places.items()):
        prepared = tables[here[0].inputs.prepared]
        kind = kind_of(prepared, label_columns(prepared), here[0].inputs.prepared)
        told = {}
        for run in here:
            predictions = run.read("predictions")
            for head in heads(predictions):
                found = align(predictions, prepared, "test", head)
                told[run.variant, run.seed, SUFFIXES[head]] = found
                labels += [
                    (dataset, split, run.variant, run.seed, name, metric + SUFFIXES[head], *rest)
                    for name, metric, *rest in by_label(found, kind)
                ]
        said[dataset, split], kinds[dataset] = told, kind
        paired += [(dataset, split, *row) for row in compare(told, kind, PAIRS)]
        audits.append((dataset, split, *audit(prepared, pl.read_parquet(here[0].inputs.split), kind)))
    by_label_table = pl.DataFrame(labels, schema=LABELS_SCHEMA, orient="row")
    compared = pl.DataFrame(paired, schema=PAIRED_SCHEMA, orient="row")
    return {
        "labels": by_label_table,
        "paired": compared,
        "verdicts": overview.verdicts(compared),
        "protocols": overview.protocols(by_label_table),
        "scarce": overview.scarce(said, kinds),
        "audit": pl.DataFrame(audits, schema=AUDIT_SCHEMA, orient="row"),
        "embeddings": _maps(scored, tables),
        "crops": illustrations.crops(CELECOXIB, crops.KINDS, seed=CROPPED),
        "attention": _attention(runs),
    }


def _attention(runs: list[Run]) -> pl.DataFrame:
    """Of the first masked language model that was trained."""
    for run in runs:
        if run.settings["method"] == "pretrain" and run.settings.get("pretext") == "mlm":
            return illustrations.attention(run.folder, run.settings, CELECOXIB)
    return pl.DataFrame(schema=illustrations.ATTENTION_SCHEMA)


# The audit.


def audit(prepared: pl.DataFrame, split: pl.DataFrame, kind: str) -> tuple:
    """What `AUDIT_SCHEMA` has after the place."""
    table = prepared.join(split.select("id", "part"), on="id")
    parts = {part: table.filter(part=part) for part in (*PARTS, "unlabelled", "excluded")}
    train, test = parts["train"], parts["test"]
    # Of the standardised molecules: a salt or a charge does not make another scaffold.
    known_scaffolds = train.select("scaffold_standard").unique()
    ringed = test.filter(pl.col("scaffold_standard") != "")
    share = len(ringed.join(known_scaffolds, on="scaffold_standard", how="semi")) / max(1, len(test))
    known = len(test.join(train.select("key").unique(), on="key", how="semi"))
    used = table.filter(pl.col("part").is_in(PARTS))
    positives: list[float | None] = [None] * len(PARTS)
    if kind == CLASSIFICATION:
        names = label_columns(prepared)
        for place, part in enumerate(PARTS):
            shares = [parts[part][name].mean() for name in names]
            shares = [one for one in shares if one is not None]
            positives[place] = float(np.mean(shares)) if shares else None
    return (
        len(table),
        *(len(parts[part]) for part in (*PARTS, "unlabelled", "excluded")),
        1 - len(ringed) / len(test) if len(test) else 0.0,
        share,
        known,
        int(used["repeated"].sum()),
        int(used["contradictory"].sum()),
        *positives,
    )


# The map.


def _maps(runs: list[Run], tables: dict) -> pl.DataFrame:
    """Maps of `MAPPED`, of each the first seed: at the places that have most of them, on one split of `DRAWN_ON`."""
    frozen: dict[tuple[str, str], dict[str, Run]] = {}
    for run in sorted(runs, key=lambda run: run.seed):
        if run.settings["method"] == "frozen" and run.variant in MAPPED and run.split in DRAWN_ON:
            frozen.setdefault((run.dataset, run.split), {}).setdefault(run.variant, run)

    def rank(place: tuple[str, str]) -> tuple[int, int]:
        return -len(frozen[place]), DRAWN_ON.index(place[1])

    best = min(map(rank, frozen), default=None)
    chosen = [frozen[place] for place in sorted(frozen) if rank(place) == best]
    maps = [pl.DataFrame(schema=MAP_SCHEMA)]
    for run in (place[name] for place in chosen for name in sorted(place)):
        prepared = tables[run.inputs.prepared]
        name = label_columns(prepared)[0]
        table = (
            run.read("predictions")
            .filter(pl.col("part") == "test", pl.col("embedding").is_not_null())
            .select("id", "embedding")
            .join(
                prepared.select("id", scaffold="scaffold_standard", value=pl.col(name).cast(pl.Float64)),
                on="id",
            )
            .sort("id")
        )
        if table.is_empty():
            continue
        method, places = plane(np.stack(table["embedding"].to_numpy()).astype(np.float64))
        maps.append(
            table.select(
                pl.lit(run.dataset).alias("dataset"),
                pl.lit(run.split).alias("split"),
                pl.lit(run.variant).alias("variant"),
                pl.lit(run.seed, dtype=pl.Int64).alias("seed"),
                pl.lit(method).alias("method"),
                "id",
                x=pl.Series(places[:, 0]).round(3),
                y=pl.Series(places[:, 1]).round(3),
                scaffold=pl.Series(numbered(table["scaffold"].to_list()), dtype=pl.Int64),
                label=pl.lit(name),
                value="value",
            )
        )
    return pl.concat(maps)


def numbered(scaffolds: Sequence[str]) -> list[int]:
    """Numbers 0..9 of the ten scaffolds that occur most often, twice at least; -1 for others and for no scaffold."""
    counts: dict[str, int] = {}
    for one in scaffolds:
        if one:
            counts[one] = counts.get(one, 0) + 1
    often = sorted((one for one in counts if counts[one] > 1), key=lambda one: (-counts[one], one))
    numbers = {one: number for number, one in enumerate(often[:NUMBERED])}
    return [numbers.get(one, -1) for one in scaffolds]


def plane(vectors: np.ndarray) -> tuple[str, np.ndarray]:
    """`t-SNE`, or `PCA` of many or very few, and the places (N, 2) of vectors (N, W) in standard units."""
    from sklearn.manifold import TSNE

    spread = vectors.std(axis=0)
    alive = spread > 1e-6 * max(float(spread.max()), 1e-12)
    scaled = (vectors - vectors.mean(axis=0)) / np.where(alive, spread, np.inf)
    with threadpool_limits(1):
        if 8 <= len(vectors) <= MOST_MAPPED and alive.sum() > 1:
            perplexity = min(PERPLEXITY, len(vectors) // 4)
            shrunk = TSNE(perplexity=perplexity, init="pca", max_iter=ITERATIONS, random_state=0, n_jobs=1)
            return "t-SNE", shrunk.fit_transform(scaled.astype(np.float32)).astype(np.float64)
        left, lengths, _ = np.linalg.svd(scaled, full_matrices=False)
    places = np.zeros((len(vectors), 2))
    count = min(2, len(lengths))
    # The sign of a principal component is arbitrary: the largest coordinate is made positive.
    components = left[:, :count] * lengths[:count]
    signs = np.sign(components[np.abs(components).argmax(axis=0), range(count)])
    places[:, :count] = components * np.where(signs == 0, 1, signs)
    return "PCA", places
