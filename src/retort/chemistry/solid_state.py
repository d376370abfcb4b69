"""Families of inorganic solids and the powders they are made from, as a solid-state chemist would choose them.

The tables are textbook chemistry written down for the generated data set: which ions share a site, which element takes
up a difference in charge, and which source of an element is used in which company.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

RARE_EARTHS = frozenset(
    ("La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Y", "Sc")
)
ALKALI = frozenset(("Li", "Na", "K", "Rb", "Cs"))
ALKALINE_EARTHS = frozenset(("Ca", "Sr", "Ba"))

FINE = (0.01, 0.02, 0.03, 0.05, 0.08, 0.1)
LOW = (0.05, 0.1, 0.15, 0.2, 0.3)
WIDE = (0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9)
HALF = (0.1, 0.2, 0.3, 0.4, 0.5)

Charge = float | tuple[float, float]  # a charge, or the range in which an ion takes up what is missing


@dataclass(frozen=True)
class Site:
    """A site of the structure: how many, which ions may sit there, and which dopants at which levels."""

    amount: float
    ions: Mapping[str, Charge]
    dopants: Mapping[str, Charge] = field(default_factory=dict)
    levels: tuple[float, ...] = WIDE
    mixes: bool = True  # whether two of the ions form a series


@dataclass(frozen=True)
class Family:
    """A structure type. `tail` is the fixed end of the formula; `adjusts` names the element whose amount balances."""

    name: str
    weight: float
    sites: tuple[Site, ...]
    tail: str = ""
    adjusts: str | None = None  # "alkali": the ion of the first site


def ions(charge: Charge, symbols: str) -> dict[str, Charge]:
    """The same charge for each symbol of a blank-separated list."""
    return dict.fromkeys(symbols.split(), charge)


# Charges of the elements that stand in a tail.
TAIL_CHARGES = {
    "O": -2,
    "P": 5,
    "Si": 4,
    "B": 3,
    "F": -1,
    "Mo": 6,
    "W": 6,
    "V": 5,
    "S": -2,
    "N": -3,
    "Al": 3,
    "Cl": -1,
}

_RE = ions(3, "La Pr Nd Sm Eu Gd Dy Ho Er Yb Y")
_HEAVY = ions(3, "Y Gd Lu Dy Tb Yb")
_GLOW = ions(3, "Eu Tb Dy Sm")
_AE = ions(2, "Ca Sr Ba")
_EU2 = ions(2, "Eu")
_M2 = ions(2, "Mg Zn Co Ni Mn")

FAMILIES = (
    Family("perovskite", 8, (Site(1, _AE | ions(2, "Pb")), Site(1, ions(4, "Ti Zr Sn Hf"))), "O3"),
    Family(
        "proton conductor",
        4,
        (
            Site(1, ions(2, "Ba Sr")),
            Site(1, ions(4, "Zr Ce"), ions(3, "Y Gd Yb Sm In Sc"), LOW),
            Site(3, {"O": -2}),
        ),
        adjusts="O",
    ),
    Family(
        "doped manganite",
        9,
        (
            Site(1, ions(3, "La Pr Nd Sm Gd"), ions(2, "Sr Ca Ba"), HALF, mixes=False),
            Site(1, {"Mn": (3, 3.6), "Co": (3, 3.6), "Fe": (3, 3.6)}, mixes=False),
        ),
        "O3",
    ),
    Family("orthoferrite", 6, (Site(1, _RE), Site(1, ions(3, "Fe Cr Al Ga Mn Co"))), "O3"),
    Family(
        "bismuth ferrite",
        2,
        (Site(1, {"Bi": 3}, ions(3, "La Nd Sm Gd Dy"), LOW), Site(1, {"Fe": 3}, ions(3, "Mn Cr"), LOW)),
        "O3",
    ),
    Family(
        "alkali niobate",
        3,
        (Site(1, ions(1, "Na K"), {"Li": 1, "K": 1}), Site(1, ions(5, "Nb Ta"), {"Sb": 5}, LOW)),
        "O3",
    ),
    Family("double perovskite 2-6", 4, (Site(2, _AE), Site(1, _M2), Site(1, ions(6, "W Mo Te"))), "O6"),
    Family(
        "double perovskite 3-5",
        4,
        (Site(2, _AE), Site(1, ions(3, "Fe Cr Sc Y In")), Site(1, ions(5, "Nb Ta Sb"))),
        "O6",
    ),
    Family("spinel", 8, (Site(1, _M2 | {"Cu": 2}), Site(2, ions(3, "Al Cr Fe Ga"))), "O4"),
    Family(
        "lithium manganese spinel",
        4,
        (
            Site(1, {"Li": 1}),
            Site(
                2, {"Mn": (3, 4)}, ions(3, "Cr Co Al Fe") | ions(2, "Ni Mg"), (0.025, 0.05, 0.1, 0.15, 0.25)
            ),
        ),
        "O4",
    ),
    Family(
        "layered oxide",
        6,
        (Site(1, ions(1, "Li Na")), Site(1, ions(3, "Co Ni Cr Fe Mn"), {"Al": 3}, WIDE)),
        "O2",
    ),
    Family(
        "nickel-rich layered oxide",
        4,
        (Site(1, {"Li": 1}), Site(1, {"Ni": (2, 3)}, {"Mn": 4, "Co": 3, "Ti": 4, "Al": 3}, HALF)),
        "O2",
    ),
    Family("rock-salt related", 3, (Site(2, ions(1, "Li Na")), Site(1, ions(4, "Ti Mn Zr Sn"))), "O3"),
    Family("lithium titanate", 1, (Site(4, {"Li": 1}), Site(5, {"Ti": 4}, {"Zr": 4, "Sn": 4}, FINE)), "O12"),
    Family("garnet", 6, (Site(3, _HEAVY, ions(3, "Ce Eu Nd Pr"), FINE), Site(5, ions(3, "Al Ga Fe"))), "O12"),
    Family(
        "garnet conductor",
        2,
        (Site(7, {"Li": 1}), Site(3, {"La": 3}), Site(2, {"Zr": 4}, ions(5, "Ta Nb") | {"W": 6}, LOW)),
        "O12",
        adjusts="Li",
    ),
    Family("pyrochlore", 5, (Site(2, _RE), Site(2, ions(4, "Ti Zr Sn Hf"))), "O7"),
    Family(
        "fluorite",
        4,
        (Site(1, ions(4, "Ce Zr"), ions(3, "Gd Sm Y Nd La Yb Sc"), LOW), Site(2, {"O": -2})),
        adjusts="O",
    ),
    Family(
        "layered nickelate",
        4,
        (
            Site(
                2, ions(3, "La Pr Nd"), {"Sr": 2, "Ba": 2, "Ca": 2}, (0.05, 0.1, 0.15, 0.2, 0.25), mixes=False
            ),
            Site(1, {"Ni": (2, 2.6), "Cu": (2, 2.4), "Co": (2, 2.6)}, mixes=False),
        ),
        "O4",
    ),
    Family(
        "cuprate",
        3,
        (Site(1, ions(3, "Y Gd Sm Nd Eu Dy")), Site(2, {"Ba": 2}), Site(3, {"Cu": (2, 2.4)})),
        "O7",
    ),
    Family(
        "layered bismuth titanate",
        2,
        (Site(4, {"Bi": 3}, ions(3, "La Nd Pr Sm"), LOW), Site(3, {"Ti": 4})),
        "O12",
    ),
    Family("layered bismuth niobate", 2, (Site(1, _AE), Site(2, {"Bi": 3}), Site(2, ions(5, "Nb Ta"))), "O9"),
    Family(
        "bismuth tungstate",
        1,
        (Site(2, {"Bi": 3}, ions(3, "La Eu Er Yb"), FINE), Site(1, ions(6, "W Mo"))),
        "O6",
    ),
    Family(
        "hexaferrite",
        3,
        (Site(1, ions(2, "Ba Sr")), Site(12, {"Fe": 3}, ions(3, "Al Cr Ga In"), (0.025, 0.05, 0.1, 0.15))),
        "O19",
    ),
    Family("doped zinc oxide", 2, (Site(1, {"Zn": 2}, ions(2, "Co Mn Ni Cu Mg Cd"), FINE),), "O"),
    Family("tungstate", 5, (Site(1, _AE | _M2 | ions(2, "Pb Cd")),), "WO4"),
    Family("molybdate", 4, (Site(1, _AE | _M2 | ions(2, "Pb Cd")),), "MoO4"),
    Family("rare-earth molybdate", 3, (Site(2, _RE, _GLOW, LOW),), "(MoO4)3"),
    Family(
        "alkali tungstate",
        3,
        (Site(1, ions(1, "Li Na K")), Site(1, ions(3, "La Gd Y Eu"), _GLOW, LOW)),
        "(WO4)2",
    ),
    Family("vanadate", 4, (Site(1, ions(3, "Y La Gd Lu"), _GLOW | {"Bi": 3, "Nd": 3}, FINE),), "VO4"),
    Family("alkaline-earth vanadate", 3, (Site(3, _AE | ions(2, "Mg Zn")),), "(VO4)2"),
    Family("rare-earth niobate", 2, (Site(1, _RE, _GLOW, FINE), Site(1, ions(5, "Nb Ta"))), "O4"),
    Family("columbite", 3, (Site(1, _M2 | {"Ca": 2, "Cd": 2}), Site(2, ions(5, "Nb Ta"))), "O6"),
    Family(
        "olivine", 7, (Site(1, {"Li": 1}), Site(1, ions(2, "Fe Mn Co Ni"), {"Mg": 2, "Zn": 2}, HALF)), "PO4"
    ),
    Family(
        "titanium phosphate conductor",
        4,
        (
            Site(1, {"Li": 1}),
            Site(2, ions(4, "Ti Ge Zr"), ions(3, "Al Cr Fe In Sc Y"), (0.05, 0.1, 0.15, 0.2, 0.25)),
        ),
        "(PO4)3",
        adjusts="Li",
    ),
    Family(
        "silicophosphate conductor",
        2,
        (
            Site(1, {"Na": 1}),
            Site(2, ions(4, "Zr Hf")),
            Site(3, {"P": 5}, {"Si": 4}, (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)),
        ),
        "O12",
        adjusts="Na",
    ),
    Family(
        "vanadium phosphate",
        3,
        (Site(3, ions(1, "Na Li"), mixes=False), Site(2, {"V": 3}, ions(3, "Al Cr Fe"), LOW)),
        "(PO4)3",
    ),
    Family("rare-earth phosphate", 4, (Site(1, ions(3, "La Y Gd Lu Ce"), _GLOW, FINE),), "PO4"),
    Family("calcium phosphate", 2, (Site(3, _AE | {"Mg": 2, "Zn": 2}, _EU2, FINE),), "(PO4)2"),
    Family(
        "phosphate phosphor",
        5,
        (Site(1, ions(1, "Li Na K")), Site(1, _AE | {"Mg": 2, "Zn": 2}, _EU2, FINE)),
        "PO4",
    ),
    Family("pyrophosphate", 3, (Site(2, _AE | _M2, _EU2, FINE),), "P2O7"),
    Family("fluorapatite", 2, (Site(5, _AE, _EU2, FINE),), "(PO4)3F"),
    Family("chlorapatite", 1, (Site(5, _AE, _EU2, FINE),), "(PO4)3Cl"),
    Family(
        "fluorophosphate",
        3,
        (Site(2, ions(1, "Na Li"), mixes=False), Site(1, ions(2, "Fe Mn Co Ni Mg"))),
        "PO4F",
    ),
    Family(
        "vanadium fluorophosphate",
        1,
        (Site(3, {"Na": 1}), Site(2, {"V": 3}, ions(3, "Al Cr Fe"), LOW)),
        "(PO4)2F3",
    ),
    Family("rare-earth borate", 3, (Site(1, ions(3, "Y La Gd Lu Sc"), _GLOW, FINE),), "BO3"),
    Family("lithium borate", 2, (Site(1, {"Li": 1}), Site(1, ions(2, "Fe Mn Co Mg Zn"))), "BO3"),
    Family("alkali borate phosphor", 3, (Site(1, ions(1, "Li Na K")), Site(1, _AE, _EU2, FINE)), "BO3"),
    Family(
        "aluminium borate",
        2,
        (Site(1, ions(3, "Y Gd La Nd"), _GLOW, FINE), Site(3, ions(3, "Al Ga Sc"), mixes=False)),
        "(BO3)4",
    ),
    Family("pyroborate", 2, (Site(2, _AE | _M2),), "B2O5"),
    Family("orthosilicate", 6, (Site(2, _AE | _M2, _EU2, FINE),), "SiO4"),
    Family("melilite", 4, (Site(2, _AE, _EU2, FINE), Site(1, ions(2, "Mg Zn Co"))), "Si2O7"),
    Family("pyroxene", 2, (Site(1, _AE | {"Mg": 2}, _EU2, FINE),), "SiO3"),
    Family("feldspar", 2, (Site(1, _AE, _EU2, FINE),), "Al2Si2O8"),
    Family("lithium silicate cathode", 3, (Site(2, {"Li": 1}), Site(1, ions(2, "Fe Mn Co"))), "SiO4"),
    Family("rare-earth silicate", 2, (Site(2, ions(3, "Y Lu Gd La"), ions(3, "Ce Eu Tb"), FINE),), "SiO5"),
    Family("aluminate phosphor", 4, (Site(1, _AE, _EU2, FINE),), "Al2O4"),
    Family(
        "magnetoplumbite phosphor",
        2,
        (Site(1, ions(2, "Ba Sr"), _EU2, FINE), Site(1, {"Mg": 2}, {"Mn": 2}, LOW)),
        "Al10O17",
    ),
    Family(
        "alkali aluminate", 2, (Site(1, ions(1, "Li Na K")), Site(1, ions(3, "Al Ga"), {"Fe": 3}, LOW)), "O2"
    ),
    Family(
        "germanate",
        3,
        (Site(2, ions(2, "Zn Mg Ca Sr"), {"Mn": 2}, FINE), Site(1, {"Ge": 4}, {"Si": 4}, WIDE)),
        "O4",
    ),
    Family(
        "kesterite",
        3,
        (Site(2, ions(1, "Cu Ag")), Site(1, ions(2, "Zn Fe Mn Cd Co")), Site(1, ions(4, "Sn Ge"), {"Ge": 4})),
        "S4",
    ),
    Family(
        "chalcopyrite",
        4,
        (Site(1, ions(1, "Cu Ag")), Site(1, ions(3, "In Ga"), {"Ga": 3}), Site(2, ions(-2, "S Se"))),
    ),
    Family(
        "thiospinel", 2, (Site(1, ions(2, "Zn Cd Mn Fe")), Site(2, {"In": 3}, {"Cr": 3, "Ga": 3}, HALF)), "S4"
    ),
    Family("thiophosphate", 3, (Site(3, ions(1, "Li Na")), Site(1, {"P": 5}, {"Sb": 5}, LOW)), "S4"),
    Family(
        "thiogermanate",
        2,
        (Site(4, ions(1, "Li Na"), mixes=False), Site(1, ions(4, "Ge Sn Si"), {"P": 5}, WIDE)),
        "S4",
        adjusts="alkali",
    ),
    Family(
        "argyrodite",
        2,
        (Site(6, {"Li": 1}), Site(1, {"P": 5}), Site(5, {"S": -2}), Site(1, ions(-1, "Cl Br I"))),
    ),
    Family("sulfide phosphor", 2, (Site(1, ions(2, "Ca Sr Ba"), _EU2, FINE),), "S"),
    Family(
        "lead chalcogenide",
        4,
        (Site(1, ions(2, "Pb Sn"), {"Ge": 2, "Mn": 2}, LOW), Site(1, ions(-2, "Te Se S"))),
    ),
    Family("bismuth telluride", 4, (Site(2, ions(3, "Bi Sb"), {"Sb": 3}), Site(3, ions(-2, "Te Se")))),
    Family(
        "copper tin selenide", 2, (Site(2, {"Cu": 1}), Site(1, ions(4, "Sn Ge")), Site(3, ions(-2, "Se S")))
    ),
    Family(
        "fluoride host",
        3,
        (Site(1, ions(1, "Na K")), Site(1, ions(3, "Y Gd La Lu"), ions(3, "Yb Er Eu Tb"), LOW)),
        "F4",
    ),
    Family("fluoroperovskite", 3, (Site(1, ions(1, "K Na Rb")), Site(1, _M2)), "F3"),
    Family(
        "colquiriite",
        1,
        (Site(1, {"Li": 1}), Site(1, ions(2, "Ca Sr")), Site(1, {"Al": 3}, {"Cr": 3}, FINE)),
        "F6",
    ),
    Family("cryolite", 2, (Site(3, ions(1, "Na K Li")), Site(1, ions(3, "Al Ga Fe Cr"))), "F6"),
    Family("alkaline-earth fluoride", 2, (Site(1, ions(2, "Ca Sr Ba")),), "F2"),
    Family("nitridosilicate", 2, (Site(2, _AE, _EU2, FINE),), "Si5N8"),
    Family("nitridoaluminosilicate", 1, (Site(1, ions(2, "Ca Sr"), _EU2, FINE),), "AlSiN3"),
)


@dataclass(frozen=True)
class Company:
    """What surrounds an element in its target: amounts and charges of all elements."""

    family: str
    amounts: Mapping[str, float]
    charges: Mapping[str, float]

    def has(self, *symbols: str) -> bool:
        """Whether any of the symbols is in the target."""
        return any(symbol in self.amounts for symbol in symbols)

    def share(self, symbol: str, among: str) -> float:
        """Amount of one element relative to all of `among`."""
        total = sum(self.amounts.get(other, 0.0) for other in among.split())
        return self.amounts.get(symbol, 0.0) / total if total else 0.0

    @property
    def oxidic(self) -> bool:
        return "O" in self.amounts

    @property
    def phosphate(self) -> bool:
        return self.oxidic and "P" in self.amounts

    @property
    def reduced(self) -> bool:
        """Whether it is fired under hydrogen: Eu2+, Ce3+, V3+ and Ti3+ do not survive in air."""
        kept_low = {"Eu": 2, "Ce": 3, "V": 3, "Ti": 3}
        return self.oxidic and any(self.charges.get(symbol) == charge for symbol, charge in kept_low.items())

    @property
    def inert(self) -> bool:
        """Whether it is fired under argon: Fe2+ and Mn2+ beside a polyanion."""
        return (
            self.oxidic
            and any(self.charges.get(symbol) == 2 for symbol in ("Fe", "Mn"))
            and self.has("P", "Si", "B")
        )


Choices = tuple[tuple[str, float], ...]
Rule = tuple[str, Callable[[Company], bool], Choices]


def _all(symbols: str, formula: str) -> dict[str, Choices]:
    return {symbol: ((formula.replace("M", symbol), 1.0),) for symbol in symbols.split()}


# The first rule that names the element and fits the company decides.
RULES: tuple[Rule, ...] = (
    ("Co", lambda c: c.inert, (("CoO", 0.8), ("CoC2O4·2H2O", 0.2))),
    (
        "Li",
        lambda c: c.has("Ni") and c.share("Ni", "Ni Co Mn Fe Cr Al") >= 0.5 and not c.has("P"),
        (("LiOH·H2O", 0.9), ("Li2CO3", 0.1)),
    ),
    (
        "Ni",
        lambda c: c.has("Li") and c.share("Ni", "Ni Co Mn Fe Cr Al") >= 0.5 and not c.has("P"),
        (("Ni(OH)2", 0.8), ("NiO", 0.2)),
    ),
    (
        "Co",
        lambda c: c.has("Li") and c.share("Ni", "Ni Co Mn Fe Cr Al") >= 0.5 and not c.has("P"),
        (("Co(OH)2", 0.5), ("Co3O4", 0.5)),
    ),
    ("Fe", lambda c: c.charges["Fe"] == 2 and c.oxidic, (("FeC2O4·2H2O", 0.95), ("FeO", 0.05))),
    (
        "Mn",
        lambda c: c.charges["Mn"] == 2 and c.has("Fe") and c.phosphate,
        (("MnC2O4·2H2O", 0.4), ("MnCO3", 0.6)),
    ),
    (
        "Mn",
        lambda c: c.charges["Mn"] == 2 and c.has("P", "Si", "B", "Al", "W", "Mo", "Ge"),
        (("MnCO3", 0.9), ("MnO", 0.1)),
    ),
    ("Mn", lambda c: c.charges["Mn"] == 2 and c.has("Nb", "Ta", "Te", "Zn"), (("MnO", 0.6), ("MnCO3", 0.4))),
    ("Mn", lambda c: c.family == "spinel", (("Mn3O4", 0.7), ("MnCO3", 0.3))),
    ("Mn", lambda c: c.has("Na"), (("Mn2O3", 0.85), ("MnO2", 0.15))),
    ("Mn", lambda c: c.has("Li"), (("MnO2", 0.85), ("MnCO3", 0.15))),
    ("Mn", lambda c: c.has("Ca"), (("MnO2", 0.4), ("MnCO3", 0.6))),
    ("Mn", lambda c: True, (("MnO2", 0.75), ("Mn2O3", 0.25))),
    ("Co", lambda c: c.has("W", "Mo", "Nb", "Ta", "Te", "Si", "Ge"), (("CoO", 0.8), ("Co3O4", 0.2))),
    ("Co", lambda c: c.phosphate, (("CoC2O4·2H2O", 0.4), ("CoO", 0.6))),
    ("Ni", lambda c: c.phosphate, (("NiC2O4·2H2O", 0.2), ("NiO", 0.8))),
    (
        "P",
        lambda c: c.amounts.get("Ca", 0) > c.amounts["P"] and not c.has("Sr", "Ba", "Mg", "Zn"),
        (("(NH4)2HPO4", 0.5), ("CaHPO4", 0.35), ("NH4H2PO4", 0.15)),
    ),
    ("P", lambda c: c.has("Ca", "Sr", "Ba"), (("(NH4)2HPO4", 0.8), ("NH4H2PO4", 0.2))),
    ("P", lambda c: c.has(*RARE_EARTHS) and not c.has(*ALKALI), (("(NH4)2HPO4", 0.7), ("NH4H2PO4", 0.3))),
    ("P", lambda c: True, (("NH4H2PO4", 0.92), ("(NH4)2HPO4", 0.08))),
    ("V", lambda c: c.phosphate, (("NH4VO3", 0.6), ("V2O5", 0.4))),
    ("V", lambda c: c.has("Mg", "Zn"), (("NH4VO3", 0.6), ("V2O5", 0.4))),
    ("V", lambda c: True, (("V2O5", 0.85), ("NH4VO3", 0.15))),
    ("B", lambda c: c.has("Al", "Ga"), (("B2O3", 0.6), ("H3BO3", 0.4))),
    ("B", lambda c: True, (("H3BO3", 0.9), ("B2O3", 0.1))),
    (
        "Al",
        lambda c: c.has("Li", "Na", "K") and not c.has("P", "Si", "B"),
        (("Al(OH)3", 0.8), ("Al2O3", 0.2)),
    ),
    ("Mg", lambda c: c.has("Si") and c.has("Ca", "Sr", "Ba"), (("Mg5(CO3)4(OH)2", 0.7), ("MgO", 0.3))),
    ("Mg", lambda c: c.phosphate or c.has("V"), (("MgCO3", 0.5), ("MgO", 0.5))),
    ("Mg", lambda c: True, (("MgO", 0.93), ("Mg(OH)2", 0.07))),
    ("Ba", lambda c: c.has("Cu"), (("BaCO3", 0.7), ("BaO2", 0.3))),
    ("Pb", lambda c: c.has("W", "Mo"), (("PbO", 0.95), ("PbCO3", 0.05))),
    ("Pb", lambda c: True, (("PbO", 0.85), ("Pb3O4", 0.15))),
    ("La", lambda c: c.has("Ni", "Cu") or c.has("Li"), (("La2O3", 0.75), ("La(OH)3", 0.25))),
    ("Mo", lambda c: c.has("Bi"), (("MoO3", 0.7), ("(NH4)6Mo7O24·4H2O", 0.3))),
    ("K", lambda c: c.has("Nb", "Ta"), (("K2CO3", 1.0),)),
)

OXIDE_SOURCES: dict[str, Choices] = {
    "Li": (("Li2CO3", 0.93), ("LiOH·H2O", 0.07)),
    "Na": (("Na2CO3", 0.93), ("NaHCO3", 0.07)),
    "K": (("K2CO3", 0.92), ("KHCO3", 0.08)),
    "Rb": (("Rb2CO3", 1.0),),
    "Cs": (("Cs2CO3", 1.0),),
    "Ca": (("CaCO3", 0.95), ("CaO", 0.05)),
    "Sr": (("SrCO3", 0.96), ("Sr(NO3)2", 0.04)),
    "Ba": (("BaCO3", 0.96), ("Ba(NO3)2", 0.04)),
    "Ce": (("CeO2", 1.0),),
    "Pr": (("Pr6O11", 1.0),),
    "Tb": (("Tb4O7", 1.0),),
    "Ti": (("TiO2", 1.0),),
    "Sb": (("Sb2O3", 0.85), ("Sb2O5", 0.15)),
    "Te": (("TeO2", 0.8), ("TeO3", 0.2)),
    "Fe": (("Fe2O3", 1.0),),
    "Co": (("Co3O4", 0.92), ("Co(NO3)2·6H2O", 0.08)),
    "Ni": (("NiO", 0.95), ("Ni(NO3)2·6H2O", 0.05)),
    "Cu": (("CuO", 1.0),),
    "Zn": (("ZnO", 1.0),),
    "Cd": (("CdO", 1.0),),
    "V": (("V2O5", 1.0),),
    "Mo": (("MoO3", 1.0),),
    "W": (("WO3", 1.0),),
    **_all("La Nd Sm Eu Gd Dy Ho Er Tm Yb Lu Y Sc Al Ga In Cr Bi", "M2O3"),
    **_all("Zr Hf Sn Ge Si", "MO2"),
    **_all("Nb Ta", "M2O5"),
}
SULFIDE_SOURCES: dict[str, Choices] = {
    **_all("Li Na", "M2S"),
    **_all("Ca Sr Ba Eu", "MS"),
    **_all("Ge Sn Si", "MS2"),
    "P": (("P2S5", 1.0),),
    "Sb": (("Sb2S3", 1.0),),
    **_all("Cl Br I", "LiM"),
}
BINARY_SULFIDES = {1: "{}2S", 2: "{}S", 3: "{}2S3", 4: "{}S2"}  # by the charge of the metal
FLUORIDE_SOURCES: dict[str, Choices] = {
    **_all("Li Na K Rb", "MF"),
    **_all("Ca Sr Ba Mg Zn Co Ni Mn", "MF2"),
    **_all("Al Ga Fe Cr La Y Gd Lu Yb Er Eu Tb", "MF3"),
}
NITRIDE_SOURCES: dict[str, Choices] = {
    **_all("Ca Sr Ba", "M3N2"),
    **_all("Al Eu", "MN"),
    "Si": (("Si3N4", 1.0),),
}
HALIDE_CARRIERS = ("Na", "Li", "K", "Ca", "Sr", "Ba")


def sources(symbol: str, company: Company, *, from_elements: bool) -> Choices:
    """The powders that bring an element into a target, with how often each is chosen (shares sum to one).

    Args:
        symbol: the element.
        company: the target it goes into.
        from_elements: for chalcogenides without alkali metals, whether the elements rather than binary compounds react.
    """
    if not company.oxidic:
        if company.has("F"):
            return FLUORIDE_SOURCES[symbol]
        if company.has("N"):
            return NITRIDE_SOURCES[symbol]
        if company.has(*ALKALI, *ALKALINE_EARTHS):
            return SULFIDE_SOURCES[symbol]
        if from_elements or company.has("Se", "Te"):
            return ((symbol, 1.0),)
        return ((BINARY_SULFIDES[round(company.charges[symbol])].format(symbol), 1.0),)
    for symbols, fits, choices in RULES:
        if symbol in symbols.split() and fits(company):
            return choices
    return OXIDE_SOURCES[symbol]
