"""Figure: losses of a training as long as published, and the validation loss with fewer reactions to learn from."""

import json
import sys

import polars as pl
from matplotlib.ticker import LogLocator, NullFormatter

from retort.report import curves, style, tracing
from retort.report.names import places, variant
from retort.report.results import Results, figure_arguments

LONG, SHORT = variant("longer"), variant("selector")
TERMS = {"total": "Total", "completion": "Masked completion", "composition": "Composition"}
PARTS = {"train": ("training", style.GREY), "valid": ("validation", style.BLUE)}
CHOSEN_BY = "completion"
AXIS = places("ceder-01", "ceder-03", "ceder-10", "ceder-30", "ceder")
SHADES = (style.VERMILLION, style.ORANGE, style.GREEN, style.SKY, style.BLUE)
MILLION = 1e6


def best_steps(history: pl.DataFrame) -> list[float]:
    """Of each seed, where the model is kept: at the lowest completion loss on validation reactions, but the first."""
    valid = history.filter(pl.col("step") > 0, part="valid", term=CHOSEN_BY).sort("seed", "value", "step")
    tracing.drawn(valid["value"])
    return valid.group_by("seed", maintain_order=True).first()["step"].to_list()


def seen(results: Results, name: str) -> pl.DataFrame:
    """The history of a variant at all places, its steps as millions of masked reactions."""
    batch = json.loads(results.system(name)["settings"])["training"]["batch"]
    return results.history.filter(variant=name).with_columns(pl.col("step") * (batch / MILLION))


def long_run(axes: list[style.Axes], history: pl.DataFrame) -> None:
    """The loss terms of the long training, of training and validation reactions."""
    losses, best = curves.over_seeds(history), best_steps(history)
    last = losses["step"].max()
    for ax, (term, title) in zip(axes, TERMS.items(), strict=True):
        for part, (_, shade) in PARTS.items():
            curves.draw(ax, losses.filter(term=term, part=part), shade)
        # The steep start would flatten everything after it.
        shown = losses.filter(pl.col("step") > 0.03 * last, term=term)
        low, high = shown["q1"].min(), shown["q3"].max()
        if term == "composition" and low > 0:
            ax.set_yscale("log")  # it falls by orders of magnitude
            ax.set_ylim(low / 1.3, high * 1.3)
            ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
            ax.yaxis.set_minor_formatter(NullFormatter())
        else:
            ax.set_ylim(low - 0.06 * (high - low), high + 0.12 * (high - low))
        ax.set_xlim(0, last)
        ax.set_title(title)
        for step in best:
            ax.axvline(step, color=style.BLACK, lw=0.4, ls=(0, (1, 3)), zorder=0)
    for height, (name, shade) in zip((0.88, 0.76), PARTS.values(), strict=True):
        axes[0].text(
            0.97,
            height,
            name,
            color=style.darker(shade),
            ha="right",
            transform=axes[0].transAxes,
            fontsize=7.5,
        )


def shares(ax: style.Axes, results: Results, history: pl.DataFrame) -> None:
    """The validation loss of the completion with fewer and more training reactions, a line for each number."""
    rows = [(name, row) for name in AXIS if (row := results.place_row(name)) is not None]
    for shade, (_, place) in zip(SHADES[len(SHADES) - len(rows) :], rows, strict=True):
        here = results.at(history, place).filter(pl.col("step") > 0, part="valid", term=CHOSEN_BY)
        # Of several draws the steps differ by a few: each training is drawn by its place among the validations.
        here = here.with_columns(
            pl.col("step").rank("ordinal").over("split", "seed").cast(pl.Int64).alias("turn")
        )
        mean = (
            here.group_by("turn")
            .agg(pl.col("step").mean(), pl.col("value").mean(), pl.len(), of="value")
            .filter(pl.col("len") == pl.col("len").max())
            .sort("turn")
        )
        tracing.drawn(mean["of"].explode())
        count = f"{place['rows_train']:,}".replace(",", "\u2009")
        ax.plot(mean["step"], mean["value"], color=shade, lw=1.1, label=count)
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set_title("Masked completion, validation, by reactions")
    # Curves of fewer reactions end on each other: their numbers stand apart, where all of them have fallen already.
    ax.legend(title="training reactions", loc="upper right", fontsize=7, title_fontsize=7)


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "precursors", argv)
    place = results.main_place()
    trained = set(results.at(results.history, place)["variant"])
    name = LONG if LONG in trained else SHORT
    history = seen(results, name)
    here = results.at(history, place)
    missing = set(TERMS) - set(here["term"])
    if missing:
        raise ValueError(
            f"{results.folder}/history.parquet: {name!r} has no term {sorted(missing)}. Hint: it must have run."
        )
    fig, axes = style.figure(height=3.9, nrows=2, ncols=2)
    long_run([axes[0, 0], axes[0, 1], axes[1, 0]], here)
    shares(axes[1, 1], results, seen(results, SHORT))
    for ax in axes[1]:
        ax.set_xlabel("masked reactions seen (millions)")
    for ax in axes[:, 0]:
        ax.set_ylabel("loss")
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
