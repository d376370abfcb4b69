"""The formula that a chemist would write: NH4H2PO4 for PH6NO4, Zn(CH3COO)2 for ZnH6(CO)4.

Text-mined formulas come in a machine's element order. The name depends on the composition alone, and reading the
name back gives that composition, so two compositions never share a name.
"""

from collections.abc import Mapping
from functools import cache
from math import gcd

from retort.chemistry.composition import electronegativity, integers, parse

# Formulas whose conventional form no rule below would give.
CONVENTIONAL = """
NH4H2PO4 (NH4)2HPO4 (NH4)3PO4 NH4Cl NH4F NH4Br NH4I NH4HF2 NH4NO3 NH4VO3 (NH4)2CO3 NH4HCO3 (NH4)2SO4 NH4HSO4
(NH4)6Mo7O24 (NH4)2MoO4 (NH4)10W12O41 NH4ReO4 (NH4)2Cr2O7 (NH4)2CrO4 NH4H2AsO4 (NH4)2HAsO4 (NH4)2Ce(NO3)6 (NH4)2C2O4
H3BO3 HBO2 H3PO4 H3PO3 HPO3 HNO3 H2SO4 HCl HF HBr HI H2WO4 H2MoO4 H2SiO3 H3AsO4 H2C2O4 H2TeO3 H2SeO3 HAuCl4
H2O H2O2 H2S NH3 N2H4 CO2 CO(NH2)2 CH3OH C2H5OH C6H8O7 C12H22O11
H2 N2 O2 F2 Cl2 Br2 I2 Li2O2 Na2O2 K2O2 Hg2Cl2 Na2S2O3 Na2S2O5 H2SiF6
FeOOH MnOOH CoOOH NiOOH AlOOH GaOOH Pb3O4 Pr6O11 Tb4O7
BiOCl BiOBr BiOI LaOCl VOSO4 ZrO(NO3)2 ZrOCl2 TiOSO4
Si(OC2H5)4 Ti(OC4H9)4 Ti(OC3H7)4 Zr(OC4H9)4 Zr(OC3H7)4
MgNH4PO4 MnNH4PO4 CoNH4PO4 FeNH4PO4 ZnNH4PO4 Ca5(PO4)3OH FePO4(H2O)2 Ca(H2PO4)2H2O
""".split()  # noqa: SIM905

NONMETALS = frozenset(
    ("H", "He", "B", "C", "N", "O", "F", "Ne", "Si", "P", "S", "Cl", "Ar", "As", "Se", "Br", "Kr", "I", "Xe")
)


def pretty(formula: str) -> str:
    """A chemist's name for `formula` (water of hydration kept), e.g. `B(HO)3` -> `H3BO3`.

    Whole amounts are reduced to the smallest ones unless convention says otherwise (Na2O2). Decimal amounts stay.

    Raises:
        FormulaError: `formula` cannot be read.
    """
    return pretty_amounts(parse(formula))


def pretty_amounts(amounts: Mapping[str, float]) -> str:
    """As `pretty`, for a composition that is parsed already."""
    whole = integers(amounts)
    if whole is None:
        return _plain(amounts)
    found = _conventional().get(frozenset(whole.items()))
    return found or _salt(whole) or _plain(whole)


@cache
def _conventional() -> dict[frozenset, str]:
    amounts = {name: integers(parse(name)) for name in CONVENTIONAL}
    return {frozenset(whole.items()): name for name, whole in amounts.items() if whole is not None}


def _salt(amounts: Mapping[str, int]) -> str | None:
    """The name of a salt of one or more metals with a common ion, or None."""
    metals = {element: count for element, count in amounts.items() if element not in NONMETALS}
    rest = {element: count for element, count in amounts.items() if element in NONMETALS}
    if not metals:
        return None
    ions = _ions(rest)
    if ions is None:
        return None
    scale = 2 if any(count % 1 for _, count in ions) else 1
    counts = [int(scale * count) for _, count in ions]
    factor = gcd(*counts, *(scale * count for count in metals.values()))
    head = _plain({element: scale * count // factor for element, count in metals.items()})
    groups = zip((ion for ion, _ in ions), (count // factor for count in counts), strict=True)
    return head + "".join(ion if count == 1 else f"({ion}){count}" for ion, count in groups)


def _ions(rest: Mapping[str, int]) -> list[tuple[str, float]] | None:
    """The ions that `rest` (non-metals only) is made of, with their numbers, where one common reading exists."""
    h, c, n, o, p, s = (rest.get(element, 0) for element in "HCNOPS")
    match "".join(sorted(rest)):
        case "NO" if o == 3 * n:
            return [("NO3", n)]
        case "CO" if o == 3 * c:
            return [("CO3", c)]
        case "CO" if o == 2 * c:
            return [("C2O4", c / 2)]
        case "OS" if o == 4 * s:
            return [("SO4", s)]
        case "OP" if o == 4 * p:
            return [("PO4", p)]
        case "OP" if o == 3 * p:
            return [("PO3", p)]
        case "OP" if 2 * o == 7 * p:
            return [("P2O7", p / 2)]
        case "HOP" if o == 4 * p and h in (p, 2 * p):
            return [("HPO4" if h == p else "H2PO4", p)]
        case "HO" if h == o:
            return [("OH", h)]
        case "HN" if h == 2 * n:
            return [("NH2", n)]
        case "CHO" if 2 * h == 3 * c and o == c:
            return [("CH3COO", c / 2)]
        case "CHO" if o == 3 * c and h == c:
            return [("HCO3", c)]
        case "CHO" if o == 3 * c + h:
            return [("CO3", c), ("OH", h)]
        case "CHO" if 5 * h == 7 * c and 5 * o == 2 * c:
            return [("C5H7O2", c / 5)]
        case "CHO" if 6 * h == 5 * c and 6 * o == 7 * c:
            return [("C6H5O7", c / 6)]
    return None


def _plain(amounts: Mapping[str, float]) -> str:
    """Elements by (electronegativity, symbol), amounts after them; organic molecules as C, H, then the rest."""
    organic = {"C", "H"} <= set(amounts) <= NONMETALS
    order = sorted(
        amounts,
        key=lambda element: (
            "CH".index(element) if organic and element in "CH" else 2,
            electronegativity(element),
            element,
        ),
    )
    return "".join(element + _written(amounts[element]) for element in order)


def _written(amount: float) -> str:
    return "" if amount == 1 else f"{amount:.6g}"
