"""Magpie-style features of a composition: six statistics of 22 elemental properties.

After L. Ward, A. Agrawal, A. Choudhary, C. Wolverton, npj Comput. Mater. 2, 16028 (2016). Magpie's own tables are not
in pymatgen. Eighteen properties have their counterpart there (Slater's atomic radius stands for the covalent radius).
The four that come from density-functional ground states are replaced by tabulated ones: volume per atom by molar
volume; band gap, magnetic moment and space group by ionisation energy, electron affinity and van der Waals radius.
"""

import warnings
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from retort.chemistry.composition import SYMBOLS

if TYPE_CHECKING:
    from pymatgen.core import Element

PROPERTIES = (
    "number",
    "mendeleev_number",
    "atomic_weight",
    "melting_temperature",
    "column",
    "row",
    "atomic_radius",
    "electronegativity",
    "s_valence",
    "p_valence",
    "d_valence",
    "f_valence",
    "valence",
    "s_unfilled",
    "p_unfilled",
    "d_unfilled",
    "f_unfilled",
    "unfilled",
    "molar_volume",
    "ionization_energy",
    "electron_affinity",
    "van_der_waals_radius",
)
STATISTICS = ("minimum", "maximum", "range", "mean", "average_deviation", "mode")
NAMES = tuple(f"{statistic} {name}" for name in PROPERTIES for statistic in STATISTICS)

_CAPACITY = {"s": 2, "p": 6, "d": 10, "f": 14}
_ATTRIBUTES = {
    "number": "Z",
    "mendeleev_number": "mendeleev_no",
    "atomic_weight": "atomic_mass",
    "melting_temperature": "melting_point",
    "column": "group",
    "row": "row",
    "atomic_radius": "atomic_radius",
    "molar_volume": "molar_volume",
    "ionization_energy": "ionization_energy",
    "electron_affinity": "electron_affinity",
    "van_der_waals_radius": "van_der_waals_radius",
}


def features(fractions: np.ndarray, elements: Sequence[str]) -> np.ndarray:
    """Features in the order of `NAMES`: float32 of shape (N, 132).

    Args:
        fractions: atomic fractions, shape (N, E), rows summing to one.
        elements: symbol of each column.

    For fractions f and property values v of the elements present: minimum, maximum, range, mean m = sum f v,
    average deviation sum f |v - m|, and mode, the value of the most abundant element (the smallest value on a tie).
    """
    fractions = np.asarray(fractions, dtype=np.float64)
    if fractions.ndim != 2 or fractions.shape[1] != len(elements):
        raise ValueError(f"{fractions.shape=} does not match {len(elements)=}. Hint: one column per element.")
    width = int((fractions > 0).sum(axis=1).max(initial=1))
    # Few elements occur in a material: gather them to the front and the work falls from E to `width` columns.
    columns = np.argsort(fractions <= 0, axis=1, kind="stable")[:, :width]
    weight = np.take_along_axis(fractions, columns, axis=1)[:, :, None]  # (N, width, 1)
    weight = weight / weight.sum(axis=1, keepdims=True)
    present = weight > 0
    value = table(elements)[columns]  # (N, width, 22)

    minimum = np.where(present, value, np.inf).min(axis=1)  # (N, 22)
    maximum = np.where(present, value, -np.inf).max(axis=1)
    mean = (weight * value).sum(axis=1)
    deviation = (weight * np.abs(value - mean[:, None, :])).sum(axis=1)
    abundant = weight >= weight.max(axis=1, keepdims=True) - 1e-6
    mode = np.where(abundant, value, np.inf).min(axis=1)
    stacked = np.stack([minimum, maximum, maximum - minimum, mean, deviation, mode], axis=2)  # (N, 22, 6)
    return stacked.reshape(len(fractions), -1).astype(np.float32)


def table(elements: Sequence[str]) -> np.ndarray:
    """Elemental properties, float64 of shape (len(elements), 22), missing values filled (see `filled`)."""
    return filled()[[SYMBOLS.index(element) for element in elements]]


@cache
def filled() -> np.ndarray:
    """Properties of the elements 1 to 103, missing values replaced by the mean over the elements that have one.

    Missing in pymatgen: electronegativity of He, Ne, Ar; atomic radius of the other noble gases, At, Fr and Cm to Lr;
    molar volume of At, Fr and Fm to Lr; van der Waals radius of Lr.
    """
    values = known()
    return np.where(np.isnan(values), np.nanmean(values, axis=0), values)


@cache
def known() -> np.ndarray:
    """Properties of the elements 1 to 103 as pymatgen has them: float64 of shape (103, 22), NaN where missing."""
    from pymatgen.core import Element

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pymatgen warns for each missing value; NaN says it here
        return np.array([_properties(Element(symbol)) for symbol in SYMBOLS[:103]])


def _properties(element: "Element") -> list[float]:
    shells = _valence_shells(element.electronic_structure)
    unfilled = {shell: _CAPACITY[shell] - count if count else 0 for shell, count in shells.items()}
    values = {name: getattr(element, attribute) for name, attribute in _ATTRIBUTES.items()}
    values["electronegativity"] = element.X
    values |= {f"{shell}_valence": count for shell, count in shells.items()}
    values |= {f"{shell}_unfilled": count for shell, count in unfilled.items()}
    values |= {"valence": sum(shells.values()), "unfilled": sum(unfilled.values())}
    return [float("nan") if values[name] is None else float(values[name]) for name in PROPERTIES]


def _valence_shells(structure: str) -> dict[str, int]:
    """Electrons outside the noble-gas core by shell: "[Ar].3d6.4s2" -> s 2, p 0, d 6, f 0."""
    shells = dict.fromkeys(_CAPACITY, 0)
    for orbital in structure.split("."):
        if not orbital.startswith("["):
            shells[orbital[1]] += int(orbital[2:])
    return shells
