"""The prototype of a crystal as databases name it: anonymous formula and space group."""

from collections.abc import Iterable
from math import gcd

import numpy as np

from retort.chemistry.crystal import Crystal

PRECISION = 0.1  # Å; relaxed cells of a database are symmetric to within that


def space_group(crystal: Crystal, precision: float = PRECISION) -> int | None:
    """The international number of the space group by spglib; None where it finds none."""
    import spglib

    cell = (crystal.lattice.tolist(), crystal.positions.tolist(), crystal.numbers.tolist())
    try:
        found = spglib.get_spacegroup(cell, symprec=precision)
    except spglib.SpglibError:
        return None
    return None if found is None else int(found[found.rindex("(") + 1 : -1])


def anonymous(amounts: Iterable[int]) -> str:
    """A formula without its elements, the rarest first: AB2 for TiO2, A2B3 for Bi2Te3."""
    counts = sorted(map(int, amounts))
    divisor = gcd(*counts)
    return "".join(
        chr(ord("A") + place) + (str(count // divisor) if count > divisor else "")
        for place, count in enumerate(counts)
    )


def prototype(crystal: Crystal) -> str:
    """Anonymous formula and number of the space group, as in `AB 225` for rock salt; `AB ?` without one."""
    counts = np.unique(crystal.numbers, return_counts=True)[1]
    group = space_group(crystal)
    return f"{anonymous(counts)} {'?' if group is None else group}"
