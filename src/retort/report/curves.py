"""Training curves over seeds: the line and the band that every figure draws, with the statistic of the tables."""

from collections.abc import Iterable, Sequence

import polars as pl
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from retort.report import style, tracing

# Over fewer seeds (the others stopped earlier) the band would change for that reason alone.
LEAST_SHARE = 0.6
# Of all steps: the start of a loss, so steep that it would flatten everything after it.
STEEP = 0.04


def trimean(values: pl.Expr) -> pl.Expr:
    """The trimean of a group, the statistic of the tables."""
    q1, q2, q3 = (values.quantile(q, "linear") for q in (0.25, 0.5, 0.75))
    return (q1 + 2 * q2 + q3) / 4


def over_seeds(history: pl.DataFrame) -> pl.DataFrame:
    """Trimean and quartiles of each term of each variant at each step that most seeds reached.

    Takes `variant, term, part, step, seed, value`; returns the first four with `trimean, q1, q3, n`, sorted, and in
    `of` the values that these follow from.
    """
    value = pl.col("value")
    q1, q3 = (value.quantile(q, "linear") for q in (0.25, 0.75))
    enough = history.group_by("variant").agg((LEAST_SHARE * pl.col("seed").n_unique()).alias("enough"))
    return (
        history.group_by("variant", "term", "part", "step")
        .agg(trimean(value).alias("trimean"), q1.alias("q1"), q3.alias("q3"), pl.len().alias("n"), of=value)
        .join(enough, on="variant")
        .filter(pl.col("n") >= pl.col("enough"))
        .drop("enough")
        .sort("variant", "term", "part", "step")
    )


def draw(ax: Axes, curve: pl.DataFrame, shade: str, *, dashes: str | tuple = "-") -> None:
    """One line with its band; a curve of a few points gets markers."""
    tracing.drawn(curve["of"].explode())
    ax.fill_between(curve["step"], curve["q1"], curve["q3"], color=shade, alpha=0.25, lw=0)
    marker = "." if curve.height < 3 else None
    ax.plot(curve["step"], curve["trimean"], color=shade, ls=dashes, lw=1.0, marker=marker)


def steps(ax: Axes) -> None:
    """An axis of training steps, from zero."""
    ax.set_xlim(left=0)
    ax.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    ax.xaxis.set_major_formatter(lambda step, _: f"{step:,.0f}".replace(",", "\u2009"))


def settle(ax: Axes, curve: pl.DataFrame) -> None:
    """Axes that hold the bands of `over_seeds`, of at least one step, but for the steep start."""
    shown = curve.filter(pl.col("step") > STEEP * pl.col("step").max())
    shown = curve if shown.is_empty() else shown
    low, high = shown.select(pl.col("q1").min(), pl.col("q3").max()).row(0)
    margin = (high - low) or abs(high) or 1.0
    ax.set_ylim(low - 0.06 * margin, high + 0.12 * margin)
    ax.yaxis.set_major_locator(MaxNLocator(4))
    steps(ax)


def legend(fig: style.Figure, lines: Sequence[tuple[str, str, str | tuple]], *, columns: int) -> None:
    """One legend below all panels, of (label, colour, dashes)."""
    handles = [
        style.plt.Line2D([], [], color=shade, ls=dashes, label=label) for label, shade, dashes in lines
    ]
    fig.legend(handles=handles, loc="outside lower center", ncols=columns, columnspacing=1.4)


def apart(ticks: Sequence[int], ratio: float) -> set[int]:
    """The ticks of a logarithmic axis, from the last one on, that lie far enough apart for a number below each."""
    named: list[int] = []
    for tick in reversed(ticks):
        if not named or tick * ratio <= named[-1]:
            named.append(tick)
    return set(named)


def by_labels(ax: Axes, counts: Iterable[int], *, close: float) -> None:
    """A logarithmic axis of numbers of labels, once all is drawn: it has a tick at each of `counts`, and holds it.

    Of ticks in a ratio below `close`, whose numbers would run into each other, only some bear one.
    """
    ticks = sorted(set(counts))
    named = apart(ticks, close)
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}" if round(value) in named else "")
    if ticks:
        low, high = ax.get_xlim()
        ax.set_xlim(min(low, ticks[0]), max(high, ticks[-1]))
