"""Formulas as chemists type them."""

SUBSCRIPTS, DIGITS = "₀₁₂₃₄₅₆₇₈₉₊₋₍₎", "0123456789+-()"
_WRITTEN = str.maketrans(SUBSCRIPTS, DIGITS)


def plain(formula: str) -> str:
    """A formula with its subscripts as digits: Fe₂O₃ is Fe2O3."""
    return formula.translate(_WRITTEN)
