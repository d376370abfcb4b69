"""Texts: cleaned once, and with what they tell taken out."""

import pytest

from retort.chemistry.descriptions import masked, normalised, numberless, shuffled, versions

RUTILE = (
    "TiO2 is Rutile structured and crystallizes in the tetragonal P4_2/mnm space group. Ti(1) is bonded to six "
    "equivalent O(1) atoms to form a mixture of corner and edge-sharing TiO6 octahedra. The corner-sharing octahedral "
    "tilt angles range from 49-50°. There are two shorter (1.96 Å) and four longer (2.00 Å) Ti(1)-O(1) bond lengths."
)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("in the (np.int64(0), np.int64(-1), np.int64(12)) direction", "in the (0, -1, 12) direction"),
        (
            "that share  a cornercorner with, an edgeedge with, and  a faceface with",
            "that share a corner with, an edge with, and a face with",
        ),
        ("corner and edge-sharing", "corner and edge-sharing"),
        ("  two\n spaces ", "two spaces"),
    ],
)
def test_what_the_package_writes_wrongly_is_put_right(raw, clean):
    assert normalised(raw) == clean
    assert normalised(clean) == clean


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("Te is alpha Selenium structured", "X is alpha X structured"),
        ("All Te(1)-Te(1) bond lengths are 2.89 Å.", "All X(1)-X(1) bond lengths are 2.89 Å."),
        ("corner-sharing TiBr2O4 octahedra", "corner-sharing X octahedra"),
        ("consists of one Mg(OH)2 sheet", "consists of one X sheet"),
        # Symbols of space groups look like formulas, and a preposition like indium.
        ("the monoclinic C2/c space group of NCl3", "the monoclinic C2/c space group of X"),
        ("the P1 space group.", "the P1 space group."),
        ("In the first In site, In(1) is bonded", "In the first X site, X(1) is bonded"),
        ("There are Both bonds of The Halite, Rock Salt", "There are Both bonds of The Halite, Rock Salt"),
        ("Copper structured, lead and Caswellsilverite", "X structured, X and Caswellsilverite"),
    ],
)
def test_masking_takes_formulas_symbols_and_names(text, without):
    assert masked(text) == without


def test_numbers_are_lengths_and_angles_and_nothing_else():
    without = numberless(RUTILE)
    assert "octahedral tilt angles." in without
    assert "two shorter and four longer Ti(1)-O(1) bond lengths." in without
    assert "P4_2/mnm" in without
    assert "TiO6" in without
    spread = "There are a spread of U(1)-U(1) bond distances ranging from 2.71-3.33 Å."
    assert numberless(spread) == "There are a spread of U(1)-U(1) bond distances."


def test_shuffling_keeps_the_bag_and_depends_on_the_name():
    first, again, other = (shuffled(RUTILE, name) for name in ("mp-1", "mp-1", "mp-2"))
    assert first == again != other
    assert sorted(first.split(" ")) == sorted(RUTILE.split(" "))
    assert first != RUTILE


def test_all_versions_stand_on_the_cleaned_text():
    made = versions("Hf is bonded  in the (np.int64(0)) direction at 2.99 Å.", "mp-1")
    assert made.text == "Hf is bonded in the (0) direction at 2.99 Å."
    assert made.masked == "X is bonded in the (0) direction at 2.99 Å."
    assert made.masked_numberless == masked(made.numberless) == "X is bonded in the (0) direction at."
