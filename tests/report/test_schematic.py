"""Schematics: boxes and arrows in inches."""

import pytest

from retort.report import schematic, style


def test_coordinates_are_inches_of_the_page(tmp_path):
    fig, ax = schematic.canvas(width=4.0, height=1.0)
    schematic.box(ax, (0.5, 0.5), (0.8, 0.4), "lender", colour=style.VERMILLION, filled=True)
    schematic.arrow(ax, (0.9, 0.5), (3.1, 0.5), "weights", colour=style.VERMILLION)
    fig.canvas.draw()
    x, y = ax.transData.transform((4.0, 1.0)) / fig.dpi
    assert (x, y) == pytest.approx((4.0, 1.0))
    (patch, _) = ax.patches
    assert patch.get_window_extent().width / fig.dpi == pytest.approx(0.8)
    assert [text.get_text() for text in ax.texts] == ["lender", "weights"]
    style.save(fig, tmp_path / "schematic.pdf")


def test_a_tint_is_the_colour_in_white():
    assert schematic.tint("#000000", 0.8) == pytest.approx((0.8, 0.8, 0.8))
    assert schematic.tint("#ffffff") == (1, 1, 1)
