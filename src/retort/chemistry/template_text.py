"""Sentences about a generated crystal, in the manner of Robocrystallographer, in a fraction of a millisecond.

They hold what its texts hold: formula, structure type, space group, who is bonded to how many of whom in which
geometry, and bond lengths.
"""

from functools import cache

import numpy as np

from retort.chemistry.composition import SYMBOLS
from retort.chemistry.naming import pretty_amounts
from retort.chemistry.prototypes import Prototype
from retort.chemistry.structure_types import STRUCTURE_TYPES

COUNTS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
GEOMETRIES = {
    2: "linear",
    3: "trigonal planar",
    4: "tetrahedral",
    6: "octahedral",
    8: "body-centered cubic",
    12: "cuboctahedral",
}


def describe(structure_type: str, lattice: np.ndarray, numbers: np.ndarray) -> str:
    """The sentences about a crystal of a known structure type.

    Args:
        structure_type: name of one of `retort.chemistry.structure_types`.
        lattice: (3, 3), cell vectors as rows, in Å.
        numbers: (sites,) atomic numbers in the order of the type's sites.

    Raises:
        ValueError: an unknown structure type, or another number of sites than it has.
    """
    prototype = _types().get(structure_type)
    if prototype is None:
        raise ValueError(
            f"structure type {structure_type!r} is unknown. Hint: see retort.chemistry.structure_types."
        )
    symbols = [SYMBOLS[number - 1] for number in numbers]
    if len(symbols) != len(prototype.letters):
        raise ValueError(f"{structure_type} has {len(prototype.letters)} sites, the crystal {len(symbols)}.")
    formula = pretty_amounts({symbol: symbols.count(symbol) for symbol in sorted(set(symbols))})
    ions = dict(zip(prototype.letters, symbols, strict=True))
    scale = abs(np.linalg.det(lattice) / np.linalg.det(prototype.lattice)) ** (1 / 3)
    sentences = [
        f"{formula} is {structure_type} structured and crystallizes in the {prototype.space_group} space group.",
        *(_site(prototype, letter, ions, scale) for letter in prototype.roles),
    ]
    return " ".join(sentences)


def _site(prototype: Prototype, letter: str, ions: dict[str, str], scale: float) -> str:
    """Who the ions of one role are bonded to: their nearest counter-ions."""
    role = prototype.roles[letter]
    counter = [other for other in prototype.roles if prototype.roles[other].kind != role.kind]
    nearest = min(counter, key=lambda other: prototype.distances[letter, other])
    length = scale * prototype.distances[letter, nearest]
    count = role.coordination
    geometry = GEOMETRIES.get(count, f"{count}-coordinate")
    article = "an" if geometry[0] in "aeio8" else "a"
    here, there = f"{ions[letter]}(1)", f"{ions[nearest]}(1)"
    return (
        f"{here} is bonded in {article} {geometry} geometry to {COUNTS[count]} {there} atoms. "
        f"The shortest {here}-{there} bond length is {length:.2f} Å."
    )


@cache
def _types() -> dict[str, Prototype]:
    return {prototype.name: prototype for prototype in STRUCTURE_TYPES}
