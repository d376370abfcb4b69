"""Figure: what each loan gains at every place over its fair control, a panel a loan, a line a place.

Beside it the gain over the published control, and what the simple baseline gains over the fair control.
"""

import sys

import polars as pl

from retort.report import style, tracing
from retort.report.results import Results, figure_arguments
from retort.statistics.gains import PRACTICAL
from retort.statistics.verdicts import LEVEL

# Arm: (title, colour, marker).
ARMS = {
    "fair": ("loan over the fair control", style.VERMILLION, "o"),
    "published": ("loan over the published control", style.ORANGE, "D"),
    "simple": ("simple baseline over the fair control", style.GREY, "s"),
}
COLUMNS = (3, 5, 7)  # panels in a row: the fewest with which the figure fits a page
TALLEST = 7.8  # inches, with room for the caption on the supplement's wider page
FARTHEST = 1.0  # what is beyond stands at the edge, as an arrow
EDGES = (-FARTHEST, FARTHEST)


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "molecules", argv)
    table = gains(results)
    loans = [name for name in results.loans["loan"].unique(maintain_order=True) if name in set(table["loan"])]
    if not loans:
        raise ValueError(
            f"{results.folder}/gains.parquet has no loan. Hint: the figure needs a loan and its control."
        )
    places = table.select("dataset", "split", "label", "order").unique(maintain_order=True).sort("order")
    rows, columns, height = shape(len(loans), len(places))
    fig, axes = style.figure(
        height=height, nrows=rows, ncols=columns, sharex=True, sharey=True, squeeze=False
    )
    for ax in axes.flat[len(loans) :]:
        ax.set_visible(False)
    for ax, loan in zip(axes.flat, loans, strict=False):
        draw(ax, table.filter(loan=loan), places)
        ax.set_title(table.filter(loan=loan)["title"][0].replace(", ", ",\n"), fontsize=7)
    for ax in axes.flat[max(0, len(loans) - columns) : len(loans)]:
        ax.tick_params(labelbottom=True)
        ax.set_xlabel("gain, $g$")
    handles = [
        style.plt.Line2D([], [], color=shade, marker=marker, ls="", label=title)
        for arm, (title, shade, marker) in ARMS.items()
        if arm in set(table["arm"])
    ]
    fig.legend(handles=handles, loc="outside lower center", ncols=3, columnspacing=1.2)
    style.save(fig, output)


def shape(loans: int, places: int) -> tuple[int, int, float]:
    """Rows and columns of panels, and the height of the figure in inches."""
    for most in COLUMNS:
        rows = -(-loans // most)
        height = rows * (0.65 + 0.125 * places) + 0.4
        if height <= TALLEST:
            break
    return rows, min(most, loans), min(height, TALLEST)


def gains(results: Results) -> pl.DataFrame:
    """The gains of places from means, with the `label` and the `order` of each place."""
    places = results.places.select(
        "dataset",
        "split",
        "order",
        labels_here=pl.coalesce("labels_train", "rows_train"),
        share="share",
        titled="title",
    )
    several = pl.col("share").fill_null(0) < 1
    lent = results.gains.filter(arm="fair").select("loan", "dataset", "split").unique()
    return (
        results.gains.join(lent, on=["loan", "dataset", "split"], how="semi")
        .filter(~pl.col("robust"), pl.col("dataset").is_not_null(), pl.col("arm").is_in(list(ARMS)))
        .join(places, on=["dataset", "split"])
        .with_columns(
            label=pl.col("titled").str.replace(r" \(.*\)$", "")
            + pl.when(several).then(pl.format(", {} labels", "labels_here")).otherwise(pl.lit(""))
        )
        .sort("order")
    )


def draw(ax: style.Axes, table: pl.DataFrame, places: pl.DataFrame) -> None:
    """The arms of one loan."""
    line = {(row["dataset"], row["split"]): number for number, row in enumerate(places.to_dicts())}
    ax.axvspan(-PRACTICAL, PRACTICAL, color=style.PALE, alpha=0.5, lw=0)
    ax.axvline(0, color=style.BLACK, lw=0.6)
    for number, (arm, (_, shade, marker)) in enumerate(ARMS.items()):
        for row in table.filter(arm=arm).to_dicts():
            height = line[row["dataset"], row["split"]] + 0.22 * (number - 1)
            gain, mark = style.at_edge(row["gain"], EDGES, marker)
            if row["low"] is not None:
                ends = [style.at_edge(row[end], EDGES, "")[0] for end in ("low", "high")]
                ax.hlines(height, *ends, color=shade, lw=0.8)
            # Filled where it differs from zero after Holm, over the places of this arm.
            tracing.drawn([row["p_holm"]])
            sure = row["p_holm"] is not None and row["p_holm"] <= LEVEL
            ax.plot(gain, height, marker=mark, ms=3, mfc=shade if sure else "white", mec=shade, ls="")
    ax.set_xlim(-FARTHEST * 1.03, FARTHEST * 1.03)
    ax.set_ylim(len(places) - 0.4, -0.6)
    ax.set_yticks(range(len(places)), places["label"].to_list(), fontsize=7)
    ax.tick_params(axis="y", length=0)


if __name__ == "__main__":
    main(sys.argv[1:])
