"""Scores of the study: how well each system ranks or predicts, against others, and what the splits let leak."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from retort.datasets.molecule_table import label_columns
from retort.runs import Run, StudyPlan
from retort.sealed import read_table
from retort.statistics.ranking import roc_auc
from retort.studies.molecules import overview
from retort.studies.molecules.compare import SUFFIXES, BySystem, Predicted, align, compare, heads
from retort.studies.molecules.data import CLASSIFICATION, PARTS, PREDICTED, kind_of
from retort.studies.molecules.tables import DETAILS

UNIT = {"mae": "unit of the label", "rmse": "unit of the label", "labels_scored": "labels"}
SCORES_SCHEMA = {"part": pl.String, "metric": pl.String, "value": pl.Float64, "unit": pl.String}
ITEMS_SCHEMA = {"part": pl.String, "metric": pl.String, "id": pl.String, "value": pl.Float64}


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
            predicted = align(predictions, prepared, part, head)
            if not predicted.ids:
                continue
            rows += [
                (part, metric + SUFFIXES[head], value, UNIT.get(metric, "fraction"))
                for metric, value in _means(predicted, kind).items()
            ]
            if kind != CLASSIFICATION and part == "test" and not SUFFIXES[head]:
                items.append(_errors(predicted, part))
    return pl.DataFrame(rows, schema=SCORES_SCHEMA, orient="row"), pl.concat(items)


def _means(predicted: Predicted, kind: str) -> dict[str, float]:
    """Each metric's mean over labels; of classes also how many labels were scored."""
    values: dict[str, list[float]] = {}
    for _, metric, value, _, _ in by_label(predicted, kind):
        values.setdefault(metric, []).append(value)
    means = {metric: float(np.mean(each)) for metric, each in values.items()}
    if kind == CLASSIFICATION:
        means["labels_scored"] = float(len(values.get("roc_auc", [])))
    return means


def _errors(predicted: Predicted, part: str) -> pl.DataFrame:
    """`mae` of each molecule, its mean over the labels that were measured."""
    errors = np.ma.masked_invalid(np.abs(predicted.values - predicted.labels)).mean(axis=1)
    return pl.DataFrame({"id": predicted.ids, "value": errors.filled(np.nan)}).select(
        pl.lit(part).alias("part"), pl.lit("mae").alias("metric"), "id", "value"
    )


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
    """The tables of `tables.DETAILS`, which need the predictions; all of test.

    - `labels`: the metrics of each run and label.
    - `paired`: the plan's pairs at each place, by `roc_auc` or `rmse`, with `_knn` those of the nearest neighbours;
      bootstrap over test molecules, seeds averaged.
    - `audit`: one row for each place.
    - `verdicts`, `protocols`, `scarce`: see `overview`.
    """
    places: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        if run.settings["method"] != "pretrain":
            places.setdefault((run.dataset, run.split), []).append(run)
    labels, paired, audits, predicted, kinds = [], [], [], {}, {}
    for place, here in sorted(places.items()):
        inputs = here[0].inputs
        prepared = read_table(inputs.prepared)
        kind = kinds[place[0]] = kind_of(prepared, label_columns(prepared), inputs.prepared)
        predicted[place] = _of_test(here, prepared)
        labels += [(*place, *row) for row in _labels(predicted[place], kind)]
        paired += [(*place, *row) for row in compare(predicted[place], kind, plan.pairs)]
        audits.append((*place, *audit(prepared, read_table(inputs.split), kind)))
    tables = {
        name: pl.DataFrame(rows, schema=DETAILS[name], orient="row")
        for name, rows in (("labels", labels), ("paired", paired), ("audit", audits))
    }
    return tables | {
        "verdicts": overview.verdicts(tables["paired"], plan.places),
        "protocols": overview.protocols(tables["labels"], plan.places),
        "scarce": overview.scarce(predicted, kinds, plan),
    }


def _of_test(runs: list[Run], prepared: pl.DataFrame) -> BySystem:
    """What the runs of one place predicted of test."""
    predicted = {}
    for run in runs:
        predictions = run.read("predictions")
        for head in heads(predictions):
            predicted[run.variant, run.seed, SUFFIXES[head]] = align(predictions, prepared, "test", head)
    return predicted


def _labels(predicted: BySystem, kind: str) -> Iterator[tuple]:
    """The rows of `labels` at one place."""
    for (variant, seed, suffix), one in predicted.items():
        for name, metric, *rest in by_label(one, kind):
            yield variant, seed, name, metric + suffix, *rest


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
