"""Figure: what choosing the step on the test set is worth: R2 at three steps, the inflation, and R2 along training."""

import sys

import polars as pl

from retort.report import curves, style, tracing
from retort.report.names import metric, metrics, place, places, variant, variants
from retort.report.results import Results, figure_arguments, present

FIXED, CHOSEN, BEST = metrics("r2", "r2-chosen", "r2-peeked")
INFLATION = metric("inflation")
STEPS = {
    # metric: (marker, filled, what the legend calls it)
    FIXED: ("o", True, "fixed beforehand"),
    CHOSEN: ("o", False, "best on validation"),
    BEST: (">", True, "best on test"),
}
SYSTEMS = {variant("boosting"): "s", variant("mpnn"): "o", variant("transformer"): "^", variant("uam"): "D"}
PLACES = {
    place("bh"): "random",
    place("bh-test-1"): "Test 1",
    place("bh-test-2"): "Test 2",
    place("bh-test-3"): "Test 3",
    place("bh-test-4"): "Test 4",
    place("bh-halogen-I"): "iodides",
    place("bh-halogen-Br"): "bromides",
    place("bh-halogen-Cl"): "chlorides",
    place("bh-pyridyl"): "pyridyl",
    place("suzuki"): "Suzuki, random",
    place("eln"): "notebooks, random",
}
ALONG = variants("mpnn", "uam")
# The first two that have R2 along training: the split at random, and one far from it.
TRAINED = places("bh", "bh-halogen-Cl", "bh-test-4", "bh-test-1")
PARTS = {"valid": (0, (2, 1)), "test": "-"}
LIMITS = (-0.5, 1.0)  # of R2; what lies beyond stands at the edge, as an arrow
MOST_PANELS = 2  # of R2 along training


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "yields", argv)
    table = results.summary.filter(pl.col("variant").is_in(list(SYSTEMS)), part="test", metric=INFLATION)
    here = [name for name in PLACES if not results.at(table, name).is_empty()]
    shown = present(SYSTEMS, table)
    if not here:
        raise ValueError(
            f"{results.folder}: no place of {', '.join(PLACES)} has {INFLATION}. "
            "Hint: the figure needs systems that learn step by step."
        )
    fig = style.figure(height=0.17 * len(here) * 2 + 2.1)[0]
    fig.clear()
    above, below = fig.subfigures(2, 1)
    levels(results, above.subplots(1, len(shown), sharex=True, sharey=True, squeeze=False)[0], here, shown)
    along = trained(results)
    axes = below.subplots(1, 1 + len(along), squeeze=False, width_ratios=[1.2, *[1.0] * len(along)])[0]
    inflation(results, axes[0], here, table)
    for ax, name in zip(axes[1:], along, strict=True):
        steps(results, ax, name)
    fig.legend(handles=legend(results, shown), loc="outside lower center", ncols=5, columnspacing=1.2)
    style.save(fig, output)


def levels(results: Results, axes: list[style.Axes], here: list[str], shown: list[str]) -> None:
    """A panel for each system: its R2 at the three steps, joined by a line, at each place."""
    table = results.summary.filter(pl.col("metric").is_in(list(STEPS)), part="test")
    for ax, system in zip(axes, shown, strict=True):
        shade = results.colour(system)
        for row, name in enumerate(here):
            found = results.at(table, name).filter(variant=system)
            values = {one["metric"]: one["mean"] for one in found.to_dicts() if one["mean"] is not None}
            ends = [style.at_edge(value, LIMITS, "")[0] for value in values.values()]
            ax.plot(ends, [row] * len(ends), color=shade, lw=0.8)
            for step, (marker, filled, _) in STEPS.items():
                if step in values:
                    x, look = style.at_edge(values[step], LIMITS, marker)
                    ax.plot(
                        x, row, look, color=shade, mfc=shade if filled else "white", ms=3.6, clip_on=False
                    )
        ax.set_title(results.short(system))
        ax.axvline(0, color=style.GREY, lw=0.6, zorder=0)
        ax.set_xlabel(results.metric(FIXED).label)
    lowest = table.filter(pl.col("variant").is_in(shown))["mean"].min()
    axes[0].set_xlim(max(lowest - 0.08, LIMITS[0]), LIMITS[1])
    rows_of(axes[0], here)


def rows_of(ax: style.Axes, here: list[str]) -> None:
    """A line for each place, the first one on top."""
    ax.set_ylim(len(here) - 0.4, -0.6)
    ax.set_yticks(range(len(here)), [PLACES[name] for name in here])
    ax.tick_params(axis="y", length=0)


def inflation(results: Results, ax: style.Axes, here: list[str], table: pl.DataFrame) -> None:
    """By how much R2 rises when the step is taken that is best on test, with intervals."""
    ax.axvline(0, color=style.GREY, lw=0.6, zorder=0)
    for row, name in enumerate(here):
        for one in results.at(table, name).to_dicts():
            number = list(SYSTEMS).index(one["variant"])
            y, shade = row + 0.18 * (number - (len(SYSTEMS) - 1) / 2), results.colour(one["variant"])
            if one["low"] is not None:
                ax.plot([one["low"], one["high"]], [y, y], color=shade, lw=0.9)
            ax.plot(one["mean"], y, SYSTEMS[one["variant"]], color=shade, ms=3.2)
    rows_of(ax, here)
    highest = max(0.01, *(results.at(table, name)["mean"].max() for name in here))
    ax.set_xlim(-0.15 * highest, 1.2 * highest)  # intervals over few replicates may be wide
    ax.xaxis.set_major_locator(style.plt.MaxNLocator(4))
    ax.set_title("Inflation, best on test minus fixed")
    ax.set_xlabel(f"difference of {results.metric(FIXED).label}")


def trained(results: Results) -> list[str]:
    """Places with R2 along training, at most as many as there is room for."""
    table = results.details("epochs").filter(pl.col("variant").is_in(ALONG))
    return [name for name in TRAINED if not results.at(table, name).is_empty()][:MOST_PANELS]


def steps(results: Results, ax: style.Axes, name: str) -> None:
    """R2 on validation and on test at each evaluation, the mean over runs with one standard deviation of test."""
    table = results.at(results.details("epochs"), name)
    for system in present(ALONG, table):
        shade = results.colour(system)
        for part, dashes in PARTS.items():
            line = table.filter(variant=system, part=part).sort("step")
            ax.plot(line["step"], line["mean"], color=shade, ls=dashes, lw=1.0)
            if part == "test":
                band = line.filter(pl.col("sd").is_not_null())
                tracing.drawn(band["sd"])
                low, high = band["mean"] - band["sd"], band["mean"] + band["sd"]
                ax.fill_between(band["step"], low, high, color=shade, alpha=0.2, lw=0)
    last = table.filter(pl.col("variant").is_in(ALONG), pl.col("step") > 0)["mean"].drop_nulls()
    if len(last):
        ax.set_ylim(max(float(last.quantile(0.1, "linear")) - 0.1, LIMITS[0]), float(last.max()) + 0.03)
    curves.steps(ax)
    ax.set_title(f"{PLACES[name]}, training")
    ax.set_xlabel("training step")
    ax.set_ylabel(results.metric(FIXED).label)


def legend(results: Results, shown: list[str]) -> list:
    """Handles of the steps, of the systems, and of the parts."""
    line = style.plt.Line2D
    handles = [
        line([], [], marker=marker, ls="", color=style.BLACK, mfc=None if filled else "white", label=label)
        for marker, filled, label in STEPS.values()
    ]
    handles += [
        line([], [], marker=SYSTEMS[name], ls="-", color=results.colour(name), label=results.short(name))
        for name in shown
    ]
    parts = {"valid": "validation, along training", "test": "test, along training"}
    handles += [
        line([], [], color=style.BLACK, ls=dashes, label=parts[part]) for part, dashes in PARTS.items()
    ]
    return handles


if __name__ == "__main__":
    main(sys.argv[1:])
