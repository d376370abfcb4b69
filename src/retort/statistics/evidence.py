"""What the results have of a claim: the estimate of each of its terms, looked up in the tables of a study."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from retort.statistics.verdicts import LEAST, Estimate, slope

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Found:
    """What the results have of one comparison: the estimate, positive where the variant is better, and its row."""

    estimate: Estimate
    row: Mapping
    n_items: int | None = None


def evidence(claim: Mapping, term: Mapping, tables: Tables) -> Found | None:
    """What the results have of a term; None where they lack it."""
    if claim["table"] is not None:
        return _counted(claim, tables)
    places = _places(term["places"], tables["places"])
    if claim["estimand"] == "slope":
        points = [(place, found) for place in places if (found := _compared(claim, term, place, tables))]
        if len(points) < 2:
            return None
        # Positive where the gain grows as labels become fewer.
        fewer = -slope([(_labels(place), found.estimate) for place, found in points])
        return Found(fewer, {"place": ", ".join(found.row["place"] for _, found in points)})
    for place in places:
        found = _compared(claim, term, place, tables)
        if found is not None:
            return found
    return None


def _places(wanted: Sequence[str], places: pl.DataFrame) -> list[dict]:
    """The rows of places that are called so, in the order wanted; data set and split will do."""
    rows = places.to_dicts()
    return [
        row for name in wanted for row in rows if name in (row["name"], f"{row['dataset']}/{row['split']}")
    ]


def _labels(place: Mapping) -> float:
    return math.log(place["labels_train"] or place["rows_train"])


def _compared(claim: Mapping, term: Mapping, place: Mapping, tables: Tables) -> Found | None:
    at = {"dataset": place["dataset"], "split": place["split"]}
    where = at | {"part": claim["part"], "metric": term["metric"]}
    row: dict | None
    match claim["estimand"]:
        case "level":
            row = _row(tables["summary"], where | {"variant": term["variant"]})
            found = _from(row, "mean", "se", "df")
        case "multiplier":
            keys = {"variant": term["variant"], "against": term["against"], "metric": term["metric"]}
            row = _row(tables["gains"], at | keys) if "gains" in tables else None
            found = _multiplier(row)
        case _:
            row, found = _contrast(claim, term, where, tables["contrasts"])
    if row is None or found is None:
        return None
    return Found(
        found, row | {"place": place["name"] or f"{at['dataset']}/{at['split']}"}, row.get("n_items")
    )


def _contrast(
    claim: Mapping, term: Mapping, where: Mapping, contrasts: pl.DataFrame
) -> tuple[dict | None, Estimate | None]:
    """The gain or the difference of a pair, which may stand there the other way round."""
    gain = claim["estimand"] in ("gain", "slope")
    names = ("gain", "gain_se", "gain_df") if gain else ("difference", "se", "df")
    for pair, sign in (((term["variant"], term["against"]), 1), ((term["against"], term["variant"]), -1)):
        row = _row(contrasts, {**where, "variant": pair[0], "against": pair[1]})
        found = _from(row, *names)
        if found is not None:
            # A gain is positive where the variant is better, a difference where its value is greater.
            lower = not gain and claim["better"] == "lower"
            return row, -found if (sign < 0) != lower else found
    return None, None


def _row(table: pl.DataFrame, keys: Mapping[str, str]) -> dict | None:
    # A pair of several families has the same numbers in each.
    rows = table.filter(*(pl.col(key) == value for key, value in keys.items()))
    return rows.row(0, named=True) if rows.height else None


def _from(row: Mapping | None, value: str, se: str, df: str) -> Estimate | None:
    if row is None or row[value] is None:
        return None
    return Estimate(row[value], row[se], row[df], row["n"])


def _multiplier(row: Mapping | None) -> Estimate | None:
    """The logarithm of how many times the labels a loan is worth; where only a bound is known, no standard error."""
    if row is None or row["multiplier"] is None:
        return None
    low, high, df = (row[key] for key in ("multiplier_low", "multiplier_high", "df"))
    value = math.log(row["multiplier"])
    if row["multiplier_note"] or low is None or high is None or df is None:
        return Estimate(value, None, None, row["n"])
    one = Estimate(0.0, 1.0, df, row["n"]).interval()[1] or 1.0
    return Estimate(value, (math.log(high) - math.log(low)) / (2 * one), df, row["n"])


def _counted(claim: Mapping, tables: Tables) -> Found | None:
    """The rows of a named table: one number, with its standard error where the table has it, or one per replicate."""
    table = tables.get(claim["table"])
    if table is None or claim["column"] not in table.columns or set(claim["row"]) - set(table.columns):
        return None
    rows = table.filter(*(pl.col(key) == value for key, value in claim["row"].items()))
    values = rows[claim["column"]].drop_nulls().cast(pl.Float64).to_list()
    if not values:
        return None
    row = rows.row(0, named=True)
    # A table that knows how sure its numbers are has one row of each.
    known = len(values) == 1 and row.keys() >= {"se", "df", "n"}
    return Found(Estimate(values[0], row["se"], row["df"], row["n"]) if known else _replicates(values), row)


def _replicates(values: Sequence[float]) -> Estimate:
    """The mean of independent replicates."""
    series, n = pl.Series(values, dtype=pl.Float64), len(values)
    spread = series.std()
    se = None if n < LEAST or spread is None else float(spread) / math.sqrt(n)  # type: ignore[arg-type]
    return Estimate(float(series.mean()), se, None if se is None else n - 1.0, n)  # type: ignore[arg-type]
