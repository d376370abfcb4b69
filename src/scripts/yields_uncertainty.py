"""Figure: does a model know when it is wrong? Calibration, sparsification, sigma and coverage, in and out of sample.

Where data are generated and their noise is known, a panel holds the predicted sigma against it.
"""

import sys

import polars as pl

from retort.report import style, tracing
from retort.report.dots import nothing
from retort.report.names import metrics, place, variant, variants
from retort.report.results import Results, figure_arguments, present

IN = place("bh")
OUT = {
    place("bh-test-1"): "Test 1",
    place("bh-test-2"): "Test 2",
    place("bh-test-3"): "Test 3",
    place("bh-test-4"): "Test 4",
}
PLACES = {IN: "random"} | OUT | {place("bh-halogen-Cl"): "chlorides", place("bh-pyridyl"): "pyridyl"}
CALIBRATED = {variant("forest"): "^", variant("mpnn"): "o", variant("uam"): "D"}
# The first of them that was run is shown where there is room for one system.
SHOWN = variants("uam", "mpnn")
# `sigmas` of the table: dashes and what they are called.
SIGMAS = {"predicted": "-", "recalibrated": (0, (2, 1))}
ORDERS = {
    # order: (colour, dashes, label)
    "random": (style.GREY, (0, (1, 1)), "at random"),
    "epistemic": (style.SKY, "-", "epistemic"),
    "aleatoric": (style.ORANGE, "-", "aleatoric"),
    "total": (style.BLACK, "-", "total sigma"),
    "oracle": (style.GREY, "-", "by the error itself"),
}
COVERAGES = {
    # metric: (colour, marker, label)
    metrics("coverage-90")[0]: (style.VERMILLION, "o", "as predicted"),
    metrics("coverage-90-recalibrated")[0]: (style.BLUE, "D", "recalibrated"),
    metrics("coverage-90-conformal")[0]: (style.GREEN, "s", "split-conformal"),
}
NOMINAL = 90


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "yields", argv)
    curves, order = results.details("calibration"), results.details("sparsification")
    outside = furthest(results, curves)
    fig, axes = style.figure(height=4.6, nrows=2, ncols=3)
    calibration(results, axes[0, 0], IN, curves)
    calibration(results, axes[0, 1], outside, curves)
    sparsification(results, axes[0, 2], IN, order)
    sigmas(results, axes[1, 0])
    coverages(results, axes[1, 1])
    noise = results.details("by_noise").filter(pl.col("variant").is_in(SHOWN))
    if noise.is_empty():
        sparsification(results, axes[1, 2], outside, order)
    else:
        by_noise(results, axes[1, 2], noise)
    style.save(fig, output)


def furthest(results: Results, table: pl.DataFrame) -> str:
    """The last test part of new additives that has curves; the first one where none has."""
    found = [name for name in OUT if not results.at(table, name).is_empty()]
    return found[-1] if found else next(iter(OUT))


def calibration(results: Results, ax: style.Axes, name: str, table: pl.DataFrame) -> None:
    """Share of yields inside the intervals against the share that there should be, before and after one scalar."""
    here = results.at(table, name)
    ax.plot([0, 100], [0, 100], color=style.GREY, lw=0.6, zorder=0)
    shown = present(CALIBRATED, here)
    for system in shown:
        for kind, dashes in SIGMAS.items():
            line = here.filter(variant=system, sigmas=kind).sort("level")
            shade = results.colour(system)
            ax.plot(100 * line["level"], 100 * line["observed"], color=shade, ls=dashes, lw=1.0)
    looks = [(results.short(system), results.colour(system), "-") for system in shown]
    looks += [(kind, style.BLACK, dashes) for kind, dashes in SIGMAS.items()] if shown else []
    handles = [
        style.plt.Line2D([], [], color=shade, ls=dashes, label=label) for label, shade, dashes in looks
    ]
    if handles:
        ax.legend(handles=handles, loc="upper left", fontsize=6.5, labelspacing=0.2, borderaxespad=0.1)
    else:
        nothing(ax)
    ax.set(xlim=(0, 100), ylim=(0, 100), xlabel="expected inside (%)", ylabel="found inside (%)")
    ax.set_title(f"Calibration, {PLACES[name]}")


def sparsification(results: Results, ax: style.Axes, name: str, table: pl.DataFrame) -> None:
    """Mean absolute error of what is kept, of one system, by what was left out first."""
    here = results.at(table, name)
    shown = present(SHOWN, here)[:1]
    for order, (shade, dashes, label) in ORDERS.items():
        line = here.filter(pl.col("variant").is_in(shown), order=order).sort("left_out")
        if not line.is_empty():
            ax.plot(100 * line["left_out"], line["mae"], color=shade, ls=dashes, lw=1.0, label=label)
    if ax.lines:
        ax.legend(fontsize=6.5, labelspacing=0.2, borderaxespad=0.1, loc="lower left")
    else:
        nothing(ax)
    ax.set_ylim(bottom=0)
    ax.set(xlabel="left out (%)", ylabel="MAE of the rest (points)")
    ax.set_title(", ".join([f"Left out, {PLACES[name]}", *map(results.short, shown)]))


def sigmas(results: Results, ax: style.Axes) -> None:
    """Mean sigma and root mean square error of one system on the test part of each place."""
    table = results.details("sigma_by_part").filter(kind="total")
    shown = present(SHOWN, table)[-1:]  # that which was run at most places
    here = [
        name
        for name in PLACES
        if not results.at(table, name).filter(pl.col("variant").is_in(shown), part="test").is_empty()
    ]
    for row, name in enumerate(here):
        one = results.at(table, name).filter(part="test", variant=shown[0])
        tracing.drawn(one["sigma"], one["rmse"])
        sigma, rmse = one["sigma"].mean(), one["rmse"].mean()
        ax.plot([sigma, rmse], [row, row], color=style.GREY, lw=0.8, zorder=0)
        ax.plot(sigma, row, "o", color=style.VERMILLION, ms=3.8, label="" if row else r"mean $\sigma$")
        ax.plot(rmse, row, "o", color=style.BLACK, mfc="white", ms=3.8, label="" if row else "RMSE")
    if here:
        ax.legend(fontsize=6.5, labelspacing=0.2, borderaxespad=0.1, loc="lower right")
    else:
        nothing(ax)
    rows_of(ax, here)
    ax.set_xlim(left=0)
    ax.set_xlabel("points of yield")
    ax.set_title(", ".join([r"Does $\sigma$ rise?", *map(results.short, shown)]))


def coverages(results: Results, ax: style.Axes) -> None:
    """What 90 % intervals of one system cover at each place, with intervals over replicates."""
    table = results.summary.filter(pl.col("metric").is_in(list(COVERAGES)), part="test")
    shown = present(SHOWN, table)[-1:]
    table = table.filter(pl.col("variant").is_in(shown))
    here = [name for name in PLACES if not results.at(table, name).is_empty()]
    ax.axvline(NOMINAL, color=style.GREY, lw=0.8, zorder=0)
    for row, name in enumerate(here):
        rows = {one["metric"]: one for one in results.at(table, name).to_dicts()}
        for number, (measure, (shade, marker, label)) in enumerate(COVERAGES.items()):
            if measure not in rows:
                continue
            y, one = row + 0.2 * (number - 1), rows[measure]
            if one["low"] is not None:
                ax.plot([100 * one["low"], 100 * one["high"]], [y, y], color=shade, lw=0.9, alpha=0.6)
            ax.plot(100 * one["mean"], y, marker, color=shade, ms=3.2, label="" if row else label)
    if here:
        ax.legend(fontsize=6.5, labelspacing=0.2, borderaxespad=0.1, loc="lower left")
    else:
        nothing(ax)
    rows_of(ax, here)
    ax.set_xlim(0, 100)
    ax.set_xlabel("covered (%)")
    ax.set_title(", ".join([rf"{NOMINAL} % intervals", *map(results.short, shown)]))


def rows_of(ax: style.Axes, here: list[str]) -> None:
    """A line for each place, the first one on top, and room for a legend below the last one."""
    ax.set_ylim(1.35 * len(here), -0.6)
    ax.set_yticks(range(len(here)), [PLACES[name] for name in here])
    ax.tick_params(axis="y", length=0)


def by_noise(results: Results, ax: style.Axes, table: pl.DataFrame) -> None:
    """Predicted sigma against the true one, in tenths of the rows, of generated data."""
    here = results.at(table, IN)
    shown = present(SHOWN, here)[:1]
    for kind in ("total", "aleatoric", "epistemic"):
        line = here.filter(pl.col("variant").is_in(shown), kind=kind).sort("tenth")
        if not line.is_empty():
            shade, _, label = ORDERS[kind]
            ax.plot(line["true_sd"], line["sigma"], "o-", color=shade, lw=1.0, ms=2.8, label=label)
    if not ax.lines:
        nothing(ax)
    else:
        highest = max(*ax.get_xlim(), *ax.get_ylim())
        ax.plot([0, highest], [0, highest], color=style.GREY, lw=0.6, zorder=0)
        ax.set(xlim=(0, None), ylim=(0, 1.35 * highest))  # room for the legend
        ax.legend(fontsize=6.5, labelspacing=0.2, borderaxespad=0.1, loc="upper left")
    ax.set(xlabel="true noise, sd (points)", ylabel=r"predicted $\sigma$ (points)")
    ax.set_title(", ".join(["Known noise", *map(results.short, shown)]))


if __name__ == "__main__":
    main(sys.argv[1:])
