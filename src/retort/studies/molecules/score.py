"""Scores of the study: how well each system ranks or predicts, and what the splits let leak or turn about."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from retort.datasets.molecule_table import label_columns
from retort.runs import Run, StudyPlan
from retort.sealed import read_table
from retort.statistics import influence
from retort.statistics.influence import Estimate
from retort.statistics.ranking import roc_auc
from retort.studies.molecules import shift
from retort.studies.molecules.data import CLASSIFICATION, PARTS, PREDICTED, kind_of
from retort.studies.molecules.predicted import SUFFIXES, Predicted, align, heads
from retort.studies.molecules.tables import DETAILS

AREA, ERROR = "roc_auc", "absolute_error"
# What is said of a regression: of the molecules' errors.
OF_ERRORS: Mapping[str, Callable[[ArrayLike], Estimate]] = {
    "rmse": influence.root_mean_square,
    "mae": influence.mean,
    "trimean": influence.trimean,
    "iqr": influence.iqr,
}
UNIT = dict.fromkeys(OF_ERRORS, "unit of the label") | {"labels_scored": "labels"}
SCORES_SCHEMA = {"part": pl.String, "metric": pl.String, "value": pl.Float64, "unit": pl.String}
ITEMS_SCHEMA = {"part": pl.String, "metric": pl.String, "id": pl.String, "value": pl.Float64}


def score(
    predictions: pl.DataFrame, prepared: pl.DataFrame, split: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Metrics of valid and test as `part, metric, value, unit`; and what each test molecule adds to them.

    Classification: `roc_auc` and `prc_auc` (average precision), means over the labels that have both classes in the
    part, and `labels_scored`, how many those are. Items are the pseudo-values of `roc_auc`, of which it is the mean.
    Regression: `rmse, mae, trimean, iqr` of the molecules' absolute errors; of several labels a molecule's error is the
    root mean square over them. Items are these errors. Those of the nearest neighbours end in `_knn`. A pre-training
    run predicts nothing and has no scores.

    Raises:
        ValueError: a molecule, a label or a value is missing.
    """
    rows, items = [], [pl.DataFrame(schema=ITEMS_SCHEMA)]
    if predictions.is_empty():
        return pl.DataFrame(schema=SCORES_SCHEMA), items[0]
    kind = kind_of(prepared, label_columns(prepared), "the prepared table")
    for part in PREDICTED:
        for head in heads(predictions):
            predicted = align(predictions, prepared, part, head)
            if not predicted.ids:
                continue
            rows += [
                (part, metric + SUFFIXES[head], value, UNIT.get(metric, "fraction"))
                for metric, value in _values(predicted, kind).items()
            ]
            if part == "test":
                items.append(_items(predicted, kind, SUFFIXES[head]))
    return pl.DataFrame(rows, schema=SCORES_SCHEMA, orient="row"), pl.concat(items)


def _values(predicted: Predicted, kind: str) -> dict[str, float]:
    """Each metric of one part."""
    if kind != CLASSIFICATION:
        found = errors(predicted)
        return {metric: float(of(found).value) for metric, of in OF_ERRORS.items()}
    values: dict[str, list[float]] = {}
    for _, metric, value, _, _ in by_label(predicted, kind):
        values.setdefault(metric, []).append(value)
    means = {metric: float(np.mean(each)) for metric, each in values.items()}
    return means | {"labels_scored": float(len(values.get(AREA, [])))}


def _items(predicted: Predicted, kind: str, suffix: str) -> pl.DataFrame:
    """The item quantity of each molecule; none where no label has both classes."""
    if kind != CLASSIFICATION:
        quantity, values = ERROR, errors(predicted)
    elif any({0.0, 1.0} <= set(column) for column in predicted.labels.T):
        quantity, values = AREA, influence.roc_auc(predicted.values, predicted.labels).pseudo_values
    else:
        return pl.DataFrame(schema=ITEMS_SCHEMA)
    return pl.DataFrame({"id": predicted.ids, "value": values}).select(
        pl.lit("test").alias("part"), pl.lit(quantity + suffix).alias("metric"), "id", "value"
    )


def errors(predicted: Predicted) -> np.ndarray:
    """(N,) absolute errors; of several labels the root mean square over those that were measured."""
    squares = np.ma.masked_invalid((predicted.values - predicted.labels) ** 2)
    return np.sqrt(squares.mean(axis=1)).filled(np.nan)


def by_label(predicted: Predicted, kind: str) -> Iterator[tuple[str, str, float, int | None, int]]:
    """`label, metric, value, positives, rows` of each label that can be scored; positives only of classes."""
    # Here, because importing it takes a second, which pre-training runs need not pay.
    from sklearn.metrics import average_precision_score

    for label, name in enumerate(predicted.names):
        known = np.isfinite(predicted.labels[:, label])
        values, wanted = predicted.values[known, label], predicted.labels[known, label]
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


def details(runs: list[Run], plan: StudyPlan) -> dict[str, pl.DataFrame]:
    """The tables of `tables.DETAILS`, which need predictions or structures; all of test.

    - `labels`: the metrics of each run and label.
    - `audit`: one row for each split.
    - `shift`, `luck`: see `shift`; of the sets of classes that are also learned from few labels.
    """
    splits: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        if run.settings["method"] != "pretrain":
            splits.setdefault((run.dataset, run.split), []).append(run)
    scarce = {place.dataset for place in plan.places if place.share is None or place.share < 1}
    labels, audits, turned, drawn = [], [], [], []
    for at, here in sorted(splits.items()):
        inputs = here[0].inputs
        prepared, parts = read_table(inputs.prepared), read_table(inputs.split)
        kind = kind_of(prepared, label_columns(prepared), inputs.prepared)
        labels += [(*at, *row) for run in here for row in _labels(run, prepared, kind)]
        audits.append((*at, *audit(prepared, parts, kind)))
        place = plan.place(here[0])
        if (
            kind == CLASSIFICATION
            and place.dataset in scarce
            and place.share == 1
            and place.protocol == shift.STRICT
        ):
            read = shift.Molecules.read(prepared, parts)
            turned += [(*at, *row) for row in shift.turned(read)]
            drawn += [(*at, *row) for row in shift.luck(read)]
    return {
        name: pl.DataFrame(rows, schema=DETAILS[name], orient="row")
        for name, rows in (("labels", labels), ("audit", audits), ("shift", turned), ("luck", drawn))
    }


def _labels(run: Run, prepared: pl.DataFrame, kind: str) -> Iterator[tuple]:
    """The rows of `labels` of one run."""
    predictions = run.read("predictions")
    for head in heads(predictions):
        for name, metric, *rest in by_label(align(predictions, prepared, "test", head), kind):
            yield run.variant, run.seed, name, metric + SUFFIXES[head], *rest


def audit(prepared: pl.DataFrame, split: pl.DataFrame, kind: str) -> tuple:
    """What `audit` has after the place: counts, and how much train and test have in common."""
    table = prepared.join(split.select("id", "part"), on="id")
    parts = {part: table.filter(part=part) for part in (*PARTS, "unlabelled", "excluded")}
    train, test = parts["train"], parts["test"]
    # Of the standardised molecules: a salt or a charge does not make another scaffold.
    known_scaffolds = train.select("scaffold_standard").unique()
    ringed = test.filter(pl.col("scaffold_standard") != "")
    share = len(ringed.join(known_scaffolds, on="scaffold_standard", how="semi")) / max(1, len(test))
    known = len(test.join(train.select("key").unique(), on="key", how="semi"))
    used = table.filter(pl.col("part").is_in(PARTS))
    names = label_columns(prepared) if kind == CLASSIFICATION else []
    return (
        len(table),
        *(len(parts[part]) for part in (*PARTS, "unlabelled", "excluded")),
        1 - len(ringed) / len(test) if len(test) else 0.0,
        share,
        known,
        int(used["repeated"].sum()),
        int(used["contradictory"].sum()),
        *(_positives(parts[part], names) for part in PARTS),
    )


def _positives(rows: pl.DataFrame, names: list[str]) -> float | None:
    """The share of positives, a mean over labels; None without any."""
    shares = [
        share for share in (rows.select(pl.col(name).mean()).item() for name in names) if share is not None
    ]
    return float(np.mean(shares)) if shares else None
