"""Figure: every judged claim on one axis, in units of its margin; the band is what counts as no difference."""

import sys
from collections.abc import Mapping

from matplotlib.axes import Axes

from retort.report.claims import Entry, read
from retort.report.results import overview_figure_arguments
from retort.report.style import BLACK, GREY, PALE, VERMILLION, at_edge, figure, save
from retort.statistics.claims import SILENT

FARTHEST = 6.0  # margins; what lies beyond stands at the edge, as an arrow
EDGES = (-FARTHEST, FARTHEST)
APART = 0.17  # rows, between the two controls
PITCH, AROUND = 0.125, 0.75  # inches: of a row, of axis and title


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


def panel(ax: Axes, found: list[Entry], rows: int, title: str, label: str) -> None:
    """A row for each claim, the highest estimate on top; room for `rows`, as in the panel beside it."""
    found = sorted(found, key=lambda entry: entry.published["standard"])
    ax.axvspan(-1, 1, color=PALE, linewidth=0, alpha=0.6)
    ax.axvline(0, color=GREY, linewidth=0.6)
    for y, entry in enumerate(found):
        fair = entry.fair
        if fair is None or fair["standard"] is None or fair["verdict"] in SILENT:
            draw(ax, y, entry.published, BLACK, filled=True)
        else:
            draw(ax, y + APART, entry.published, BLACK, filled=False)
            draw(ax, y - APART, fair, VERMILLION, filled=True)
    ax.set(xlim=(-FARTHEST * 1.05, FARTHEST * 1.05), ylim=(len(found) - rows - 0.5, len(found)))
    ax.set(xlabel=label, title=title)
    ax.set_yticks(range(len(found)), [str(entry["id"]) for entry in found], fontsize=7)
    ax.tick_params(axis="y", length=0)
    if not found:
        words = ax.text(0, -1, "no claim is judged", ha="center", va="center", color=GREY)
        words.set_bbox({"color": "white", "pad": 1.5})


def main(argv: list[str] | None = None) -> None:
    folder, studies, output = overview_figure_arguments(__file__, argv)
    found = [
        entry
        for entry in read(folder, [results.study for results in studies])
        if entry.judged and entry.published["standard"] is not None and entry["kind"] != "count"
    ]
    values = [entry for entry in found if entry["kind"] in ("value", "equal")]
    directions = [entry for entry in found if entry["kind"] not in ("value", "equal")]
    rows = max(len(values), len(directions), 8)
    fig, (left, right) = figure(height=AROUND + PITCH * rows, ncols=2)
    panel(left, values, rows, "Values", "ours minus published (margins)")
    panel(right, directions, rows, "Directions", "effect (margins)")
    # Where there are fewer rows.
    empty = left if len(values) < len(directions) else right
    for row, (text, colour) in enumerate((("control of the source", BLACK), ("fair control", VERMILLION))):
        y = len(values if empty is left else directions) - rows + 1.2 * (1 - row)
        empty.plot(
            -FARTHEST + 0.3,
            y,
            "o",
            color=colour,
            mfc="white" if row == 0 else colour,
            markersize=3.2,
            mew=0.8,
        )
        empty.text(-FARTHEST + 0.8, y, text, va="center", fontsize=7, color=colour)
    save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
