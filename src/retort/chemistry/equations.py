"""Balanced equations of solid-state reactions."""

from collections.abc import Mapping, Sequence

import numpy as np

from retort.chemistry.composition import parse

TOLERANCE = 1e-6


def balance(precursors: Sequence[str], target: str, gases: Sequence[str]) -> dict[str, float] | None:
    """Coefficients of the one equation that makes one formula unit of `target`, or None where there is none.

    Negative for what is consumed, positive for what forms; a gas may be either, and those that take no part are left
    out. None too when a precursor is not consumed, or when several independent equations exist, since the by-products
    would then be anyone's choice.
    """
    from pymatgen.analysis.reaction_calculator import Reaction, ReactionError
    from pymatgen.core import Composition

    species = [*precursors, target, *gases]
    amounts = [parse(formula) for formula in species]
    elements = sorted({element for composition in amounts for element in composition})
    matrix = np.array([[composition.get(element, 0.0) for element in elements] for composition in amounts])
    if np.linalg.matrix_rank(matrix, tol=1e-8) != len(species) - 1:
        return None
    compositions = [Composition(composition) for composition in amounts]
    count = len(precursors)
    try:
        reaction = Reaction(compositions[:count], compositions[count:])
    except ReactionError:
        return None
    found = dict(zip(reaction.all_comp, reaction.coeffs, strict=True))
    made = found.get(compositions[count], 0.0)
    if abs(made) < TOLERANCE:
        return None
    coefficients = {
        formula: found.get(composition, 0.0) / made
        for formula, composition in zip(species, compositions, strict=True)
    }
    if any(coefficients[formula] > -TOLERANCE for formula in precursors):
        return None
    return {formula: float(value) for formula, value in coefficients.items() if abs(value) > TOLERANCE}


def write(coefficients: Mapping[str, float]) -> str:
    """An equation as text: `0.5 Li2CO3 + 0.333333 Co3O4 + 0.0833333 O2 -> LiCoO2 + 0.5 CO2`."""
    left = [_term(-value, formula) for formula, value in coefficients.items() if value < 0]
    right = [_term(value, formula) for formula, value in coefficients.items() if value > 0]
    return f"{' + '.join(left)} -> {' + '.join(right)}"


def _term(value: float, formula: str) -> str:
    return formula if abs(value - 1) < TOLERANCE else f"{value:.6g} {formula}"
