"""The structure types of the generated crystals.

Coordinates, axis ratios and free parameters are those of the mineral or compound that gives a type its name
(R. W. G. Wyckoff, Crystal Structures, 1963), rounded. Each is stated in its conventional cell, one position per
lattice point; a test compares the space groups with spglib's.
"""

from math import sqrt

from retort.chemistry.prototypes import Positions, Prototype, Role


def cation(coordination: int, *positions: tuple[float, float, float]) -> Role:
    """A role for cations."""
    return Role("cation", coordination, positions)


def anion(coordination: int, *positions: tuple[float, float, float]) -> Role:
    """A role for anions."""
    return Role("anion", coordination, positions)


def _both(*positions: tuple[float, float, float]) -> Positions:
    """Each position and its image under inversion."""
    return tuple((sign * x, sign * y, sign * z) for x, y, z in positions for sign in (1, -1))


ORIGIN, CENTRE, QUARTER, THREE = (0, 0, 0), (1 / 2,) * 3, (1 / 4,) * 3, (3 / 4,) * 3
HEXAGONAL = (1 / 3, 2 / 3), (2 / 3, 1 / 3)
FACES = (1 / 2, 1 / 2, 0), (1 / 2, 0, 1 / 2), (0, 1 / 2, 1 / 2)
U = 0.3875  # spinel: the oxygen parameter, origin on a tetrahedral site

STRUCTURE_TYPES = (
    # AX
    Prototype("rock salt", 225, "F", 1, {"A": cation(6, ORIGIN), "X": anion(6, CENTRE)}),
    Prototype("caesium chloride", 221, "P", 1, {"A": cation(8, ORIGIN), "X": anion(8, CENTRE)}),
    Prototype("zinc blende", 216, "F", 1, {"A": cation(4, ORIGIN), "X": anion(4, QUARTER)}),
    Prototype(
        "wurtzite",
        186,
        "P",
        sqrt(8 / 3),
        {
            "A": cation(4, (*HEXAGONAL[0], 0), (*HEXAGONAL[1], 1 / 2)),
            "X": anion(4, (*HEXAGONAL[0], 3 / 8), (*HEXAGONAL[1], 7 / 8)),
        },
        hexagonal=True,
    ),
    Prototype(
        "nickel arsenide",
        194,
        "P",
        1.5,
        {
            "A": cation(6, ORIGIN, (0, 0, 1 / 2)),
            "X": anion(6, (*HEXAGONAL[0], 1 / 4), (*HEXAGONAL[1], 3 / 4)),
        },
        hexagonal=True,
    ),
    # AX2 and A2X
    Prototype("fluorite", 225, "F", 1, {"A": cation(8, ORIGIN), "X": anion(4, QUARTER, THREE)}),
    Prototype(
        "rutile",
        136,
        "P",
        0.644,
        {
            "A": cation(6, ORIGIN, CENTRE),
            "X": anion(3, (0.305, 0.305, 0), (0.695, 0.695, 0), (0.805, 0.195, 1 / 2), (0.195, 0.805, 1 / 2)),
        },
    ),
    Prototype(
        "anatase",
        141,
        "I",
        2.514,
        {
            "A": cation(6, ORIGIN, (0, 1 / 2, 1 / 4)),
            "X": anion(3, (0, 0, 0.208), (0, 0, -0.208), (0, 1 / 2, 0.458), (0, 1 / 2, 0.042)),
        },
    ),
    Prototype(
        "cadmium iodide",
        164,
        "P",
        1.6,
        {"A": cation(6, ORIGIN), "X": anion(3, *_both((*HEXAGONAL[0], 1 / 4)))},
        hexagonal=True,
    ),
    Prototype(
        "beta-cristobalite",
        227,
        "F",
        1,
        {
            "A": cation(4, ORIGIN, QUARTER),
            "X": anion(
                2,
                *((i / 8, j / 8, k / 8) for i, j, k in ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))),
            ),
        },
    ),
    Prototype("antifluorite", 225, "F", 1, {"A": cation(4, QUARTER, THREE), "X": anion(8, ORIGIN)}),
    Prototype(
        "cuprite",
        224,
        "P",
        1,
        {
            "A": cation(2, QUARTER, (3 / 4, 3 / 4, 1 / 4), (3 / 4, 1 / 4, 3 / 4), (1 / 4, 3 / 4, 3 / 4)),
            "X": anion(4, ORIGIN, CENTRE),
        },
    ),
    Prototype(
        "anti cadmium iodide",
        164,
        "P",
        1.6,
        {"A": cation(3, *_both((*HEXAGONAL[0], 1 / 4))), "X": anion(6, ORIGIN)},
        hexagonal=True,
    ),
    # A2X3 and AX3
    Prototype(
        "corundum",
        167,
        "R",
        2.73,
        {
            "A": cation(6, *_both((0, 0, 0.352), (0, 0, 0.852))),
            "X": anion(4, *_both((0.306, 0, 1 / 4), (0, 0.306, 1 / 4), (-0.306, -0.306, 1 / 4))),
        },
        hexagonal=True,
    ),
    Prototype(
        "lanthanum oxide",
        164,
        "P",
        1.557,
        {
            "A": cation(7, *_both((*HEXAGONAL[0], 0.245))),
            "X": anion(4, ORIGIN, *_both((*HEXAGONAL[0], 0.645))),
        },
        hexagonal=True,
    ),
    Prototype(
        "rhenium trioxide",
        221,
        "P",
        1,
        {"A": cation(6, ORIGIN), "X": anion(2, (1 / 2, 0, 0), (0, 1 / 2, 0), (0, 0, 1 / 2))},
    ),
    Prototype(
        "bismuth trifluoride", 225, "F", 1, {"A": cation(8, ORIGIN), "X": anion(6, QUARTER, THREE, CENTRE)}
    ),
    # ABX2
    Prototype(
        "alpha sodium ferrite",
        166,
        "R",
        5.3,
        {
            "A": cation(6, ORIGIN),
            "B": cation(6, (0, 0, 1 / 2)),
            "X": anion(6, *_both((0, 0, 0.234))),
        },
        hexagonal=True,
    ),
    Prototype(
        "delafossite",
        166,
        "R",
        5.6,
        {
            "A": cation(2, ORIGIN),
            "B": cation(6, (0, 0, 1 / 2)),
            "X": anion(4, *_both((0, 0, 0.11))),
        },
        hexagonal=True,
    ),
    Prototype(
        "chalcopyrite",
        122,
        "I",
        2,
        {
            "A": cation(4, ORIGIN, (0, 1 / 2, 1 / 4)),
            "B": cation(4, (0, 0, 1 / 2), (0, 1 / 2, 3 / 4)),
            "X": anion(
                4, (0.27, 1 / 4, 1 / 8), (-0.27, 3 / 4, 1 / 8), (3 / 4, 0.27, 7 / 8), (1 / 4, -0.27, 7 / 8)
            ),
        },
    ),
    # ABX3
    Prototype(
        "perovskite", 221, "P", 1, {"A": cation(12, ORIGIN), "B": cation(6, CENTRE), "X": anion(6, *FACES)}
    ),
    Prototype(
        "hexagonal perovskite",
        194,
        "P",
        0.86,
        {
            "A": cation(12, (*HEXAGONAL[0], 3 / 4), (*HEXAGONAL[1], 1 / 4)),
            "B": cation(6, ORIGIN, (0, 0, 1 / 2)),
            "X": anion(6, *_both((0.15, 0.3, 1 / 4), (-0.3, -0.15, 1 / 4), (0.15, -0.15, 1 / 4))),
        },
        hexagonal=True,
    ),
    Prototype(
        "ilmenite",
        148,
        "R",
        2.76,
        {
            "A": cation(6, *_both((0, 0, 0.355))),
            "B": cation(6, *_both((0, 0, 0.146))),
            "X": anion(4, *_both((0.317, 0.023, 0.245), (-0.023, 0.294, 0.245), (-0.294, -0.317, 0.245))),
        },
        hexagonal=True,
    ),
    # AB2X4
    Prototype(
        "spinel",
        227,
        "F",
        1,
        {
            "A": cation(4, ORIGIN, QUARTER),
            "B": cation(
                6, (5 / 8, 5 / 8, 5 / 8), (5 / 8, 7 / 8, 7 / 8), (7 / 8, 5 / 8, 7 / 8), (7 / 8, 7 / 8, 5 / 8)
            ),
            "X": anion(
                4,
                *((i * U, j * U, k * U) for i, j, k in ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))),
                *(
                    (1 / 4 + i * U, 1 / 4 + j * U, 1 / 4 + k * U)
                    for i, j, k in ((-1, -1, -1), (-1, 1, 1), (1, -1, 1), (1, 1, -1))
                ),
            ),
        },
    ),
    Prototype(
        "potassium tetrafluoronickelate",
        139,
        "I",
        3.27,
        {
            "A": cation(9, *_both((0, 0, 0.352))),
            "B": cation(6, ORIGIN),
            "X": anion(6, (0, 1 / 2, 0), (1 / 2, 0, 0), *_both((0, 0, 0.151))),
        },
    ),
    # A2BCX6
    Prototype(
        "elpasolite",
        225,
        "F",
        1,
        {
            "A": cation(12, QUARTER, THREE),
            "B": cation(6, ORIGIN),
            "C": cation(6, CENTRE),
            "X": anion(6, *_both((1 / 4, 0, 0), (0, 1 / 4, 0), (0, 0, 1 / 4))),
        },
    ),
    # AXY and A3XY
    Prototype(
        "matlockite",
        129,
        "P",
        1.76,
        {
            "A": cation(9, (0, 1 / 2, 0.205), (1 / 2, 0, -0.205)),
            "X": anion(4, ORIGIN, (1 / 2, 1 / 2, 0)),
            "Y": anion(6, (0, 1 / 2, 0.65), (1 / 2, 0, -0.65)),
        },
    ),
    Prototype(
        "antiperovskite", 221, "P", 1, {"A": cation(6, *FACES), "X": anion(6, CENTRE), "Y": anion(12, ORIGIN)}
    ),
)
