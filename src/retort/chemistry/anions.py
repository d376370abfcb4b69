"""Which element of a compound plays the anion."""

from collections.abc import Iterable

from retort.chemistry.composition import electronegativity

# Lead is more electronegative than tellurium in Pauling's numbers, and yet the cation of PbTe.
FORMERS = frozenset(
    ("H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "Ge", "As", "Se", "Br", "Sb", "Te", "I")
)


def anion(elements: Iterable[str]) -> str:
    """The most electronegative non-metal or metalloid, without one the most electronegative element."""
    elements = list(elements)
    return max([one for one in elements if one in FORMERS] or elements, key=electronegativity)
