"""Any table of reactions with a yield and a column for each component: a generated plate, and a user's own."""

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from retort.datasets import delimited
from retort.datasets.cells import check_settings, number
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import REJECT_SCHEMA
from retort.datasets.reaction_yields import ROLES, Record, Reject, reject, table
from retort.datasets.rejects import HEAD, Listed

NOTHING = ("", "none", "None", "NONE", "-")  # cells of a component that is not there


NEEDED = ("file", "components", "product", "yield")
OPTIONAL = ("scale", "substrates", "columns", "numbers", "prefix", "separator")


def read(folder: Path, settings: dict) -> Listed:
    """Read the table that `settings` describe from `folder`.

    Args:
        folder: holds the file.
        settings: `file`; `components`, by role the column of its SMILES, or a list of columns; `product`, a column;
            `yield`, a column; `scale`, what a yield of the file is multiplied by to be percent (1; of fractions 100);
            `substrates`, the two roles that novelty is about (the first two); `columns` and `numbers`, more columns
            to keep, as text and as numbers; `prefix` of the ids (row); `separator` (,).

    Returns:
        The table of `retort.datasets.reaction_yields`, in file order, with the kept columns. Rejected are rows with a
        yield or a number that is none, with a string that is no molecule, and without a substrate or a product. Rows
        that were measured before are kept, and listed.

    Raises:
        SchemaError: a key or a column is missing, a role unknown, or a kept column bears a name of the table's own.
    """
    components = columns(settings)
    pair = settings.get("substrates", list(components)[:2])
    if missing := [role for role in pair if role not in components]:
        raise SchemaError(f"substrate {missing[0]!r} is no role of `components`. Hint: name two of these.")
    texts, numbers = settings.get("columns", []), settings.get("numbers", [])
    wanted = [column for written in components.values() for column in written]
    wanted += [settings["product"], settings["yield"], *texts, *numbers]
    rows: list[Record] = []
    rejects: list[Reject] = []
    file = settings["file"]
    found = delimited.records(folder / file, list(dict.fromkeys(wanted)), settings.get("separator", ","))
    for row, cells in found:
        if isinstance(cells, delimited.Broken):
            rejects.append((file, row, *cells))
            continue
        try:
            percent = settings.get("scale", 1) * number(cells[settings["yield"]], settings["yield"])
            kept = {name: number(cells[name], name) for name in numbers} | {
                name: cells[name] for name in texts
            }
            put = [
                (role, cell)
                for role, written in components.items()
                for column in written
                if (cell := cells[column].strip()) not in NOTHING
            ]
            substrates = [_place(put, role) for role in pair]
            product = cells[settings["product"]].strip()
            if product in NOTHING:
                raise ValueError("the row has no product", settings["product"])
        except ValueError as error:
            rejects.append(reject(file, row, error))
            continue
        rows.append(Record(file, row, percent, put, product.split("."), substrates, kept))
    schema = dict.fromkeys(numbers, pl.Float64) | dict.fromkeys(texts, pl.String)
    prepared = table(settings.get("prefix", "row"), rows, schema, rejects)
    lost = set(prepared.rejects["row"])
    places = [one.row for one in rows if one.row not in lost]
    return Listed(prepared.rows, prepared.rejects, _again(file, places, prepared.rows))


def columns(settings: dict) -> dict[str, list[str]]:
    """The columns of components by role. Raises SchemaError: a key is missing, or a role unknown."""
    check_settings(settings, NEEDED, OPTIONAL)
    if not isinstance(settings["components"], dict):
        raise SchemaError(
            f"settings.components is {settings['components']!r}, expected {{halide: column, ..}}. "
            "Hint: see the README, Your own reactions."
        )
    if unknown := sorted(set(settings["components"]) - set(ROLES)):
        raise SchemaError(
            f"role {unknown[0]!r} is none of {', '.join(ROLES)}. Hint: see `components` in the data set's YAML."
        )
    return {
        role: [written] if isinstance(written, str) else written
        for role, written in settings["components"].items()
    }


def _again(file: str, places: Iterable[int], rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of reactions that an earlier row has."""
    first: dict[str, tuple[int, float]] = {}
    found = []
    for row, reaction, percent in zip(places, rows["reaction"], rows["yield"], strict=True):
        earlier, before = first.setdefault(reaction, (row, percent))
        if earlier != row:
            reason = (
                f"the reaction of row {earlier + HEAD}, which gave {before:g} %: both are kept, in one part"
            )
            found.append((file, row + HEAD, f"{percent:g}", reason))
    return pl.DataFrame(found, schema=REJECT_SCHEMA, orient="row")


def _place(put: list[tuple[str, str]], role: str) -> int:
    """Where the first component of a role stands; ValueError(reason, text) where there is none."""
    for place, (name, _) in enumerate(put):
        if name == role:
            return place
    raise ValueError(f"the row has no {role}", role)
