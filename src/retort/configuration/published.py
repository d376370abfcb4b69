"""What others have published, each value once (`published/<citation key>.yaml`).

A file of published values is a list of tables of one source:

    study: transfer
    tables:
      - source: Table 1
        metric: mae                # these may stand here, at a column, at a row or at a value: the innermost counts
        digits: 3
        columns:
          mp-formation: {dataset: [mp, mp20], protocol: formation, target: formation_energy, unit: eV/atom}
        rows:
          - {system: CrabNet, variant: crabnet, values: {mp-formation: 0.058}}

`metric` is one of the study's, or one of the file's own `quantities: [..]`, which are quoted and measured otherwise.

The value has the id `<citation>/<column>/<variant>` (of a row with `key`, or without a variant, that or the name of the
system in its place), one for all data sets of ours that it is held against.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from retort.configuration.errors import ConfigurationError, check_choice
from retort.configuration.strict import read_block

PERCENT = "percent"
# What a table, a column, a row or a value may say; the rest of `PUBLISHED` follows from where it stands.
FACTS = {
    "dataset": [None],  # ours, which it is held against
    "protocol": None,  # of our splits, the family's name
    "share": 1.0,  # of the training labels
    "labels": None,  # how many labels all of them are, in the source
    "target": None,
    "metric": None,
    "digits": 0,  # as printed in the source
    "spread": None,  # its standard deviation or error, in the value's unit
    "unit": None,
    "mark": None,  # a footnote, one of MARKS
}
MARKS = ("r", "†")  # random splits; too high for the split that is named
TABLE = ("source", "columns", "rows")
ROW, VALUE = ("system", "variant", "key", "values"), ("value",)
# The keys of a resolved value, which are the columns of data/results/published.parquet.
PUBLISHED = (
    *("id", "citation", "study", "system", "variant", "dataset", "protocol", "share", "labels", "target"),
    *("metric", "value", "digits", "spread", "unit", "source", "mark"),
)


def read_published(folder: Path) -> list[dict]:
    """Every published value, a dict of `PUBLISHED` for each data set of ours, in the order of files, rows and columns.

    Raises ConfigurationError for an unknown key, a value in no column, or an id that occurs twice.
    """
    values: list[dict] = []
    where: dict[str, Path] = {}
    for file in sorted(folder.glob("*.yaml")):
        found = list(_values_of(file))
        for name in dict.fromkeys(each["id"] for each in found):
            if (
                name in where
                or sum(each["id"] == name and each["dataset"] == found[0]["dataset"] for each in found) > 1
            ):
                raise ConfigurationError(f"{file}: the id {name!r} stands twice. Hint: give one row a `key`.")
            where[name] = file
        values += found
    return values


def read_quantities(file: Path) -> list[str]:
    """What a file quotes that is no metric of its study."""
    return read_block(file).get("quantities") or []


def _values_of(file: Path) -> Iterator[dict]:
    content = read_block(file)
    _check_keys(content, {"study", "tables", "quantities"}, "the top level", file, ("study", "tables"))
    for number, table in enumerate(content["tables"]):
        key = f"tables[{number}]"
        _check_keys(table, {*TABLE, *FACTS}, key, file, TABLE)
        for name, column in table["columns"].items():
            _check_keys(column, set(FACTS), f"{key}.columns.{name}", file)
        for row in table["rows"]:
            at = f"{key}.rows[{row.get('system')}]"
            _check_keys(row, {*ROW, *FACTS}, at, file, ("system", "values"))
            for name, cell in row["values"].items():
                check_choice(f"{at}.values", name, list(table["columns"]), file, "columns")
                cell = cell if isinstance(cell, dict) else {"value": cell}
                _check_keys(cell, {*VALUE, *FACTS}, f"{at}.values.{name}", file, VALUE)
                facts = FACTS | _facts(table) | _facts(table["columns"][name]) | _facts(row) | _facts(cell)
                variant = row.get("variant")
                own = (
                    row.get("key") or variant or re.sub(r"[^a-z0-9]+", "-", row["system"].lower()).strip("-")
                )
                datasets = facts["dataset"] if isinstance(facts["dataset"], list) else [facts["dataset"]]
                for dataset in datasets:
                    full = facts | {
                        "id": f"{file.stem}/{name}/{own}",
                        "citation": file.stem,
                        "study": content["study"],
                        "system": row["system"],
                        "variant": variant,
                        "dataset": dataset,
                        "value": float(cell["value"]),
                        "source": table["source"],
                    }
                    yield {column: full[column] for column in PUBLISHED}


def _facts(block: Mapping) -> dict:
    return {key: value for key, value in block.items() if key in FACTS}


def _check_keys(
    block: Mapping, known: set[str], key: str, file: Path, required: Collection[str] = ()
) -> None:
    for name in block:
        check_choice(f"a key of {key}", name, known, file, "known keys")
    for name in required:
        if name not in block:
            raise ConfigurationError(f"{file}: {key} has no {name!r}. Hint: it needs {', '.join(required)}.")
