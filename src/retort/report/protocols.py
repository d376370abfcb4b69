"""The strict protocol of the molecular benchmarks: its places, the metric of each, and the sizes below a table."""

import polars as pl

from retort.report.metrics import Metric
from retort.report.names import metrics
from retort.report.results import Results
from retort.report.tables import escape

STRICT = "strict"
PUBLISHED = "scaffold"  # the protocol of most published tables
# Of ours, beside published values: under the strict protocol, where the system was not run under the published one.
MARK = r"\rlap{$^*$}"
MARKED = r"$^*$\,ours under the strict protocol, where the system was not run under the published one."
MAIN = metrics("roc_auc", "rmse")  # of classes, and of numbers


def strict(results: Results) -> list[str]:
    """Names of the places under the strict protocol, with all labels, that have test scores, in the order of the grid.

    A data set that joined the study by its own YAML is among them.
    """
    scored = results.scores.filter(part="test").select("dataset", "split").unique()
    places = results.places.filter(pl.col("name").is_not_null(), protocol=STRICT, share=1.0)
    return places.join(scored, on=["dataset", "split"], how="semi").sort("order")["name"].to_list()


def main_metric(results: Results, table: pl.DataFrame) -> Metric:
    """How the scores of a place are written, from the `metric` column of its rows: ROC-AUC or RMSE."""
    here = set(table["metric"])
    ranking, error = MAIN
    return results.metric(error if error in here else ranking)


def heading(results: Results, place: str, measure: Metric) -> str:
    """Above a column of scores: the place, and below it the metric."""
    return rf"\shortstack{{{escape(_row(results, place)['title'])}\\({escape(measure.header)})}}"


def sizes(results: Results, places: list[str], variants: list[str]) -> list[str]:
    """The n of a table of strict places, as notes: test molecules of each, and how many seeds its systems have.

    At least one of the `variants` must have scores at one of the places.
    """
    if not places:
        return []
    rows = [_row(results, name) for name in places]
    # Without the unit that a title may end in.
    molecules = [f"{escape(row['title'].partition(' (')[0])} {row['rows_test']}" for row in rows]
    summary = results.summary.filter(pl.col("variant").is_in(variants), part="test")
    seeds = pl.concat([results.at(summary, name)["n"] for name in places]).to_numpy()
    few, many = int(seeds.min()), int(seeds.max())
    counted = f"{few} to {many}" if few < many else str(few)
    return [f"Seeds: {counted}. Test molecules: {', '.join(molecules)}."]


def _row(results: Results, place: str) -> dict:
    row = results.place_row(place)
    if row is None:
        raise KeyError(f"no place {place!r} in these results")
    return row


def estimate(measure: Metric, rows: pl.DataFrame) -> tuple[str, str]:
    """The mean of the one row and its interval as LaTeX; a dash and nothing of no row."""
    row = next(rows.iter_rows(named=True), {})
    return measure.number(row.get("mean")), measure.interval(row.get("low"), row.get("high"))


def gain(results: Results, place: str, variant: str, against: str, measure: Metric) -> tuple[str, str]:
    """What one system has more than another and its interval; LaTeX, empty where not compared."""
    compared = results.at(results.contrast(variant, against), place)
    rows = compared.filter(pl.col("difference").is_not_null(), part="test", metric=measure.name)
    if rows.is_empty():
        return "", ""
    row = rows.row(0, named=True)
    interval = measure.interval(row["low"], row["high"], signed=True)
    return measure.number(row["difference"], signed=True), interval


def below(gained: tuple[str, str]) -> str:
    """A gain as a cell under the score, in smaller type."""
    difference, interval = gained
    return rf"{{\scriptsize {difference}}} & {interval}" if difference else " & "
