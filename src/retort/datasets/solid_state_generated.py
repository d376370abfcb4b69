"""Solid-state reactions that the project makes itself: offline, balanced, and learnable for the right reasons.

Structure types with real ions give charge-balanced targets, mostly series such as La1-xSrxMnO3. An imaginary paper
reports one series, made from one choice of powders; the choice follows the chemistry of `retort.chemistry.solid_state`.
Every reaction is balanced with the gases it takes up or gives off, or it is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl

from retort.chemistry import equations
from retort.chemistry.composition import parse
from retort.chemistry.solid_state import (
    ALKALI,
    ALKALINE_EARTHS,
    FAMILIES,
    HALIDE_CARRIERS,
    TAIL_CHARGES,
    Charge,
    Company,
    Family,
    Site,
    sources,
)
from retort.datasets.errors import DataError
from retort.datasets.prepared import Prepared
from retort.datasets.reactions import RAW_SCHEMA, prepare, read_table
from retort.files import whole

FILE = "reactions.csv"
SEPARATOR = "; "
YEARS = (1990, 2020)
DIGITS = 4  # of the amounts in a formula
GOLDSCHMIDT = 0.15  # ions whose radii differ by more do not form a series

Option = TypeVar("Option")
Occupancy = tuple[
    tuple[str, float, Charge], ...
]  # element, amount, charge of each ion, in the order of the formula


@dataclass(frozen=True)
class Target:
    """A charge-balanced composition."""

    formula: str
    company: Company


def generate(folder: Path, settings: Mapping, seed: int) -> None:
    """Write `reactions.csv` into `folder`, the same to the byte for the same settings and seed.

    Columns: target, precursors (separated by "; "), doi (`generated:<paper>`, no real identifier), year, family,
    charges (of each element, as `La=3 Mn=3.3`), equation.

    Args:
        settings: `systems`, how many series to imagine; `papers`, the mean number of papers on each;
            `compositions`, the most that one paper reports.
        seed: seeds everything that is drawn.

    Raises:
        DataError: a setting is not a positive number, or nothing could be made.
    """
    for name in ("systems", "papers", "compositions"):
        value = settings.get(name)
        if not isinstance(value, int | float) or value < 1:
            raise DataError(
                f"generator setting {name} is {value!r}, expected a number >= 1. Hint: see the dataset's YAML."
            )
    draw = np.random.default_rng(seed)
    papers: list[tuple[int, int, list[dict]]] = []
    for family in _families(draw, int(settings["systems"])):
        series = _series(draw, family)
        for _ in range(draw.geometric(1 / settings["papers"])):
            year = YEARS[0] + int((YEARS[1] - YEARS[0] + 1) * draw.random() ** 0.6)  # more papers every year
            reported = _some(draw, series, int(settings["compositions"]))
            papers.append((year, len(papers), _paper(draw, reported)))
    rows = []
    for number, (year, _, reactions) in enumerate(sorted(papers, key=lambda paper: paper[:2])):
        rows += [{**reaction, "doi": f"generated:{number:06d}", "year": year} for reaction in reactions]
    if not rows:
        raise DataError("the generator made no reaction. Hint: raise `systems`.")
    columns = ("target", "precursors", "doi", "year", "family", "charges", "equation")
    with whole(folder / FILE) as part:
        pl.DataFrame(rows).select(columns).write_csv(part)


def read(folder: Path, settings: Mapping) -> Prepared:
    """Read what `generate` wrote; no part is published.

    Raises:
        SchemaError: the file is missing, empty, or lacks a column.
    """
    table = read_table(folder / FILE, ("target", "precursors", "doi", "year"))
    raw = table.with_columns(
        pl.col("precursors").str.split(SEPARATOR),
        pl.col("year").cast(pl.Int32, strict=False),
        published_part=pl.lit(None, dtype=pl.String),
        problem=pl.lit(None, dtype=pl.String),
    )
    return prepare(raw.select(list(RAW_SCHEMA)), file=FILE, prefix="solid_state_generated")


def _families(draw: np.random.Generator, count: int) -> list[Family]:
    weights = np.array([family.weight for family in FAMILIES])
    return [FAMILIES[index] for index in draw.choice(len(FAMILIES), size=count, p=weights / weights.sum())]


def _some(draw: np.random.Generator, series: Sequence[Target], most: int) -> list[Target]:
    """A few members of a series, in its order."""
    if not series:
        return []
    count = min(len(series), int(draw.integers(1, most + 1)))
    chosen = np.sort(draw.choice(len(series), size=count, replace=False))
    return [series[index] for index in chosen]


def _series(draw: np.random.Generator, family: Family) -> list[Target]:
    """One structure type with its ions chosen: a single compound, or a solid solution on one of its sites.

    All members hold the same elements, so a series lies in one chemical system.
    """
    bases = [_pick(draw, list(site.ions)) for site in family.sites]
    partners = [_partners(site, base) for site, base in zip(family.sites, bases, strict=True)]
    open_sites = [index for index, found in enumerate(partners) if found]
    mixed = _pick(draw, open_sites) if open_sites and draw.random() < 0.75 else None
    if mixed is None:
        return _valid(
            [
                _target(
                    family, [_occupy(site, {base: 1}) for site, base in zip(family.sites, bases, strict=True)]
                )
            ]
        )
    site, base = family.sites[mixed], bases[mixed]
    guests = [_pick(draw, partners[mixed])]
    if family.name == "nickel-rich layered oxide" and draw.random() < 0.6:
        guests = ["Co", "Mn"]  # the NMC cathodes
    levels = site.levels if guests[0] in site.dopants else (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    targets = []
    for level in levels:
        if level * len(guests) >= 1:
            continue
        occupants = {base: 1 - level * len(guests)} | dict.fromkeys(guests, level)
        filled = [_occupy(other, {ion: 1}) for other, ion in zip(family.sites, bases, strict=True)]
        filled[mixed] = _occupy(site, occupants)
        targets.append(_target(family, filled))
    return _valid(targets)


def _pick(draw: np.random.Generator, options: Sequence[Option]) -> Option:
    return options[int(draw.integers(len(options)))]


def _partners(site: Site, base: str) -> list[str]:
    """The ions that may replace part of `base`: dopants, and ions of the site of similar size (Goldschmidt)."""
    dopants = [
        ion
        for ion in site.dopants
        if ion != base and not (ion == "Eu" and site.dopants[ion] == 2 and not _large(base))
    ]
    alike = [ion for ion in site.ions if ion not in (base, *dopants) and _alike(ion, base, site.ions[base])]
    return dopants + (alike if site.mixes else [])


def _large(ion: str) -> bool:
    return ion in ALKALINE_EARTHS  # Eu2+ has the size of Sr2+


@cache
def _alike(ion: str, base: str, charge: Charge) -> bool:
    from pymatgen.core import Element

    state = charge if isinstance(charge, int) else 3
    one, other = Element(ion).ionic_radii.get(state), Element(base).ionic_radii.get(state)
    return one is None or other is None or abs(one - other) <= GOLDSCHMIDT * max(one, other)


def _occupy(site: Site, shares: Mapping[str, float]) -> Occupancy:
    charges = {**site.dopants, **site.ions}
    return tuple((ion, site.amount * share, charges[ion]) for ion, share in shares.items())


def _valid(targets: Sequence[Target | None]) -> list[Target]:
    return [target for target in targets if target is not None]


def _target(family: Family, sites: Sequence[Occupancy]) -> Target | None:
    """The target with these ions, its last degree of freedom set by charge balance; None where none is possible."""
    ions = [ion for site in sites for ion in site]
    tail = parse(family.tail) if family.tail else {}
    fixed = sum(amount * TAIL_CHARGES[element] for element, amount in tail.items())
    flexible = [(ion, amount, charge) for ion, amount, charge in ions if isinstance(charge, tuple)]
    settled = [(ion, amount, charge) for ion, amount, charge in ions if not isinstance(charge, tuple)]
    if family.adjusts:
        adjusted = ions[0][0] if family.adjusts == "alkali" else family.adjusts
        rest = fixed + sum(amount * charge for ion, amount, charge in settled if ion != adjusted)
        settled = [
            (ion, -rest / charge if ion == adjusted else amount, charge) for ion, amount, charge in settled
        ]
    else:
        rest = fixed + sum(amount * charge for _, amount, charge in settled)
        if flexible:
            ((buffer, room, (low, high)),) = flexible
            found = -rest / room
            if not low - 1e-9 <= found <= high + 1e-9:
                return None
            settled = [
                (ion, amount, found if ion == buffer or isinstance(charge, tuple) else charge)
                for ion, amount, charge in ions
            ]
        elif abs(rest) > 1e-9:
            return None
    if any(amount <= 0 for _, amount, _ in settled):
        return None
    formula = "".join(ion + _amount(amount) for ion, amount, _ in settled) + family.tail
    charges = {element: TAIL_CHARGES[element] for element in tail} | {
        ion: float(charge) for ion, _, charge in settled
    }
    return Target(formula, Company(family.name, parse(formula), charges))


def _amount(value: float) -> str:
    text = f"{value:.{DIGITS}f}".rstrip("0").rstrip(".")
    return "" if text == "1" else text


def _paper(draw: np.random.Generator, targets: Sequence[Target]) -> list[dict]:
    """The reactions of one paper: one choice of powders for all targets, those left out that do not balance."""
    if not targets:
        return []
    habit = float(draw.random())  # chalcogenides: from the elements, or from binary compounds
    luck = {
        symbol: float(draw.random()) for symbol in sorted({s for t in targets for s in t.company.amounts})
    }
    reactions = []
    for target in targets:
        precursors = _powders(target.company, luck, from_elements=habit < 0.8)
        coefficients = _balance(tuple(precursors), target)
        if coefficients is None:
            continue
        used = [formula for formula in coefficients if formula in (*precursors, "S")]
        reactions.append(
            {
                "target": target.formula,
                "precursors": SEPARATOR.join(used),
                "family": target.company.family,
                "charges": " ".join(
                    f"{symbol}={charge:.6g}" for symbol, charge in target.company.charges.items()
                ),
                "equation": equations.write(coefficients),
            }
        )
    return reactions


def _powders(company: Company, luck: Mapping[str, float], *, from_elements: bool) -> list[str]:
    """One source per element, in the order of the formula; each element's luck picks among its sources."""
    wanted = [symbol for symbol in company.amounts if symbol not in ("O", "H")]
    elements = from_elements or company.has("Se", "Te")
    if not company.oxidic and (company.has("F", "N", *ALKALI, *ALKALINE_EARTHS) or not elements):
        wanted = [symbol for symbol in wanted if symbol not in ("F", "N", "S")]
    chosen: dict[str, str] = {}
    remaining = dict(company.amounts)
    for halogen in ("F", "Cl"):
        if company.oxidic and halogen in wanted:
            wanted.remove(halogen)
            carrier = max(
                (symbol for symbol in HALIDE_CARRIERS if symbol in remaining),
                key=lambda symbol: remaining[symbol],
            )
            valence = 1 if carrier in ALKALI else 2
            chosen[halogen] = carrier + halogen + ("" if valence == 1 else str(valence))
            remaining[carrier] -= company.amounts[halogen] / valence
    if company.family == "olivine" and luck["P"] > 0.92:  # the short cut for 1 Li : 1 P
        wanted = [symbol for symbol in wanted if symbol not in ("Li", "P")]
        chosen["Li"] = "LiH2PO4"
    ammonium = False
    for symbol in sorted(wanted, key=lambda symbol: symbol != "P"):
        if remaining[symbol] < 1e-6:
            continue
        choices = sources(symbol, company, from_elements=from_elements)
        edges = np.cumsum([share for _, share in choices])
        formula = choices[min(int(np.searchsorted(edges, luck[symbol], side="right")), len(choices) - 1)][0]
        if "NO3" in formula and (ammonium or "P" in company.amounts or "V" in company.amounts):
            formula = choices[0][0]  # nobody fires nitrates with ammonium salts
        ammonium = ammonium or "NH4" in formula
        chosen[symbol] = formula
    order = {symbol: rank for rank, symbol in enumerate(company.amounts)}
    return list(dict.fromkeys(chosen[symbol] for symbol in sorted(chosen, key=order.__getitem__)))


@cache
def _balanced(precursors: tuple[str, ...], formula: str, gases: tuple[str, ...]) -> dict[str, float] | None:
    return equations.balance(precursors, formula, gases)


def _balance(precursors: tuple[str, ...], target: Target) -> dict[str, float] | None:
    """The equation with the gases that this chemistry gives off, or None."""
    company = target.company
    if len(precursors) < 2:
        return None
    if not company.oxidic:
        found = _balanced(precursors, target.formula, ("N2",) if company.has("N") else ())
        if found is None and company.has("S") and "S" not in precursors:
            found = _balanced((*precursors, "S"), target.formula, ())
        return found
    brought = [parse(formula) for formula in precursors]
    gases = []
    if any("C" in amounts for amounts in brought):
        gases.append("CO2")
    if company.reduced or any("H" in amounts for amounts in brought):
        gases.append("H2O")
    if any("NH4" in formula for formula in precursors):
        gases.append("NH3")
    if any("NO3" in formula for formula in precursors):
        gases.append("NO2")
    if company.reduced:
        gases.append("H2")
    elif not company.inert:
        gases.append("O2")
    elif "CO2" in gases:
        gases.append("CO")
    found = _balanced(precursors, target.formula, tuple(gases))
    if found is None or any(found.get(gas, 0.0) < 0 for gas in ("CO2", "H2O", "NH3", "NO2", "CO")):
        return None  # a by-product that would have to be consumed
    if found.get("H2", 0.0) > 0:
        return None  # hydrogen is there to reduce
    return found
