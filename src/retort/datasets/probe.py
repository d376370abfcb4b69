"""Generated crystals with labels whose truth is known: how much composition and how much structure tell of each.

The crystals are those of `retort.datasets.crystals_generated`. The probe is

    E(a) = a E_composition + (1 - a) E_structure,

both standardised over the rows. E_composition is a sum over the elements of values that are drawn for each, less what
anonymous formula, structure types and volume explain of it: nothing that leaves out the elements' names tells it.
E_structure is a lattice sum of the structure type alone, in units of its shortest distance: nothing that knows only
the formula tells two polymorphs apart by it. So at a = 1 a text without elements falls to the guess of the median,
at a = 0 the elements are worth nothing, and composition orders polymorphs as a coin does, whatever a.

The columns bear the names of AFLOW's properties (`retort.datasets.aflow`), so that one study reads both.
"""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import polars as pl

from retort.chemistry.anions import anion
from retort.chemistry.composition import ATOMIC_NUMBER, parse
from retort.chemistry.prototypes import IMAGES, Prototype
from retort.chemistry.structure_types import STRUCTURE_TYPES
from retort.datasets import crystals, crystals_generated
from retort.datasets.crystal_pool import lowest
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import Prepared
from retort.datasets.reactions import read_table

SHARES = {"bulk": 1.0, "shear": 0.5, "debye": 0.0}  # a of E(a)
APART = 0.1  # polymorphs that differ by more in `shear` are a pair
VALID = 0.15  # of the other records
HEAVY = ("Se", "Te")  # anions of what counts as measured
QUERIES = 3


def read(folder: Path, settings: Mapping) -> Prepared:
    """The generated crystals with `structure_type` and six labels, or those of a question about them.

    Labels: `energy`, Ewald energy in eV/atom; `gap`, the difference of potential between anions and cations in V;
    `bulk`, `shear` and `debye`, the probe at a = 1, 0.5 and 0; `expansion`, log10 of the volume per atom in Å³.

    Args:
        folder: holds `crystals.csv`, as `crystals_generated` writes it.
        settings: `rows`:
            - `all` (default);
            - `pairs`: with `pair`, whether another polymorph differs by more than 0.1 in `shear`. Such records are
              the part test, the others train and valid;
            - `families`: the polymorph of lowest energy of each composition, with the columns of
              `retort.datasets.thermoelectrics`. What was measured are selenides and tellurides.

    Raises:
        SchemaError: the file is missing, empty, or lacks a column; or unknown `rows`.
    """
    chosen: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
        "all": _all,
        "pairs": _pairs,
        "families": _families,
    }
    wanted = settings.get("rows", "all")
    if wanted not in chosen:
        raise SchemaError(
            f"rows: {wanted!r}, expected one of {', '.join(chosen)}. Hint: see the dataset's YAML."
        )
    read = crystals_generated.read(folder, {"prefix": "probe"})
    raw = read_table(folder / crystals_generated.FILE, ("prototype",)).with_row_index("place")
    number = pl.col("place").cast(pl.String).str.zfill(6)
    types = raw.select(pl.format("probe-{}", number).alias("id"), pl.col("prototype").alias("structure_type"))
    rows = read.rows.join(types, on="id", how="left", maintain_order="left")
    return Prepared(chosen[wanted](_labelled(rows)), read.rejects)


def _labelled(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the six labels; all of them are needed, for two are standardised over them."""
    lattices = np.array(rows["lattice"].to_list()).reshape(-1, 3, 3)
    volume = np.log10(np.abs(np.linalg.det(lattices)) / rows["sites"].to_numpy())
    composition = _standardised(_of_elements(rows, volume))
    lattice_sums = {prototype.name: lattice_sum(prototype) for prototype in STRUCTURE_TYPES}
    structure = _standardised(np.array([lattice_sums[name] for name in rows["structure_type"]]))
    probes = {name: np.round(a * composition + (1 - a) * structure, 6) for name, a in SHARES.items()}
    labels = {
        "energy": rows["ewald_energy"],
        "gap": rows["potential_difference"],
        **{name: pl.Series(values) for name, values in probes.items()},
        "expansion": pl.Series(np.round(volume, 6)),
    }
    return rows.select(*crystals.SCHEMA, "structure_type").with_columns(**labels)


def lattice_sum(prototype: Prototype) -> float:
    """The mean over sites of sum exp(-(r / d)²) over their neighbours, d being the shortest distance of the type.

    It counts near neighbours, and tells types of equal coordination apart by the farther ones.
    """
    apart = prototype.positions[None, :, None] + IMAGES - prototype.positions[:, None, None]
    lengths = np.linalg.norm(apart @ prototype.lattice, axis=-1)  # (sites, sites, 125)
    lengths[lengths < 1e-6] = np.inf  # a site and itself
    return float(np.exp(-((lengths / lengths.min()) ** 2)).sum(axis=(1, 2)).mean())


def _of_elements(rows: pl.DataFrame, volume: np.ndarray) -> np.ndarray:
    """For each row a value that its composition fixes: of the elements, less what needs none of their names.

    The residual of a regression over compositions (not rows, so that polymorphs agree) on anonymous formula, on which
    structure types occur, and on the mean volume.
    """
    formulas = rows["formula"].unique(maintain_order=True).to_list()
    place = {formula: number for number, formula in enumerate(formulas)}
    of_row = np.array([place[formula] for formula in rows["formula"]])
    amounts = [parse(formula) for formula in formulas]
    value = np.array(
        [
            sum(n * _drawn("element", symbol) for symbol, n in each.items()) / sum(each.values())
            for each in amounts
        ]
    )
    anonymous = ["".join(f"{n:g}," for n in sorted(each.values())) for each in amounts]
    explained = np.concatenate(
        [
            _indicators(anonymous),
            _occurring(of_row, rows["structure_type"].to_list()),
            (np.bincount(of_row, volume) / np.bincount(of_row))[:, None],
        ],
        axis=1,
    )
    fitted, *_ = np.linalg.lstsq(explained, value, rcond=None)
    return (value - explained @ fitted)[of_row]


def _drawn(*names: str) -> float:
    """A number from 0 to 1 that follows from the names alone."""
    return int(hashlib.sha256(":".join(names).encode()).hexdigest()[:8], 16) / 2**32


def _indicators(names: list[str]) -> np.ndarray:
    """A column of zeros and ones for each distinct name, (len(names), distinct)."""
    distinct = sorted(set(names))
    return np.array([[name == other for other in distinct] for name in names], dtype=float)


def _occurring(of_row: np.ndarray, types: list[str]) -> np.ndarray:
    """Whether a composition, by its number, occurs in each structure type: (compositions, types)."""
    found = np.zeros((of_row.max() + 1, len(set(types))))
    found[of_row, np.unique(types, return_inverse=True)[1]] = 1
    return found


def _standardised(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / values.std()


def _all(rows: pl.DataFrame) -> pl.DataFrame:
    return rows


def _shares(name: str, of: pl.Series) -> pl.Series:
    """`_drawn` of a word and each string."""
    return pl.Series([_drawn(name, text) for text in of], dtype=pl.Float64)


def _pairs(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `pair` and `published_part`."""
    here = pl.col("shear")
    far = here.max().over("composition") - here.min().over("composition") > APART
    valid = _shares("valid", rows["composition"]) < VALID
    part = pl.when("pair").then(pl.lit("test")).when(valid).then(pl.lit("valid")).otherwise(pl.lit("train"))
    return rows.with_columns(pair=far).with_columns(published_part=part)


def _families(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a composition, with the columns of `retort.datasets.thermoelectrics`."""
    rows = lowest(rows.with_columns(formation_energy=pl.col("energy"))).drop("formation_energy")
    amounts = [parse(formula) for formula in rows["formula"]]
    anions = pl.Series([anion(each) for each in amounts])
    atomic = [
        sum(n * ATOMIC_NUMBER[symbol] for symbol, n in each.items()) / sum(each.values()) for each in amounts
    ]
    drawn = {
        name: _shares(name, rows["formula"]) for name in ("merit", "exact", "known", "year", "mentioned")
    }
    merit = pl.Series(atomic) / 40 * (0.5 + drawn["merit"])
    host = anions.is_in(HEAVY)
    query = host & (drawn["merit"] >= drawn["merit"].filter(host).sort()[-QUERIES])
    part = pl.when("query").then(pl.lit("train")).when("host").then(pl.lit("test")).otherwise(pl.lit("valid"))
    return rows.with_columns(
        query=query,
        host=host,
        exact=host & (drawn["exact"] < 0.7),
        zt=pl.when(host).then(merit.round(3)),
        power_factor=pl.when(drawn["known"] < 0.5).then((20 * merit).round(3)),
        first_year=pl.when(host).then((1995 + 30 * drawn["year"]).cast(pl.Int64)),
        anion=anions,
        prototype=pl.col("structure_type"),
        mentioned=host | (drawn["mentioned"] < 0.2),
    ).with_columns(published_part=part)
