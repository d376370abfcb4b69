"""Dots with intervals on lines of their own, a line for each system: what several figures have in common."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from retort.report import style, tracing

LEVEL = ("mean", "low", "high")
NOTHING = "not run at this scale"


def dot(
    ax: Axes,
    y: float,
    row: Mapping,
    *,
    shade: str,
    marker: str = "o",
    columns: tuple[str, str, str] = LEVEL,
    factor: float = 1.0,
    limits: tuple[float, float] | None = None,
    filled: bool = True,
) -> None:
    """A value with its interval, if it has one, on the line `y`.

    Args:
        row: has the value and the ends of its interval, in the columns named.
        factor: 100 for a fraction in percent; or one over what values are relative to.
        limits: of the axis; a value beyond stands at the edge, as an arrow.
        filled: whether the marker is; else it is white inside.
    """
    value, low, high = (row[column] for column in columns)
    tracing.drawn([value, low, high])
    if value is None:
        return
    edges = limits or (float("-inf"), float("inf"))
    if low is not None and high is not None:
        ends = [style.at_edge(factor * end, edges, "")[0] for end in (low, high)]
        ax.plot(ends, [y, y], color=shade, lw=0.9, alpha=0.7)
    x, look = style.at_edge(factor * value, edges, marker)
    ax.plot(x, y, look, mec=shade, mfc=shade if filled else "white", ms=3.6, clip_on=False)


def lines(ax: Axes, labels: Sequence[str], *, starts: Sequence[int] = ()) -> None:
    """Lines from top to bottom with these labels, every second one shaded; thin rules above the rows `starts`."""
    for row in range(1, len(labels), 2):
        ax.axhspan(row - 0.5, row + 0.5, color=style.PALE, alpha=0.35, lw=0, zorder=0)
    for row in starts:
        if row:
            ax.axhline(row - 0.5, color=style.GREY, lw=0.6, zorder=0)
    ax.set_ylim(max(len(labels), 1) - 0.4, -0.6)
    ax.set_yticks(range(len(labels)), labels)
    ax.tick_params(axis="y", length=0)


def nothing(ax: Axes, said: str = NOTHING) -> None:
    """Say in a panel that there is nothing to draw; its ticks stay as they are."""
    ax.text(0.5, 0.5, said, ha="center", transform=ax.transAxes, fontsize=7.5)
