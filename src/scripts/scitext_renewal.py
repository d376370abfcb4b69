"""Figure: what it is worth to start a layer anew before fine-tuning, by its depth and by how much of it is renewed."""

import json
import sys

from retort.report import style
from retort.report.dots import nothing
from retort.report.names import metric, place, variant
from retort.report.results import Results, figure_arguments

F1 = metric("f1")
PLACES = {
    place("scierc-entities-n90"): "Entities",
    place("scierc-entities"): "Entities",
    place("scierc-relations-n90"): "Relations",
    place("scierc-relations"): "Relations",
    place("scierc-coreference"): "Coreference",
}
# What is renewed stands on this one; in the control weights are drawn and not used, so that nothing may change.
UNTOUCHED, CONTROL, CONTROL_LABEL = variant("science"), variant("renewed-control"), "nothing (control)"
LAYERS = {
    "one matrix, as released": (
        variant("renewed-ffn-1"),
        variant("renewed-ffn-2"),
        variant("renewed-ffn-3"),
        variant("renewed-ffn-4"),
    ),
    "whole block": (
        variant("renewed-block-1"),
        variant("renewed-block-2"),
        variant("renewed-block-3"),
        variant("renewed-block-4"),
    ),
}
TWO, TWO_LABEL = variant("renewed-two"), "one matrix of two layers"
# Marker, colour, dashes, and by how much of the axis a line is moved aside.
LOOKS = {
    "one matrix, as released": ("o", style.SKY, (0, (4, 1.5)), -0.012),
    "whole block": ("D", style.VERMILLION, "-", 0.012),
    TWO_LABEL: ("P", style.PURPLE, "", 0.03),
    CONTROL_LABEL: ("s", style.BLACK, "", 0.0),
}
# Depths, in shares of all layers, that the source found best: DeBERTa's tenth of twelve, SciBERT's last.
PUBLISHED = (10 / 12, 1.0)


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "scitext", argv)
    found = {name: lines for name in PLACES if (lines := renewed(results, name))}
    fig, axes = style.figure(height=2.5, ncols=max(1, len(found)), squeeze=False)
    axes = axes[0]
    for ax, (name, lines) in zip(axes, found.items(), strict=False):
        draw(ax, lines)
        ax.set_title(f"{PLACES[name]}, $n = {results.place_row(name)['rows_train']}$")
        ax.set_xlabel("depth (last layer: 1)")
    if not found:
        nothing(axes[0])
    shown = {label for lines in found.values() for label in lines}
    axes[0].set_ylabel("change of F1 (points)")
    handles = [
        style.plt.Line2D([], [], marker=marker, color=shade, ls=dashes, label=label)
        for label, (marker, shade, dashes, _) in LOOKS.items()
        if label in shown
    ]
    if handles:
        fig.legend(handles=handles, loc="outside lower center", ncols=4, columnspacing=1.4)
    style.save(fig, output)


def renewed(results: Results, name: str) -> dict[str, list[tuple[float, dict]]]:
    """What was renewed at a place: by label, depths and differences."""
    lines = {label: points(results, name, systems) for label, systems in LAYERS.items()}
    lines[TWO_LABEL] = points(results, name, (TWO,))
    lines[CONTROL_LABEL] = points(results, name, (CONTROL,))
    return {label: found for label, found in lines.items() if found}


def draw(ax: style.Axes, lines: dict[str, list[tuple[float, dict]]]) -> None:
    """One panel."""
    for label, found in lines.items():
        marker, shade, dashes, aside = LOOKS[label]
        for depth, row in found:
            if row["low"] is not None:
                ends = 100 * row["low"], 100 * row["high"]
                ax.plot([depth + aside] * 2, ends, color=shade, lw=0.9, alpha=0.6)
        x, y = [depth + aside for depth, _ in found], [100 * row["difference"] for _, row in found]
        ax.plot(x, y, marker=marker, ls=dashes or "none", color=shade, ms=3.6)
    ax.axhline(0, color=style.GREY, lw=0.6, zorder=0)
    for depth in PUBLISHED:
        ax.axvline(depth, color=style.GREY, lw=0.6, ls=(0, (1, 2)), zorder=0)
    ax.set_xlim(-0.06, 1.1)


def points(results: Results, name: str, systems: tuple[str, ...]) -> list[tuple[float, dict]]:
    """The depth of what each system renews, and its difference to what nothing is renewed of, the lowest first."""
    found = []
    for system in systems:
        row = results.compared(name, system, UNTOUCHED, F1)
        found += [(depth(results, system), row)] if row else []
    return sorted(found, key=lambda each: each[0])


def depth(results: Results, system: str) -> float:
    """Where the layers that a system renews lie, as a share of all layers; of several, the mean; 0 of none."""
    settings = json.loads(results.system(system)["settings"])
    layers = [] if settings["renew"]["scope"] == "control" else settings["renew"]["layers"]
    return sum(layers) / len(layers) / settings["encoder"]["layers"] if layers else 0.0


if __name__ == "__main__":
    main(sys.argv[1:])
