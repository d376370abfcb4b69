"""What the programs in src/scripts read, and the command line that they share.

Each is called from the repository's root as `python src/scripts/<name>.py`, reads `data/results/<study>/` (or the
folder given by `--results`) and writes `src/tex/figures/<name>.pdf` or `src/tex/tables/<name>.tex` (or `--output`).
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import polars as pl

from retort.files import MANIFEST
from retort.report import tracing
from retort.report.metrics import Metric
from retort.report.tables import number
from retort.sealed import again, read_table

RESULTS = Path("data/results")
FIGURES = Path("src/tex/figures")
TABLES = Path("src/tex/tables")
# The studies in the order of the paper, by their field: as readers know them.
FIELDS = {
    "precursors": "precursors",
    "transfer": "crystals",
    "molecules": "molecules",
    "yields": "yields",
    "discovery": "materials",
    "scitext": "text",
}


def read(path: Path) -> pl.DataFrame:
    """A result table; whoever asks what a number follows from notes that it was read."""
    return tracing.seen(path, read_table(path))


class Results:
    """The result tables of one study (docs/architecture.md), read when asked for.

    A table that is missing raises FileNotFoundError, which names it.
    """

    def __init__(self, folder: Path, study: str):
        self.folder, self.study = Path(folder), study

    def _table(self, name: str) -> pl.DataFrame:
        path = self.folder / name
        if not path.exists():
            made = (path.parent / MANIFEST).exists()
            hint = again(path) if made else "run `snakemake results` first, or give --results"
            raise FileNotFoundError(f"{path} does not exist. Hint: {hint}.")
        return read(path)

    @cached_property
    def scores(self) -> pl.DataFrame:
        return self._table("scores.parquet")

    @cached_property
    def history(self) -> pl.DataFrame:
        return self._table("history.parquet")

    @cached_property
    def datasets(self) -> pl.DataFrame:
        return self._table("datasets.parquet")

    @cached_property
    def places(self) -> pl.DataFrame:
        return self._table("places.parquet")

    @cached_property
    def systems(self) -> pl.DataFrame:
        return self._table("systems.parquet")

    @cached_property
    def metrics(self) -> pl.DataFrame:
        return self._table("metrics.parquet")

    @cached_property
    def sources(self) -> pl.DataFrame:
        return self._table("sources.parquet")

    @cached_property
    def loans(self) -> pl.DataFrame:
        return self._table("loans.parquet")

    @cached_property
    def summary(self) -> pl.DataFrame:
        return self._table("summary.parquet")

    @cached_property
    def contrasts(self) -> pl.DataFrame:
        return self._table("contrasts.parquet")

    @cached_property
    def gains(self) -> pl.DataFrame:
        return self._table("gains.parquet")

    # The record's measurements where there is one; this machine's own are in `measured/`.
    @cached_property
    def costs(self) -> pl.DataFrame:
        return self._table("costs.parquet")

    @cached_property
    def timings(self) -> pl.DataFrame:
        return self._table("timings.parquet")

    @cached_property
    def published(self) -> pl.DataFrame:
        """The quoted values of this study, in the order of their files."""
        return self._table("../published.parquet").filter(study=self.study)

    def details(self, name: str) -> pl.DataFrame:
        """The table `name` that the study's `score.details` made."""
        return self._table(f"details/{name}.parquet")

    def illustrations(self, name: str) -> pl.DataFrame:
        """The table `name` that the study's `illustrations.illustrate` made."""
        return self._table(f"illustrations/{name}.parquet")

    def items(self, place: str | dict) -> pl.DataFrame:
        """What each replicate gave for each test item at a place, a name or a row of `places`."""
        row = self._row(place)
        if row is None:
            raise KeyError(f"{self.folder}/places.parquet has no place {place!r}")
        name = f"items/{row['dataset']}-{row['split']}"
        # Many values lie in a file for each quantity.
        quantities = self.metrics["items"].drop_nulls().unique().sort()
        apart = [f"{name}-{quantity}.parquet" for quantity in quantities]
        there = [file for file in apart if (self.folder / file).exists()]
        return pl.concat([self._table(file) for file in there or [f"{name}.parquet"]])

    # Where: a place is a data set and a family of splits; those that programs speak of bear a name.

    def place_row(self, name: str) -> dict | None:
        """What is known of a named place (columns of `places`), or None where these results lack it."""
        rows = self.places.filter(name=name).to_dicts()
        return rows[0] if rows else None

    def _row(self, place: str | dict) -> dict | None:
        return self.place_row(place) if isinstance(place, str) else place

    def at(self, table: pl.DataFrame, place: str | dict) -> pl.DataFrame:
        """The rows of `table` at a place, a name or a row of `places`; none where these results lack it.

        Of a table of single runs, such as `scores`, those of all draws.
        """
        row = self._row(place) or {"dataset": "", "split": "", "splits": []}
        return table.filter(
            pl.col("dataset") == row["dataset"], pl.col("split").is_in([row["split"], *row["splits"]])
        )

    def levels(self, place: str | dict, metric: str, part: str = "test") -> dict[str, dict]:
        """The summary of a metric at a place, by variant; empty where these results lack it."""
        return {
            row["variant"]: row
            for row in self.at(self.summary, place).filter(part=part, metric=metric).to_dicts()
        }

    def unit(self, place: str | dict, metric: str) -> str:
        """The unit of a metric at a place; empty where it was not scored."""
        units = self.at(self.summary, place).filter(metric=metric)["unit"]
        return units[0] if len(units) else ""

    def labels(self, place: str | dict) -> int | None:
        """How many labels train at a place, in its first draw; None where these results lack it."""
        row = self._row(place)
        if row is None:
            return None
        return row["rows_train"] if row["labels_train"] is None else row["labels_train"]

    def label_counts(self, place: str | dict) -> pl.DataFrame:
        """`dataset, split, labels` of a place and of those that differ from it in the number of labels.

        These have its data set and its protocol; there are none where these results lack it.
        """
        row = self._row(place) or {"dataset": "", "protocol": ""}
        same = self.places.filter(dataset=row["dataset"], protocol=row["protocol"])
        return same.select("dataset", "split", labels=pl.coalesce("labels_train", "rows_train"))

    def quoted(self, place: str | dict, metric: str) -> dict[str, dict]:
        """What was published of a place, by its share of labels: rows of `published`, by the variant of ours."""
        row = self._row(place)
        if row is None or row["share"] is None:
            return {}
        rows = self.published.filter(
            pl.col("target").is_null() | pl.col("target").eq_missing(pl.lit(row["target"], pl.String)),
            pl.col("variant").is_not_null(),
            metric=metric,
            **{key: row[key] for key in ("dataset", "protocol", "share")},
        )
        return {value["variant"]: value for value in rows.to_dicts()}

    def main_place(self) -> dict:
        """The place (a row of `places`) of figures about one data set: that of most scores, the first of equals.

        The data set is the grid's first: a guest may have more scores, but what figures tell of is the study's own.
        """
        own = self.places.filter(pl.col("dataset") == pl.col("dataset").sort_by("order").first())
        counts = [len(self.at(self.scores, place)) for place in own.to_dicts()]
        rows = own.with_columns(scores=pl.Series(counts))
        return rows.sort("scores", "order", descending=[True, False]).row(0, named=True)

    def heading(self, name: str, title: str, what: str) -> str:
        """Above a column of a named place: a title, LaTeX, and how many of `what` train there."""
        return rf"\shortstack{{{title}\\{number(self.places.filter(name=name)['rows_train'][0], digits=0)} {what}}}"

    # What a system and a metric are called, and how they look.

    def system(self, variant: str) -> dict:
        """What is known of a variant (columns of `systems`). Raises KeyError for one that the plan lacks."""
        rows = self.systems.filter(variant=variant).to_dicts()
        if not rows:
            known = ", ".join(self.systems["variant"])
            raise KeyError(f"{self.folder}/systems.parquet has no variant {variant!r}. Hint: it has {known}.")
        return rows[0]

    def title(self, variant: str) -> str:
        """What to call a variant."""
        return self.system(variant)["title"]

    def short(self, variant: str) -> str:
        """What to call a variant where there is little room; its title unless the YAML says otherwise."""
        return self.system(variant)["short"] or self.title(variant)

    def colour(self, variant: str) -> str:
        """The colour of a variant, #rrggbb. Raises KeyError with a hint for one that has none."""
        colour = self.system(variant)["colour"]
        if colour is None:
            raise KeyError(f"no colour for {variant!r}. Hint: give it `colour:` in the YAML of {self.study}.")
        return colour

    def metric(self, name: str) -> Metric:
        """How a metric is written. Raises KeyError for one that the plan lacks."""
        rows = self.metrics.filter(metric=name).to_dicts()
        if not rows:
            raise KeyError(
                f"{self.folder}/metrics.parquet has no metric {name!r}. Hint: see `metrics:` of the YAML."
            )
        (row,) = rows
        facts = ("label", "unit", "better", "digits", "percent")
        return Metric(name=name, **{fact: row[fact] for fact in facts})

    # Comparisons.

    def contrast(self, variant: str, against: str, *, family: str | None = None) -> pl.DataFrame:
        """All rows of `variant` minus `against`, a row for each place, part and metric.

        A pair of several families has the same numbers in each but for `p_holm`, so that without `family` the first
        one serves.
        """
        rows = self.contrasts.filter(variant=variant, against=against)
        keys = ["dataset", "split", "part", "metric"]
        return rows.filter(family=family) if family else rows.unique(keys, keep="first", maintain_order=True)

    def compared(self, place: str | dict, variant: str, against: str, metric: str) -> dict | None:
        """The contrast of a pair on test at a place, or None where these results lack it."""
        rows = self.at(self.contrast(variant, against), place).filter(part="test", metric=metric).to_dicts()
        return rows[0] if rows else None

    def difference(self, place: str | dict, variant: str, against: str, metric: str) -> str:
        """The same as the two cells of a column, difference and interval; empty where these results lack it."""
        row = self.compared(place, variant, against, metric)
        return self.metric(metric).difference(row) if row else " & "


def present(variants: Iterable[str], table: pl.DataFrame) -> list[str]:
    """Those of `variants` that `table` has, in the order given: a smaller scale runs fewer."""
    have = set(table["variant"].unique())
    return [variant for variant in variants if variant in have]


def in_blocks(blocks: Iterable[Iterable[str]], ran: Iterable[str]) -> tuple[list[str], list[int]]:
    """The systems of a table's blocks that ran, in order, and where each block of them starts: where rules go.

    The first block starts at 0, where `tabular`, `stacked` and `dots.lines` draw no rule.
    """
    have = set(ran)
    kept = [found for block in blocks if (found := [name for name in block if name in have])]
    starts = [sum(map(len, kept[:number])) for number in range(len(kept))]
    return [name for block in kept for name in block], starts


def commonest(values: Iterable[str], preferred: str) -> str:
    """The preferred value if it is there, else the most frequent one, of equals the first by name; empty of none."""
    counts = Counter(values)
    if preferred in counts:
        return preferred
    return min(counts, key=lambda value: (-counts[value], value), default="")


def in_order(studies: Iterable[Results]) -> list[Results]:
    """The studies in the order of the paper; others after them."""
    places = list(FIELDS)
    return sorted(studies, key=lambda one: places.index(one.study) if one.study in FIELDS else len(places))


def figure_arguments(script: str, study: str, argv: Sequence[str] | None = None) -> tuple[Results, Path]:
    """The study's results and where its figure goes; `script` is the caller's `__file__`."""
    given = _parse(script, RESULTS / study, FIGURES / f"{Path(script).stem}.pdf", argv)
    return Results(given.results, study), given.output


def table_arguments(script: str, study: str, argv: Sequence[str] | None = None) -> tuple[Results, Path]:
    """The study's results and where its table goes; `script` is the caller's `__file__`."""
    given = _parse(script, RESULTS / study, TABLES / f"{Path(script).stem}.tex", argv)
    return Results(given.results, study), given.output


def overview_arguments(script: str, argv: Sequence[str] | None = None) -> tuple[Path, list[Results], Path]:
    """For tables about all studies: the folder of all results, each study's results, and where the table goes.

    Studies come in the order of the paper.
    """
    return _overview(script, TABLES / f"{Path(script).stem}.tex", argv)


def overview_figure_arguments(
    script: str, argv: Sequence[str] | None = None
) -> tuple[Path, list[Results], Path]:
    """As `overview_arguments`, for figures about all studies."""
    return _overview(script, FIGURES / f"{Path(script).stem}.pdf", argv)


def _overview(script: str, output: Path, argv: Sequence[str] | None) -> tuple[Path, list[Results], Path]:
    given = _parse(script, RESULTS, output, argv, several=True)
    found = sorted(path.parent.name for path in given.results.glob("*/scores.parquet"))
    studies = [Results(given.results / study, study) for study in given.studies or found]
    return given.results, in_order(studies), given.output


def _parse(
    script: str, results: Path, output: Path, argv: Sequence[str] | None, *, several: bool = False
) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=Path(script).name)
    parser.add_argument("--results", type=Path, default=results, help="folder to read (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=output, help="file to write (default: %(default)s)")
    if several:
        parser.add_argument(
            "--studies", nargs="+", metavar="STUDY", help="studies to show (default: all there)"
        )
    given = parser.parse_args(argv)
    if not given.results.is_dir():
        parser.error(
            f"{given.results} is not a folder. Hint: run `snakemake results` first, or give --results."
        )
    return given
