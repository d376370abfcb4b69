"""Common ions and their radii."""

from functools import cache

# Charges that an element takes in the compounds of `retort.datasets.crystals_generated`.
CATIONS = {
    **dict.fromkeys(("Li", "Na", "K", "Rb", "Cs", "Ag"), (1,)),
    **dict.fromkeys(("Mg", "Ca", "Sr", "Ba", "Zn", "Cd", "Co", "Ni", "Pb"), (2,)),
    **dict.fromkeys(("Al", "Ga", "In", "Sc", "Y", "La", "Nd", "Gd", "Cr", "Bi"), (3,)),
    **dict.fromkeys(("Si", "Ge", "Ti", "Zr", "Hf", "Sn", "Ce", "Th"), (4,)),
    **dict.fromkeys(("Nb", "Ta", "Sb"), (5,)),
    **dict.fromkeys(("Mo", "W"), (6,)),
    "Cu": (1, 2),
    "Mn": (2, 4),
    "Fe": (2, 3),
    "V": (3, 5),
}
ANIONS = {
    **dict.fromkeys(("F", "Cl", "Br", "I"), (-1,)),
    **dict.fromkeys(("O", "S", "Se", "Te"), (-2,)),
    "N": (-3,),
}
CONVENTIONS = ("coordination", "sixfold")

_ROMAN = {"I": 1, "V": 5, "X": 10}


@cache
def radius(symbol: str, charge: int, coordination: int, convention: str) -> float:
    """Crystal radius of an ion in Å after R. D. Shannon, Acta Cryst. A 32, 751 (1976), from pymatgen.

    Args:
        symbol, charge: the ion.
        coordination: number of nearest counter-ions; where Shannon has no such entry, the nearest number that he has
            (the smaller of two) counts.
        convention: `coordination` does so; `sixfold` takes every ion as six-fold coordinated. High spin where there
            is a choice.

    Raises:
        ValueError: no radius of this ion is known, or the convention is unknown.
    """
    from pymatgen.core import Element

    if convention not in CONVENTIONS:
        raise ValueError(f"radii {convention!r} are unknown. Hint: choose one of {', '.join(CONVENTIONS)}.")
    entries = Element(symbol).data.get("Shannon radii", {}).get(str(charge))
    if not entries:
        raise ValueError(f"Shannon has no radius of {symbol} with charge {charge:+d}. Hint: leave it out.")
    known = {_number(name): spins for name, spins in sorted(entries.items(), reverse=True)}
    wanted = 6 if convention == "sixfold" else coordination
    spins = known[min(known, key=lambda number: (abs(number - wanted), number))]
    spin = next(name for name in ("", "High Spin", "Low Spin") if name in spins)
    return float(spins[spin]["crystal_radius"])


def _number(name: str) -> int:
    """A coordination number from Shannon's notation: VI -> 6, IVSQ (square) -> 4."""
    digits = [_ROMAN[letter] for letter in name if letter in _ROMAN]
    return sum(-one if one < after else one for one, after in zip(digits, [*digits[1:], 0], strict=True))
