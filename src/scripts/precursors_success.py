"""Figure: success against attempts with all reactions, and within five attempts against the number of reactions."""

import sys

import polars as pl
from matplotlib.ticker import FixedLocator, NullLocator

from retort.report import style
from retort.report.names import metrics, places, variant, variants
from retort.report.results import Results, figure_arguments, present

# Success within 1, 2, ... attempts.
SUCCESS = (
    *metrics("success@1", "success@2", "success@3", "success@4", "success@5"),
    *metrics("success@6", "success@7", "success@8", "success@9", "success@10"),
)
AT = 5  # attempts of the panels against reactions
PARTS = variants("selector", "raw-mpc-first", "learned-common-first", "raw-common-first")
ALONE = variants("bare-head")
ELEMENTS = {
    variant("selector"): ("one-hot", style.SKY),
    variant("selector-mat2vec"): ("from text", style.VERMILLION),
    variant("selector-random"): ("random", style.BLACK),
}
AXIS = places("ceder-01", "ceder-03", "ceder-10", "ceder-30", "ceder")
PUBLISHED = variant("selector")
COUNTS = {1e2: "$10^2$", 1e3: "$10^3$", 1e4: "$10^4$", 1e5: "$10^5$"}
PERCENT = [pl.col(name) * 100 for name in ("mean", "low", "high")]


def attempts(results: Results) -> pl.DataFrame:
    """Percent solved within k attempts with all reactions: variant, x (k), mean, low, high."""
    k = pl.DataFrame({"metric": SUCCESS, "x": range(1, len(SUCCESS) + 1)})
    rows = results.at(results.summary, results.main_place()).filter(part="test").join(k, on="metric")
    return rows.select("variant", "x", *PERCENT).sort("variant", "x")


def scarcity(results: Results) -> pl.DataFrame:
    """Percent solved within five attempts: variant, x (labelled reactions), mean, low, high."""
    counts = results.places.filter(pl.col("name").is_in(AXIS)).select("dataset", "split", x="rows_train")
    rows = results.summary.filter(part="test", metric=SUCCESS[AT - 1]).join(counts, on=["dataset", "split"])
    return rows.select("variant", "x", *PERCENT).sort("variant", "x")


def draw(ax: style.Axes, table: pl.DataFrame, looks: dict[str, tuple[str, str]]) -> None:
    """A line with its intervals for each system, and its label at the right end."""
    ends = []
    for name in present(looks, table):
        label, shade = looks[name]
        line = table.filter(variant=name)
        known = line.drop_nulls(["low", "high"])
        ax.vlines(known["x"], known["low"], known["high"], color=shade, lw=0.8, alpha=0.7)
        ax.plot(line["x"], line["mean"], color=shade, marker="o", markersize=2.4)
        ends.append((line["mean"][-1], line["x"][-1], label, style.darker(shade)))
    if len(set(table["x"])) > 1 and ends and looks:
        last = max(x for _, x, _, _ in ends)
        style.label_ends(ax, [(y, label, shade) for y, _, label, shade in ends if label], x=last, points=8.5)


def draw_published(ax: style.Axes, results: Results) -> None:
    """A diamond at each published value where there is one of this place."""
    for k, name in enumerate(SUCCESS, start=1):
        quoted = results.quoted(results.main_place(), name).get(PUBLISHED)
        if quoted:
            ax.plot(k, quoted["value"], marker="D", ms=5, mfc="none", mec=style.BLACK, mew=0.8, zorder=5)


def counted(ax: style.Axes, x: pl.Series) -> None:
    """A logarithmic axis of reactions."""
    ax.set_xscale("log")
    if len(x):
        ax.set_xlim(x.min() / 1.4, x.max() * 1.4)
    low, high = ax.get_xlim()
    ax.xaxis.set_major_locator(FixedLocator([count for count in COUNTS if low <= count <= high]))
    ax.xaxis.set_major_formatter(lambda value, _: COUNTS.get(value, ""))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlabel("training reactions, $n$")


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "precursors", argv)
    by_attempts, by_reactions = attempts(results), scarcity(results)
    if by_attempts.is_empty():
        raise ValueError(
            f"{results.folder}/summary.parquet has no score of {SUCCESS[0]!r}. Hint: a system must have run."
        )
    looks = {
        name: (results.short(name), results.colour(name))
        for name in present((*PARTS, *ALONE), results.systems)
    }
    fig, axes = style.figure(height=2.5, ncols=3, sharey=True, width_ratios=[1, 1.12, 0.92])
    shown = by_attempts.filter(pl.col("variant").is_in([*PARTS, *ALONE]))
    reach = by_reactions.filter(pl.col("variant").is_in([*PARTS, *ALONE, *ELEMENTS]))
    low = min(value for value in (shown["mean"].min(), reach["mean"].min(), 90) if value is not None)
    axes[0].set_ylim(max(0, 10 * int((low - 3) / 10)), 100)
    draw(axes[0], shown, {name: ("", shade) for name, (_, shade) in looks.items()})
    draw_published(axes[0], results)
    axes[0].set_xlabel("attempts, $k$")
    axes[0].set_xticks(range(1, len(SUCCESS) + 1, 3))
    axes[0].set_title("All reactions")
    axes[0].set_ylabel("targets solved (%)")
    counted(axes[1], reach["x"])
    draw(axes[1], reach, looks)
    axes[1].set_title("Similarity and completion")
    counted(axes[2], reach["x"])
    draw(axes[2], reach, ELEMENTS)
    axes[2].set_title("Elements")
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
