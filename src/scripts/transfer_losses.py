"""Figure: losses of both steps against training steps, for training and validation, over seeds."""

import sys
from dataclasses import dataclass

import polars as pl

from retort.report import style
from retort.report.results import Results, figure_arguments

PLACES = ("mp-formation", "mp-formation-05")
PARTS = {"train": ("training", style.GREY), "valid": ("validation", style.VERMILLION)}
# Over fewer seeds (the others stopped earlier) the band would change for that reason alone.
LEAST_SHARE = 0.6


@dataclass(frozen=True)
class Line:
    """One term of one variant on one part, and how it is drawn."""

    variant: str
    term: str
    part: str
    label: str
    shade: str


def both_parts(variant: str, term: str) -> list[Line]:
    return [Line(variant, term, part, label, shade) for part, (label, shade) in PARTS.items()]


PANELS = {
    "Step 1: embedding": both_parts("crabnet-aligned", "embedding"),
    "Step 2: embedding": both_parts("ts-crabnet", "embedding"),
    "Step 2: target": both_parts("ts-crabnet", "target"),
    "Validation, error of predictions": [
        Line("crabnet", "mae", "valid", "untaught", style.BLACK),
        Line("ts-crabnet", "mae", "valid", "taught, step 2", style.VERMILLION),
    ],
}


def over_seeds(history: pl.DataFrame) -> pl.DataFrame:
    """Trimean and quartiles of each term of each variant at each step that most seeds reached."""
    q1, q2, q3 = (pl.col("value").quantile(q, "linear") for q in (0.25, 0.5, 0.75))
    seeds = pl.col("seed").n_unique()
    enough = history.group_by("variant").agg((LEAST_SHARE * seeds).alias("enough"))
    return (
        history.group_by("variant", "term", "part", "step")
        .agg(((q1 + 2 * q2 + q3) / 4).alias("trimean"), q1.alias("q1"), q3.alias("q3"), pl.len().alias("n"))
        .join(enough, on="variant")
        .filter(pl.col("n") >= pl.col("enough"))
        .sort("variant", "term", "part", "step")
    )


def history_of(results: Results) -> tuple[pl.DataFrame, str]:
    """The history at the first place that has both steps, and the unit of its errors."""
    for place in PLACES:
        history = results.at(results.history, place)
        if {"crabnet-aligned", "ts-crabnet"} <= set(history["variant"]):
            unit = results.at(results.scores, place).filter(metric="mae")["unit"]
            return history, unit[0] if len(unit) else ""
    raise ValueError(f"{results.folder}/history.parquet: no place of {PLACES} has both steps of T-S CrabNet.")


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "transfer", argv)
    history, unit = history_of(results)
    curves = over_seeds(history)
    fig, axes = style.figure(height=3.5, nrows=2, ncols=2)
    for ax, (title, lines) in zip(axes.flat, PANELS.items(), strict=True):
        ax.set_title(title)
        drawn = []
        for line in lines:
            curve = curves.filter(variant=line.variant, term=line.term, part=line.part)
            if curve.is_empty():
                continue
            drawn.append((line, curve))
            ax.fill_between(curve["step"], curve["q1"], curve["q3"], color=line.shade, alpha=0.3, lw=0)
            # A curve of one point would be invisible.
            ax.plot(
                curve["step"],
                curve["trimean"],
                color=line.shade,
                lw=1.0,
                marker="." * (curve.height < 3) or None,
            )
        if not drawn:
            ax.text(0.5, 0.5, "not recorded at this scale", ha="center", transform=ax.transAxes)
            continue
        # The steep start would flatten everything after it.
        last = max(curve["step"].max() for _, curve in drawn)
        shown = pl.concat([curve.filter(pl.col("step") > 0.04 * last) for _, curve in drawn])
        low, high = shown["q1"].min(), shown["q3"].max()
        margin = (high - low) or abs(high) or 1.0
        ax.set_ylim(low - 0.06 * margin, high + 0.12 * margin)
        ax.set_xlim(0, last)
        ax.yaxis.set_major_locator(style.plt.MaxNLocator(4))
        ax.xaxis.set_major_locator(style.plt.MaxNLocator(4))
        ax.xaxis.set_major_formatter(lambda step, _: f"{step:,.0f}".replace(",", "\u2009"))
        ax.set_ylabel(f"MAE ({unit})" if title == "Validation, error of predictions" else "loss")
        for row, (line, _) in enumerate(drawn):
            ax.text(
                0.97,
                0.94 - 0.14 * row,
                line.label,
                color=style.darker(line.shade),
                ha="right",
                va="top",
                transform=ax.transAxes,
                fontsize=7.5,
            )
    for ax in axes[-1]:
        ax.set_xlabel("training step")
    fig.align_ylabels()
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
