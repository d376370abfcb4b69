"""Formulas as chemists type them."""

_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋₍₎", "0123456789+-()")


def plain(formula: str) -> str:
    """A formula with its subscripts as digits: Fe₂O₃ is Fe2O3."""
    return formula.translate(_DIGITS)
