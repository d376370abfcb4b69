"""What the programs in src/scripts read, and the command line that they share.

Each is called from the repository's root as `python src/scripts/<name>.py`, reads `data/results/<study>/` (or the
folder given by `--results`) and writes `src/tex/figures/<name>.pdf` or `src/tex/tables/<name>.tex` (or `--output`).
"""

import argparse
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import polars as pl
import yaml

from retort.configuration import expand

RESULTS = Path("data/results")
CONFIG = Path("workflow/config")
FIGURES = Path("src/tex/figures")
TABLES = Path("src/tex/tables")


class Results:
    """The result tables of one study (docs/architecture.md), read when asked for.

    A table that is missing raises FileNotFoundError, which names it.
    """

    def __init__(self, folder: Path, study: str):
        self.folder, self.study = Path(folder), study

    def _table(self, name: str) -> pl.DataFrame:
        if not (self.folder / name).exists():
            raise FileNotFoundError(
                f"{self.folder / name} does not exist. Hint: run `snakemake results` first, or give --results."
            )
        return pl.read_parquet(self.folder / name)

    @cached_property
    def scores(self) -> pl.DataFrame:
        return self._table("scores.parquet")

    @cached_property
    def items(self) -> pl.DataFrame:
        return self._table("items.parquet")

    @cached_property
    def history(self) -> pl.DataFrame:
        return self._table("history.parquet")

    @cached_property
    def summary(self) -> pl.DataFrame:
        return self._table("summary.parquet")

    @cached_property
    def datasets(self) -> pl.DataFrame:
        return self._table("datasets.parquet")

    # The record's measurements where there is one; this machine's own are in `measured/`.
    @cached_property
    def costs(self) -> pl.DataFrame:
        return self._table("costs.parquet")

    @cached_property
    def timings(self) -> pl.DataFrame:
        return self._table("timings.parquet")

    def details(self, name: str) -> pl.DataFrame:
        """The table `name` that the study's `score.details` made."""
        return self._table(f"details/{name}.parquet")

    @cached_property
    def config(self) -> dict:
        """The study's YAML as written, without scale; empty where there is none (a bare results folder)."""
        return read_yaml(CONFIG / "study" / f"{self.study}.yaml")

    @property
    def lenders(self) -> list[str]:
        """Data sets whose views these results were made with, besides those of the grid."""
        here = set(self.scores["dataset"])
        scales = [self.config, *(self.config.get("scales") or {}).values()]
        views = [
            view
            for scale in scales
            for view in scale.get("views") or []
            if here & {block["dataset"] for block in expand(scale.get("grid") or [])}
        ]
        return sorted({view.rpartition("/")[0] for view in views if "/" in view})

    @cached_property
    def blocks(self) -> dict[str, dict]:
        """The named grid blocks of any scale whose runs these are: name -> `dataset`, `split`, `title`."""
        scales = [self.config, *(self.config.get("scales") or {}).values()]
        here = set(self.scores.select("dataset", "split").unique().iter_rows())
        scales.append({"grid": self._guests(sorted({dataset for dataset, _ in here}))})
        return {
            block["name"]: {key: block.get(key) for key in ("dataset", "split", "title")}
            for scale in scales
            for block in expand(scale.get("grid") or [])
            if "name" in block and (block["dataset"], block["split"]) in here
        }

    def _guests(self, datasets: list[str]) -> list[dict]:
        """The grid blocks of data sets that joined the study by their own YAML."""
        described = {name: read_yaml(CONFIG / "dataset" / f"{name}.yaml") for name in datasets}
        return [
            {"name": name, "title": block["title"], "dataset": name, **self.config["guests"]}
            for name, block in described.items()
            if block.get("join") == self.study
        ]

    def block(self, name: str) -> tuple[str, str] | None:
        """(dataset, split) of a named grid block, or None where these results lack it."""
        found = self.blocks.get(name)
        return found and (found["dataset"], found["split"])

    def at(self, table: pl.DataFrame, name: str) -> pl.DataFrame:
        """The rows of `table` at a named grid block; none where these results lack it."""
        dataset, split = self.block(name) or ("", "")
        return table.filter(pl.col("dataset") == dataset, pl.col("split") == split)

    @cached_property
    def place(self) -> tuple[str, str]:
        """(dataset, split) of figures about one data set: that of the most scores, the first by name among equals."""
        count = (
            self.scores.group_by("dataset", "split")
            .len()
            .sort("len", "dataset", "split", descending=[True, False, False])
        )
        return count.row(0)[:2]

    def title(self, variant: str, titles: dict[str, str] | None = None) -> str:
        """What to call a variant: the study YAML's title, else that of `titles`, else its name."""
        configured = (self.config.get("variants", {}).get(variant) or {}).get("title")
        return configured or (titles or {}).get(variant, variant)

    def at_place(self, table: pl.DataFrame) -> pl.DataFrame:
        """The rows of `table` at `place`; a table without such columns as it is."""
        dataset, split = self.place
        for column, value in (("dataset", dataset), ("split", split)):
            if column in table.columns:
                table = table.filter(pl.col(column) == value)
        return table


def present(variants: Iterable[str], table: pl.DataFrame) -> list[str]:
    """Those of `variants` that `table` has, in the order given: a smaller scale runs fewer."""
    have = set(table["variant"].unique())
    return [variant for variant in variants if variant in have]


def read_yaml(path: Path) -> dict:
    """A YAML file as a dict; empty when it does not exist."""
    return (yaml.safe_load(path.read_text()) or {}) if path.exists() else {}


def figure_arguments(script: str, study: str, argv: Sequence[str] | None = None) -> tuple[Results, Path]:
    """The study's results and where its figure goes; `script` is the caller's `__file__`."""
    given = _parse(script, RESULTS / study, FIGURES / f"{Path(script).stem}.pdf", argv)
    return Results(given.results, study), given.output


def table_arguments(script: str, study: str, argv: Sequence[str] | None = None) -> tuple[Results, Path]:
    """The study's results and where its table goes; `script` is the caller's `__file__`."""
    given = _parse(script, RESULTS / study, TABLES / f"{Path(script).stem}.tex", argv)
    return Results(given.results, study), given.output


def overview_arguments(script: str, argv: Sequence[str] | None = None) -> tuple[Path, list[Results], Path]:
    """For tables about all studies: the folder of all results, each study's results, and where the table goes."""
    given = _parse(script, RESULTS, TABLES / f"{Path(script).stem}.tex", argv)
    folders = sorted(path.parent for path in given.results.glob("*/scores.parquet"))
    # Results of a study that is no longer configured may still lie there.
    folders = [folder for folder in folders if (CONFIG / "study" / f"{folder.name}.yaml").exists()]
    return given.results, [Results(folder, folder.name) for folder in folders], given.output


def _parse(script: str, results: Path, output: Path, argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=Path(script).name)
    parser.add_argument("--results", type=Path, default=results, help="folder to read (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=output, help="file to write (default: %(default)s)")
    given = parser.parse_args(argv)
    if not given.results.is_dir():
        parser.error(
            f"{given.results} is not a folder. Hint: run `snakemake results` first, or give --results."
        )
    return given
