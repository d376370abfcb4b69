"""Figure: what remains of the gain. Every arm's gain over the untaught student, a panel for each place."""

import sys
from textwrap import wrap

import polars as pl

from retort.report import style, tracing
from retort.report.names import family, metric, places, variant, variants
from retort.report.results import Results, figure_arguments

METRIC = metric("mae")
PLACES = places(
    "mp-formation-n100",
    "mp-formation-05",
    "mp-formation",
    "mp-gap-05",
    "jarvis-formation-05",
    "jarvis-gap-05",
)
MOST_PANELS = 5
TITLE = 14  # letters across a panel
FAMILY = family("controls")
UNTAUGHT, FAIR = variants("crabnet", "crabnet-fair")
# From what brings no knowledge of a lender to all of its labels.
ARMS = (
    *variants("ts-crabnet-permuted", "crabnet-longer", "ts-crabnet-composition", "crabnet-gentle"),
    *variants("ts-crabnet-boosting", "crabnet-fair"),
    *variants("ts-crabnet-own", "crabnet-foreign", "ts-crabnet-scalar", "ts-crabnet-unseen", "ts-crabnet"),
    variant("crabnet-labels"),
)
ROLE_COLOURS = {"control": style.GREY, "ablation": style.ORANGE}


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "transfer", argv)
    table = results.contrasts.filter(
        pl.col("variant").is_in(ARMS), against=UNTAUGHT, family=FAMILY, part="test", metric=METRIC
    ).filter(pl.col("gain").is_not_null())
    shown = [place for place in PLACES if not results.at(table, place).is_empty()][:MOST_PANELS]
    arms = [name for name in ARMS if any(name in set(results.at(table, place)["variant"]) for place in shown)]
    if not shown:
        raise ValueError(f"{results.folder}: no gain over {UNTAUGHT} at {PLACES}.")
    fig, axes = style.figure(
        height=0.19 * len(arms) + 0.85, ncols=len(shown), sharex=True, sharey=True, squeeze=False
    )
    for ax, place in zip(axes[0], shown, strict=True):
        rows = {row["variant"]: row for row in results.at(table, place).to_dicts()}
        draw(ax, results, arms, rows)
        row = results.place_row(place)
        counted = f"{row['labels_train']:,} labels".replace(",", "\u2009")
        title = "\n".join(wrap(row["title"].split(", ")[0], TITLE))
        ax.set_title(f"{title},\n{counted}", fontsize=7.5)
    titles = dict(table.select("variant", "title").iter_rows())
    axes[0][0].set_yticks(range(len(arms)), [titles[name] for name in arms], fontsize=7.5)
    axes[0][0].set_ylim(len(arms) - 0.4, -0.6)
    # Intervals over few replicates may be wide: the axis holds the values.
    gains = table["gain"]
    tracing.drawn(gains)
    room = 0.12 * (gains.max() - min(0, gains.min())) + 0.02
    axes[0][0].set_xlim(min(0, gains.min()) - room, gains.max() + room)
    fig.supxlabel("gain over the untaught student, $g$", fontsize=8.5)
    style.save(fig, output)


def draw(ax: style.Axes, results: Results, arms: list[str], rows: dict[str, dict]) -> None:
    """One panel: a dot with its interval for each arm, and a line where the fair control is."""
    ax.axvline(0, color=style.GREY, lw=0.6, zorder=0)
    if FAIR in rows:
        ax.axvline(rows[FAIR]["gain"], color=style.BLACK, lw=0.6, ls=(0, (3, 2)), zorder=0)
    for y, name in enumerate(arms):
        if name not in rows:
            continue
        row, shade = rows[name], colour(results, name)
        if row["gain_low"] is not None:
            ax.plot([row["gain_low"], row["gain_high"]], [y, y], color=shade, lw=1.0)
        ax.plot(row["gain"], y, "o", color=shade, ms=3.6)
    ax.tick_params(axis="y", length=0)


def colour(results: Results, name: str) -> str:
    """The system's own colour, or that of its role."""
    system = results.system(name)
    return system["colour"] or ROLE_COLOURS[system["role"]]


if __name__ == "__main__":
    main(sys.argv[1:])
