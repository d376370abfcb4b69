"""Figure: frozen vectors of test molecules in two dimensions, coloured by scaffold and by the label."""

import sys

import polars as pl

from retort.report import style
from retort.report.names import places, variants
from retort.report.protocols import strict
from retort.report.results import Results, figure_arguments, present

SEED = 0
VARIANTS = variants("gin-frozen", "dino-frozen")
# A numbered label is preferred: two classes make a poor map.
PREFERRED = places("lipophilicity", "esol", "bace", "bbbp")
# Scaffolds are numbered from 0, the most frequent first; more than these are hard to tell apart.
SCAFFOLDS = (*style.CYCLE[:6], style.YELLOW)
CLASSES = {0.0: style.SKY, 1.0: style.VERMILLION}


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "molecules", argv)
    table = results.illustrations("embeddings")
    place = chosen(results, table)
    row = results.place_row(place)
    table = table.filter(dataset=row["dataset"])
    names = present(VARIANTS, table)
    fig, axes = style.figure(height=2.35 * len(names), nrows=len(names), ncols=2, squeeze=False)
    for line, name in zip(axes, names, strict=True):
        # In a shuffled order, so that no molecule lies on top because of its name.
        points = table.filter(variant=name).sort("id").sample(fraction=1, shuffle=True, seed=SEED)
        for ax in line:
            ax.set_xticks([])
            ax.set_yticks([])
            ax.margins(0.04)
            for spine in ax.spines.values():
                spine.set_visible(False)
        size = max(2.0, min(12.0, 3000 / max(1, points.height)))
        by_scaffold(line[0], points, size)
        by_label(line[1], points, size)
        line[0].set_ylabel(results.short(name))
    axes[0, 0].set_title("by scaffold")
    label = table["label"][0].replace("_", " ")  # Computer Modern has no underscore
    axes[0, 1].set_title(f"by label ({row['title']}: {label})")
    style.save(fig, output)


def chosen(results: Results, table: pl.DataFrame) -> str:
    """Whose set to draw: the first of PREFERRED, otherwise of the grid; that with most variants wins."""
    counts = {
        name: len(present(VARIANTS, table.filter(dataset=row["dataset"])))
        for name in (*PREFERRED, *strict(results))
        if (row := results.place_row(name))
    }
    best = max(counts.values(), default=0)
    if not best:
        raise ValueError(
            f"{results.folder}/illustrations/embeddings.parquet has no row of a set with a strict place in the grid."
        )
    return next(name for name, count in counts.items() if count == best)


def by_scaffold(ax: style.Axes, points: pl.DataFrame, size: float) -> None:
    others = points.filter((pl.col("scaffold") < 0) | (pl.col("scaffold") >= len(SCAFFOLDS)))
    ax.scatter(others["x"], others["y"], s=size, c=style.PALE, lw=0)
    for number, shade in enumerate(SCAFFOLDS):
        some = points.filter(scaffold=number)
        ax.scatter(some["x"], some["y"], s=1.6 * size, color=shade, lw=0)


def by_label(ax: style.Axes, points: pl.DataFrame, size: float) -> None:
    """Classes in two colours, numbers in a scale; what was not measured is pale."""
    missing, known = points.filter(pl.col("value").is_null()), points.filter(pl.col("value").is_not_null())
    ax.scatter(missing["x"], missing["y"], s=size, c=style.PALE, lw=0)
    if set(known["value"]) <= set(CLASSES):
        for value, shade in CLASSES.items():
            some = known.filter(value=value)
            ax.scatter(some["x"], some["y"], s=size, color=shade, lw=0, label="yes" if value else "no")
        ax.legend(loc="upper right", handletextpad=0.1, borderpad=0)
        return
    span = known["value"].quantile(0.02, "linear"), known["value"].quantile(0.98, "linear")
    dots = ax.scatter(
        known["x"], known["y"], c=known["value"], s=size, cmap="viridis", vmin=span[0], vmax=span[1], lw=0
    )
    bar = ax.figure.colorbar(dots, ax=ax, shrink=0.7, aspect=25, pad=0.01, extend="both")
    bar.outline.set_visible(False)


if __name__ == "__main__":
    main(sys.argv[1:])
