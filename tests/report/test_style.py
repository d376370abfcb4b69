"""The plot style: colours, label placement, deterministic files."""

import subprocess

import numpy as np
import pytest

from retort.report import style

from .needs import needs_pdftotext


def test_colours_are_told_apart():
    assert len(set(style.CYCLE)) == 8
    assert len(set(style.PALETTE.values())) == len(style.PALETTE) == 10


def test_spread_by_hand():
    np.testing.assert_allclose(style.spread([0, 10], 1), [0, 10])  # far apart: untouched
    np.testing.assert_allclose(style.spread([5, 5], 2), [4, 6])
    np.testing.assert_allclose(style.spread([3, 1, 2], 2), [4, 0, 2])  # order kept, centred
    assert style.spread([], 1).size == 0


def test_spread_keeps_gap_order_and_mean():
    positions = np.random.default_rng(0).random(30)
    placed = style.spread(positions, 0.05)
    order = np.argsort(positions)
    assert (np.diff(placed[order]) >= 0.05 - 1e-12).all()
    assert placed.mean() == pytest.approx(positions.mean())


def draw(path):
    fig, ax = style.figure(height=1.5)
    ax.plot([1, 2, 3], [0.1, -0.2, 0.3])
    ax.set_xlabel("a step, $k$, 5 %")
    ax.set_ylim(-1, 1)
    style.label_ends(ax, [(0.3, "one", style.BLUE), (0.29, "two", style.ORANGE)], x=3)
    style.save(fig, path)
    return path.read_bytes()


def test_equal_figures_are_equal_files(tmp_path, recwarn):
    one, two = draw(tmp_path / "new" / "figure.pdf"), draw(tmp_path / "figure.pdf")
    assert one == two
    assert b"CreationDate" not in one
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["figure.pdf"]
    assert not [str(warning.message) for warning in recwarn if "Glyph" in str(warning.message)]


def test_figures_are_pdf(tmp_path):
    fig, _ = style.figure()
    with pytest.raises(ValueError, match=r"figure\.pdf"):
        style.save(fig, tmp_path / "figure.png")
    style.plt.close(fig)


@needs_pdftotext
def test_minus_and_greek_letters_can_be_copied(tmp_path):
    fig, ax = style.figure(height=1.5)
    ax.plot([-2, 2], [1e-3, 1])
    ax.set_yscale("log")
    ax.set_xlabel(r"$\sigma$ of $\alpha$, log_d in µm, Å, −0.5 × ≥ 3")
    style.save(fig, tmp_path / "figure.pdf")
    text = subprocess.run(
        ["pdftotext", tmp_path / "figure.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "σ of α, log_d in µm, Å, −0.5 × ≥ 3" in text
    assert "−2" in text  # a tick label
    assert "10−3" in text  # mathematics, with a raised exponent


def test_what_lies_beyond_an_axis_is_an_arrow_at_its_edge():
    assert style.at_edge(0.5, (-1.0, 1.0), "o") == (0.5, "o")
    assert style.at_edge(-1.5, (-1.0, 1.0), "o") == (-1.0, "<")
    assert style.at_edge(1.5, (-1.0, 1.0), "o", beyond="v^") == (1.0, "^")
