"""Crystals that the project makes itself: structure types, real ions, and an energy that is computed, not invented.

Each structure type in which the ions of a composition fit gives one of its polymorphs: hard ions of tabulated radii
set the size of the cell, Ewald summation of the formal charges gives the energy. Charges and radii fix most of it, so
that composition tells much; which polymorph it is, only the structure tells.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import polars as pl

from retort.chemistry.composition import ATOMIC_NUMBER, FormulaError, parse
from retort.chemistry.decoration import Composition, Decorated, compositions, labels, pattern, polymorphs
from retort.chemistry.ions import CONVENTIONS
from retort.datasets import crystals
from retort.datasets.errors import DataError
from retort.datasets.prepared import REJECT_SCHEMA, Prepared
from retort.datasets.reactions import read_table
from retort.files import whole

FILE = "crystals.csv"
PROPERTIES = ("ewald_energy", "potential_difference")
COLUMNS = ("formula", "prototype", "charges", "lattice", "numbers", "positions", *PROPERTIES)
DECIMALS = {"lattice": 6, "positions": 8, "energy": 6}


def generate(folder: Path, settings: Mapping, seed: int) -> None:
    """Write `crystals.csv` into `folder`, the same to the byte for the same settings and seed.

    Columns: formula, prototype, charges (of each element, as `Na=1 Cl=-1`), lattice (9 numbers, Å), numbers and
    positions (space-separated), ewald_energy (eV/atom), potential_difference (V).

    Args:
        settings: `rows`, how many crystals; `polymorphs`, the most of one composition; `radii`, a convention of
            `retort.chemistry.ions.radius`; `expansion`, a factor on every radius; `scatter`, the standard deviation
            of the drawn relative change of each cell's lengths, as temperature and pressure would make; `looseness`,
            how far the nearest counter-ion of an ion may be, in units of the sum of their radii.
        seed: seeds everything that is drawn.

    Raises:
        DataError: a setting is out of range, or there are not enough compositions.
    """
    _check(settings)
    draw = np.random.default_rng(seed)
    rows: list[dict] = []
    for fitting in _drawn(draw, settings):
        count = min(len(fitting), int(draw.integers(1, settings["polymorphs"] + 1)))
        for index in np.sort(draw.choice(len(fitting), size=count, replace=False)):
            factor = settings["expansion"] * (1 + settings["scatter"] * draw.standard_normal())
            rows.append(_record(fitting[index], factor, settings["radii"]))
        if len(rows) >= settings["rows"]:
            break
    else:
        raise DataError(
            f"only {len(rows)} crystals can be made, {settings['rows']} were asked for. "
            "Hint: lower `rows`, or raise `polymorphs` or `looseness`."
        )
    with whole(folder / FILE) as part:
        pl.DataFrame(rows[: settings["rows"]]).select(COLUMNS).write_csv(part)


def read(folder: Path, settings: Mapping) -> Prepared:
    """Read what `generate` wrote; no part is published.

    Args:
        folder: holds `crystals.csv`.
        settings: `structures`, false to leave them unread (null); `prefix` of the ids (default `crystals`).

    Raises:
        SchemaError: the file is missing, empty, or lacks a column.
    """
    structures, prefix = settings.get("structures", True), settings.get("prefix", "crystals")
    rows, rejects = [], []
    for number, record in enumerate(read_table(folder / FILE, COLUMNS).iter_rows(named=True)):
        try:
            lists = {
                name: [kind(value) for value in (record[name] or "").split()]
                for name, kind in (("lattice", float), ("numbers", int), ("positions", float))
            }
            sites = len(lists["numbers"])
            if len(lists["lattice"]) != 9 or len(lists["positions"]) != 3 * sites or not sites:
                raise ValueError(f"{sites} sites do not go with the numbers of the lattice and the positions")
            named = crystals.names(parse(record["formula"] or ""))
            labels = {name: float(record[name] or "nan") for name in PROPERTIES}
            if not all(np.isfinite(value) for value in labels.values()):
                raise ValueError("a property is no finite number")
            row = {
                "id": f"{prefix}-{number:06d}",
                **named,
                "sites": sites,
                **(lists if structures else dict.fromkeys(lists)),
                **labels,
            }
        except (FormulaError, ValueError) as error:
            rejects.append({"file": FILE, "row": number, "value": record["formula"], "reason": str(error)})
            continue
        rows.append(row)
    return Prepared(
        crystals.table(rows, PROPERTIES, published=False), pl.DataFrame(rejects, schema=REJECT_SCHEMA)
    )


def _drawn(draw: np.random.Generator, settings: Mapping) -> Iterator[list[Decorated]]:
    """The fitting polymorphs of one composition after the other, patterns in turn as long as they last."""
    groups = defaultdict(list)
    for composition in compositions():
        groups[pattern(composition)].append(composition)
    waiting = [_fitting(group, draw.permutation(len(group)), settings) for group in groups.values()]
    while waiting:
        for group in tuple(waiting):
            fitting = next(group, None)
            if fitting is None:
                waiting.remove(group)
            else:
                yield fitting


def _fitting(group: list[Composition], order: np.ndarray, settings: Mapping) -> Iterator[list[Decorated]]:
    """In the order given, the polymorphs of each composition whose ions touch closely enough; none is left out."""
    for index in order:
        fitting = [
            decorated
            for decorated in polymorphs(group[index])
            if decorated.prototype.looseness(decorated.radii(settings["radii"])) <= settings["looseness"]
        ]
        if fitting:
            yield fitting


def _record(decorated: Decorated, factor: float, convention: str) -> dict:
    prototype = decorated.prototype
    length = factor * prototype.scale(decorated.radii(convention))
    lattice = np.round(prototype.lattice * length, DECIMALS["lattice"]) + 0.0
    positions = np.round(prototype.positions, DECIMALS["positions"])
    energy, difference = labels(decorated, lattice, positions)
    amounts = Counter(decorated.symbols)
    return {
        "formula": crystals.names(amounts)["formula"],
        "prototype": prototype.name,
        "charges": " ".join(f"{symbol}={charge}" for symbol, charge in decorated.ions.values()),
        "lattice": " ".join(f"{value:.{DECIMALS['lattice']}f}" for value in lattice.ravel()),
        "numbers": " ".join(str(ATOMIC_NUMBER[symbol]) for symbol in decorated.symbols),
        "positions": " ".join(f"{value:.{DECIMALS['positions']}f}" for value in positions.ravel()),
        "ewald_energy": round(float(energy), DECIMALS["energy"]),
        "potential_difference": round(float(difference), DECIMALS["energy"]),
    }


def _check(settings: Mapping) -> None:
    bounds = {
        "rows": (1, 10**6),
        "polymorphs": (1, 100),
        "expansion": (0.5, 2),
        "scatter": (0, 0.1),
        "looseness": (1, 2),
    }
    for name, (low, high) in bounds.items():
        value = settings.get(name)
        whole = name in ("rows", "polymorphs")
        if (
            isinstance(value, bool)
            or not isinstance(value, int if whole else int | float)
            or not low <= value <= high
        ):
            kind = "a whole number" if whole else "a number"
            raise DataError(
                f"generator setting {name} is {value!r}, expected {kind} from {low} to {high}. "
                "Hint: see the dataset's YAML."
            )
    if settings.get("radii") not in CONVENTIONS:
        raise DataError(
            f"generator setting radii is {settings.get('radii')!r}, expected one of {', '.join(CONVENTIONS)}. "
            "Hint: see the dataset's YAML."
        )
