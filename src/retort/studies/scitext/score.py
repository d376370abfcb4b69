"""Scores of the study: what is found in documents, by every reading, and how well hidden pieces are guessed."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from retort.runs import Run, StudyPlan
from retort.statistics import ratios
from retort.statistics.influence import Estimate
from retort.studies.scitext import details as own
from retort.studies.scitext import readings
from retort.studies.scitext.data import LOSS, PREDICTED, Annotations

SCORES_SCHEMA = {"part": pl.String, "metric": pl.String, "value": pl.Float64, "unit": pl.String}
ITEMS_SCHEMA = {"part": pl.String, "metric": pl.String, "id": pl.String, "value": pl.Float64}
FRACTION, NATS = "fraction", "nats"
# By domain, the loss below the entropy of unigrams; science, the field, came first and has the short name.
BELOW = {"general": "below-unigram-general", "science": "below-unigram"}
# What a model of relations says besides, as the source reads all tasks from one model.
BESIDE = {"entities": "f1-entities-beside", "coreference": "f1-coreference-beside"}


def score(
    predictions: pl.DataFrame, prepared: pl.DataFrame, split: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Metrics of valid and test as `part, metric, value, unit`, and their pseudo-values for every test document.

    - Of annotated documents, fractions: the readings of the run's target, see `retort.studies.scitext.readings.of`; of
      relations the primary F1 of the tasks of `BESIDE`, too.
    - Of the corpus, nats per hidden piece: `mlm-general`, `mlm-science`, and how far each is below the entropy of the
      unigram frequencies of train in the same domain, the metrics of `BELOW`.

    The items of a metric bear its name; their mean over documents is the score.

    Raises:
        ValueError: predictions of two targets, or of documents that the prepared table or the part does not have.
    """
    rows: list[tuple[str, str, float, str]] = []
    items = [pl.DataFrame(schema=ITEMS_SCHEMA)]
    gold = {row["id"]: Annotations.of(row) for row in _annotated(prepared, predictions)}
    for part in PREDICTED:
        table = predictions.filter(part=part)
        if table.is_empty():
            continue
        if table["loss"].drop_nulls().len():
            found = _losses(table)
        else:
            _check(table, gold, split, part)
            found = _readings(table, gold)
        for metric, ids, estimate, unit in found:
            rows.append((part, metric, float(estimate.value), unit))
            if part == "test":
                items.append(_items(ids, metric, estimate))
    return pl.DataFrame(rows, schema=SCORES_SCHEMA, orient="row"), pl.concat(items)


def details(runs: list[Run], plan: StudyPlan) -> dict[str, pl.DataFrame]:
    """The tables of `tables.DETAILS`, which need predictions."""
    return own.details(runs, plan)


Found = Iterator[tuple[str, pl.Series, Estimate, str]]


def _readings(table: pl.DataFrame, gold: dict[str, Annotations]) -> Found:
    """`metric, ids, estimate, unit` of annotated documents of one part."""
    said = [Annotations.of(row) for row in table.iter_rows(named=True)]
    target, true = table["target"][0], [gold[name] for name in table["id"]]
    found = readings.of(target, true, said)
    if target == "relations":
        found |= {metric: readings.of(task, true, said)[readings.F1] for task, metric in BESIDE.items()}
    for metric, estimate in found.items():
        yield metric, table["id"], estimate, FRACTION


def _losses(table: pl.DataFrame) -> Found:
    """The same of the corpus."""
    for domain, below in BELOW.items():
        here = table.filter(domain=domain)
        if here["hidden"].sum():
            hidden, loss, unigram = (here[name].to_numpy() for name in ("hidden", "loss", "unigram"))
            yield LOSS.format(domain), here["id"], ratios.ratio(loss, hidden), NATS
            yield below, here["id"], ratios.ratio(unigram - loss, hidden), NATS


def _annotated(prepared: pl.DataFrame, predictions: pl.DataFrame) -> Iterator[dict]:
    """Rows of the prepared table that are predicted; a corpus has no annotations to read."""
    if "entities" in prepared.columns:
        columns = ["id", "entities", "relations", "clusters"]
        yield from prepared.select(columns).join(predictions, on="id", how="semi").iter_rows(named=True)


def _check(table: pl.DataFrame, gold: dict[str, Annotations], split: pl.DataFrame, part: str) -> None:
    """That all documents of the part are predicted, once and for one target."""
    expected = set(split.filter(part=part)["id"])
    strange = sorted(expected ^ set(table["id"])) + sorted(set(table["id"]) - gold.keys())
    if strange or table["id"].is_duplicated().any() or table["target"].n_unique() > 1:
        raise ValueError(
            f"predictions of {part}: {len(table)} rows of {len(expected)} documents and the targets "
            f"{table['target'].unique().sort().to_list()}, expected each document once and one target"
            f"{f'; {strange[0]!r} is on one side only' if strange else ''}. Hint: was the run made with this split?"
        )


def _items(ids: pl.Series, metric: str, estimate: Estimate) -> pl.DataFrame:
    table = pl.DataFrame({"id": ids, "value": np.asarray(estimate.pseudo_values, float)})
    return table.select(pl.lit("test").alias("part"), pl.lit(metric).alias("metric"), "id", "value")
