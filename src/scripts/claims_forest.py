"""Figure: every judged claim on one axis, in units of its margin; the band is what counts as no difference."""

import sys
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from retort.report.claims import Entry, read
from retort.report.results import overview_figure_arguments
from retort.report.style import BLACK, GREY, PALE, TALLEST, VERMILLION, at_edge, figure, save

FARTHEST = 6.0  # margins; what lies beyond stands at the edge, as an arrow
EDGES = (-FARTHEST, FARTHEST)
APART = 0.17  # rows, between the two controls
PITCH, AROUND = 0.125, 0.45  # inches: of a row at most, of the legend
BETWEEN = 5  # rows that an axis and a title take


def draw(ax: Axes, y: float, row: Mapping, colour: str, *, filled: bool) -> None:
    """One estimate with its 95 % interval, both in margins."""
    value, low, high = (row[key] for key in ("standard", "standard_low", "standard_high"))
    if value is None:
        return
    if low is not None:
        ends = [at_edge(end, EDGES, "")[0] for end in (low, high)]
        ax.plot(ends, [y, y], color=colour, linewidth=0.8, solid_capstyle="butt")
    at, marker = at_edge(value, EDGES, "o")
    ax.plot(at, y, marker, color=colour, markersize=3.2, mfc=colour if filled else "white", mew=0.8)


def panel(ax: Axes, found: list[Entry], title: str, label: str) -> None:
    """A row for each claim, the highest estimate on top; in margins."""
    ax.axvspan(-1, 1, color=PALE, linewidth=0, alpha=0.6)
    ax.axvline(0, color=GREY, linewidth=0.6)
    for y, entry in enumerate(reversed(found)):
        fair = entry.fairly
        if fair is None or fair["standard"] is None:
            draw(ax, y, entry.published, BLACK, filled=True)
        else:
            draw(ax, y + APART, entry.published, BLACK, filled=False)
            draw(ax, y - APART, fair, VERMILLION, filled=True)
    ax.set(xlim=(-FARTHEST * 1.05, FARTHEST * 1.05), ylim=(-0.7, len(found) - 0.3))
    ax.set(xlabel=label, title=title)
    ax.set_yticks(range(len(found)), [str(entry["id"]) for entry in reversed(found)], fontsize=7)
    ax.tick_params(axis="y", length=0)


def key() -> list[Line2D]:
    """What the marks mean."""
    looks = (("control of the source", BLACK, "white"), ("fair control", VERMILLION, VERMILLION))
    return [
        Line2D([], [], color=shade, mfc=face, marker="o", ms=3.2, mew=0.8, lw=0.8, label=label)
        for label, shade, face in looks
    ]


def main(argv: list[str] | None = None) -> None:
    folder, studies, output = overview_figure_arguments(__file__, argv)
    found = [
        entry
        for entry in read(folder, [results.study for results in studies])
        if entry.judged and entry.published["standard"] is not None and entry["kind"] != "count"
    ]
    found.sort(key=lambda entry: entry.published["standard"], reverse=True)
    values = [entry for entry in found if entry["kind"] in ("value", "equal")]
    directions = [entry for entry in found if entry["kind"] not in ("value", "equal")]
    if not found:
        fig, ax = figure(height=1.0)
        ax.set_axis_off()
        ax.text(0.5, 0.5, "no claim is judged", ha="center", va="center", color=GREY, transform=ax.transAxes)
        save(fig, output)
        return
    # Two columns of one height: directions, and what is left of them above the values.
    rows = max(1, -(-(len(found) + BETWEEN) // 2))
    rest = directions[rows:]
    lengths = [len(each) + BETWEEN for each in (rest, values)]
    pitch = min(PITCH, (TALLEST - AROUND) / sum(lengths))
    parts = [length * pitch for length in lengths]
    fig, axes = figure(height=AROUND + sum(parts), nrows=2, ncols=2, height_ratios=parts)
    for ax in axes[:, 0]:
        ax.remove()
    whole = fig.add_subplot(axes[0, 0].get_gridspec()[:, 0])
    panel(whole, directions[:rows], "Directions", "effect (margins)")
    panel(axes[0, 1], rest, "Directions, continued", "")
    panel(axes[1, 1], values, "Values", "ours minus published (margins)")
    for ax, shown in ((whole, directions), (axes[0, 1], rest), (axes[1, 1], values)):
        ax.set_visible(bool(shown))
    fig.legend(handles=key(), loc="outside lower center", ncols=2)
    save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
