"""What a user asks about: a formula, an id of the pool, or a crystal of the user's own."""

import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retort.asking import AskError, plain
from retort.chemistry.composition import ATOMIC_NUMBER, FormulaError, key, parse
from retort.chemistry.crystal import Crystal
from retort.chemistry.naming import pretty_amounts
from retort.studies.discovery.represent import HIGHEST_ELEMENT

ID = re.compile(r"[a-z][a-z0-9_]*-\d+")  # what looks like one, such as mp-19717


@dataclass(frozen=True)
class Query:
    """A composition, and a structure where one was given.

    Attributes:
        name: as it was asked.
        amounts: of each element.
        crystal: of the user's own.
        of_pool: an id was asked, so that the structure is that of the pool.
    """

    name: str
    amounts: dict[str, float]
    crystal: Crystal | None = None
    of_pool: bool = False

    @property
    def composition(self) -> str:
        return key(self.amounts)

    @property
    def has_structure(self) -> bool:
        return self.of_pool or self.crystal is not None


def read(text: str, crystal: Crystal | None, ids: dict[str, str]) -> Query:
    """The query of a text, perhaps with a crystal of its composition.

    Args:
        text: a formula, or one of `ids`.
        ids: the formula of each id of the pool.

    Raises:
        AskError: it cannot be read, or text and crystal are of two compositions.
    """
    try:
        amounts = parse(ids.get(text, plain(text)))
    except FormulaError as error:
        if ID.fullmatch(text):
            raise AskError(
                f"{text}: no material of the pool has this id. Hint: a formula such as PbTe, or --crystal file.cif"
            ) from None
        raise AskError(f"{error} Or an id of the pool, such as {next(iter(ids), 'mp-19717')}") from None
    if crystal is not None and key(own := amounts_of(crystal)) != key(amounts):
        raise AskError(f"the crystal is of {pretty_amounts(own)}, not of {text}. Hint: give one of the two")
    return Query(text, amounts, crystal, of_pool=crystal is None and text in ids)


def amounts_of(crystal: Crystal) -> dict[str, float]:
    """Of each element of a crystal."""
    return {name: float(count) for name, count in crystal.amounts().items()}


def read_crystal(file: Path) -> Crystal:
    """The primitive cell of the first structure of a CIF, in any space group.

    Raises:
        AskError: it cannot be read, has no structure, or a site that several elements share.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AskError(f"{file}: {getattr(error, 'strerror', None) or error}") from None
    from pymatgen.io.cif import CifParser

    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # rounded coordinates, missing symmetry: a structure follows, or an error
        try:
            structure = CifParser.from_str(text).parse_structures(primitive=True)[0]
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
            why = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".!")
            raise AskError(
                f"{file}: no crystal can be read: {why}. Hint: a CIF with cell and sites"
            ) from None
    if not structure.is_ordered:
        raise AskError(
            f"{file}: a site is shared or partly empty. Hint: give an ordered cell of the compound"
        )
    numbers = np.array([site.specie.Z for site in structure], np.int64)
    return Crystal(np.array(structure.lattice.matrix), numbers, np.array(structure.frac_coords) % 1.0)


def amounts_rows(compositions: list[dict[str, float]]) -> np.ndarray:
    """(M, 119) float64 atomic fractions by atomic number, as `represent.fractions` has them."""
    rows = np.zeros((len(compositions), HIGHEST_ELEMENT + 1))
    for row, amounts in zip(rows, compositions, strict=True):
        for symbol, amount in amounts.items():
            row[ATOMIC_NUMBER[symbol]] = amount
    return rows / np.maximum(rows.sum(axis=1, keepdims=True), 1e-12)
