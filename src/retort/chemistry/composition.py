"""Chemical compositions: parse a formula, name it by its atomic fractions, lay many of them out as arrays.

A composition is a plain dictionary from element symbol to amount. Nothing here knows a data set, and parsing
needs no library: pymatgen is imported only where electronegativities are asked for.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import gcd, lcm

import numpy as np

SYMBOLS = tuple(
    re.findall(
        "[A-Z][a-z]?",
        "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr "
        "Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu "
        "Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr "
        "Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og",
    )
)
ATOMIC_NUMBER = {symbol: number for number, symbol in enumerate(SYMBOLS, start=1)}

DECIMALS = 4
BITS_PER_WORD = 62  # two non-negative int64 words hold all 118 elements, so torch can use them too

_TOKEN = re.compile(r"(?P<element>[A-Z][a-z]?)|(?P<open>[(\[{])|(?P<close>[)\]}])")
_NUMBER = re.compile(r"\d+(?:\.\d+)?|\.\d+")
_DOTS = str.maketrans({dot: "·" for dot in "•∙⋅*"})
_CLOSES = {")": "(", "]": "[", "}": "{"}


class FormulaError(ValueError):
    """A formula that cannot be read; the message names the formula and the offending place."""

    def __init__(self, formula: str, position: int, problem: str) -> None:
        super().__init__(
            f"formula {formula!r}, position {position + 1}: {problem}. "
            "Hint: write element symbols with amounts, brackets, and · before water of hydration, as in CuSO4·5H2O."
        )
        self.formula = formula
        self.position = position


def parse(formula: str, *, drop_water: bool = False) -> dict[str, float]:
    """Amount of each element in `formula`, in order of first appearance.

    Brackets of any kind nest; amounts may be decimal. A raised dot (· • ∙ ⋅ *) joins the parts of an adduct, each
    with an optional leading factor. A full stop does too where it cannot be a decimal point: before a letter or a
    bracket, and before `nH2O` at the end of the formula (`La(NO3)3.6H2O` has six waters, `Fe0.5H2O` has none).

    With `drop_water`, parts of an adduct that are water alone are left out.

    Raises:
        FormulaError: nothing to read, an unknown element, an unmatched bracket, a stray character, a zero total.
    """
    if not isinstance(formula, str) or not formula.strip():
        raise FormulaError(str(formula), 0, "there is no formula")
    text = formula.strip().translate(_DOTS)
    total: dict[str, Fraction] = {}
    for start, stop in _parts(text):
        amounts = _parse_part(formula, text, start, stop)
        if drop_water and (start, stop) != (0, len(text)) and _is_water(amounts):
            continue
        for element, amount in amounts.items():
            total[element] = total.get(element, Fraction(0)) + amount
    total = {element: amount for element, amount in total.items() if amount}
    if not total:
        raise FormulaError(formula, 0, "no element has an amount above zero")
    return {element: float(amount) for element, amount in total.items()}


def _parts(text: str) -> list[tuple[int, int]]:
    """Where the parts of an adduct start and stop."""
    cuts = [match.start() for match in re.finditer("·", text)]
    cuts += [match.start() for match in re.finditer(r"\.(?=[A-Z(\[{])", text)]
    # "3.6H2O" closes La(NO3)3.6H2O: six waters. After a subscript 0 ("Fe0.5H2O") it can only be a decimal point.
    water = re.search(r"(?<!\D0)\.(?:\d+|\d+\.\d+)H2O$", text)
    if water and water.start() > 0 and text[water.start() - 1] != "·":
        before = text[: water.start()]
        if not re.search(r"[·.]\d*$", before):
            cuts.append(water.start())
    cuts = sorted(set(cuts))
    return list(zip([0, *(cut + 1 for cut in cuts)], [*cuts, len(text)], strict=True))


def _parse_part(formula: str, text: str, start: int, stop: int) -> dict[str, Fraction]:
    factor, position = _number(text, start, stop)
    if position == stop:
        raise FormulaError(formula, start, "a part of the formula is empty")
    stack: list[tuple[str, int, dict[str, Fraction]]] = [("", start, {})]
    while position < stop:
        match = _TOKEN.match(text, position, stop)
        if match is None:
            raise FormulaError(formula, position, f"unexpected {text[position]!r}")
        if match["open"]:
            stack.append((match["open"], position, {}))
            position = match.end()
            continue
        if match["element"]:
            inner = {_known(formula, position, match["element"]): Fraction(1)}
        else:
            bracket, opened, inner = stack.pop()
            if not stack or bracket != _CLOSES[match["close"]]:
                raise FormulaError(formula, position, f"{match['close']!r} closes no bracket of its kind")
            if not inner:
                raise FormulaError(formula, opened, "the bracket is empty")
        amount, position = _number(text, match.end(), stop)
        here = stack[-1][2]
        for element, count in inner.items():
            here[element] = here.get(element, Fraction(0)) + count * amount
    if len(stack) > 1:
        raise FormulaError(formula, stack[-1][1], f"{stack[-1][0]!r} is never closed")
    return {element: factor * amount for element, amount in stack[0][2].items()}


def _known(formula: str, position: int, symbol: str) -> str:
    if symbol not in ATOMIC_NUMBER:
        raise FormulaError(formula, position, f"unknown element {symbol!r}")
    return symbol


def _number(text: str, position: int, stop: int) -> tuple[Fraction, int]:
    match = _NUMBER.match(text, position, stop)
    return (Fraction(match[0]), match.end()) if match else (Fraction(1), position)


def _is_water(amounts: Mapping[str, Fraction]) -> bool:
    return set(amounts) == {"H", "O"} and amounts["H"] == 2 * amounts["O"]


def ten_thousandths(amounts: Mapping[str, float]) -> dict[str, int]:
    """Atomic fractions in units of 0.0001, alphabetically; elements that round to nothing are left out.

    Fractions are taken in single precision before rounding: ties such as 1/16 = 0.0625 fall as they do in the
    float32 vectors of the published model, which makes the number of distinct published targets come out
    (24,594 train, 1,939 validation, 2,697 test). Independent of the order of the elements.
    """
    total = np.float32(float(sum(Fraction(amount) for amount in amounts.values())))
    rounded = {
        element: int(np.rint(np.float32(amount) / total * np.float32(10**DECIMALS)))
        for element, amount in sorted(amounts.items())
    }
    return {element: units for element, units in rounded.items() if units}


def key(amounts: Mapping[str, float]) -> str:
    """Canonical name of a composition: its atomic fractions to four decimals, as in `Co0.2500 Li0.2500 O0.5000`."""
    return " ".join(
        f"{element}{units / 10**DECIMALS:.4f}" for element, units in ten_thousandths(amounts).items()
    )


def chemical_system(amounts: Mapping[str, float]) -> str:
    """The elements of a composition in alphabetical order: `Co-Li-O`."""
    return "-".join(sorted(amounts))


def integers(amounts: Mapping[str, float]) -> dict[str, int] | None:
    """The smallest whole amounts in the same proportion, or None where the given amounts are not whole."""
    exact = {element: Fraction(amount).limit_denominator(10**6) for element, amount in amounts.items()}
    if lcm(*(amount.denominator for amount in exact.values())) != 1:
        return None
    divisor = gcd(*(int(amount) for amount in exact.values()))
    return {element: int(amount) // divisor for element, amount in exact.items()}


def electronegativity(symbol: str) -> float:
    """Pauling electronegativity from pymatgen; infinite for He, Ne and Ar, which have none and so sort last."""
    from pymatgen.core import Element

    value = Element(symbol).data.get("X")
    return float(value) if value is not None else float("inf")


def element_order(elements: Iterable[str]) -> list[str]:
    """Distinct elements by (electronegativity, symbol), the column order of He et al. (2023)."""
    return sorted(set(elements), key=lambda symbol: (electronegativity(symbol), symbol))


def fraction_matrix(compositions: Sequence[Mapping[str, float]], elements: Sequence[str]) -> np.ndarray:
    """Atomic fractions, float32 of shape (len(compositions), len(elements)); every row sums to one.

    Raises:
        ValueError: a composition holds an element that is not in `elements`.
    """
    column = {element: index for index, element in enumerate(elements)}
    lengths = [len(amounts) for amounts in compositions]
    flat = [(element, amount) for amounts in compositions for element, amount in amounts.items()]
    strange = sorted({element for element, _ in flat} - set(column))
    if strange:
        raise ValueError(
            f"elements {', '.join(strange)} have no column among {len(elements)}. "
            "Hint: pass element_order() of all compositions."
        )
    matrix = np.zeros((len(compositions), len(elements)))
    rows = np.repeat(np.arange(len(compositions)), lengths)
    matrix[rows, [column[element] for element, _ in flat]] = [amount for _, amount in flat]
    return (matrix / matrix.sum(axis=1, keepdims=True)).astype(np.float32)


def element_bits(compositions: Sequence[Iterable[str]]) -> np.ndarray:
    """Which elements occur, as bits: int64 of shape (len(compositions), 2).

    Bit (Z - 1) % 62 of word (Z - 1) // 62 stands for atomic number Z, so `a & ~b` holds the elements of a that b lacks.
    """
    words = np.zeros((len(compositions), 2), dtype=np.int64)
    for row, elements in enumerate(compositions):
        for element in elements:
            word, bit = divmod(ATOMIC_NUMBER[element] - 1, BITS_PER_WORD)
            words[row, word] |= np.int64(1 << bit)
    return words
