"""Figure: attention of a transformer on one molecule, between its tokens in each layer, and onto its atoms."""

import sys

import numpy as np
import polars as pl
from matplotlib.colors import Normalize

from retort.chemistry.smiles_tokens import is_atom
from retort.report import structures, style
from retort.report.results import figure_arguments

COLOURS = "Oranges"
LAYERS = (0, -1)  # drawn as matrices: the first and the last
SPECIAL = ("<start>", "<end>")
READABLE = 50  # of more tokens, names would be specks


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "molecules", argv)
    table = results.illustrations("attention")
    tokens, weights = matrices(table)
    layers = sorted({layer % len(weights) for layer in LAYERS})
    longest = max(len(tokens), 1)
    fig, axes = style.figure(
        height=2.35, ncols=len(layers) + 1, squeeze=False, width_ratios=[1] * len(layers) + [1.25]
    )
    small = float(np.clip(130 / longest, 2.6, 6.0))
    for ax, layer in zip(axes[0], layers, strict=False):
        # The square root: a few large weights would leave one hue for all others.
        ax.pcolormesh(np.sqrt(weights[layer]), cmap=COLOURS, vmin=0, lw=0)
        ax.invert_yaxis()
        ax.set_aspect("equal")
        names = [
            {"<start>": "start", "<end>": "end"}.get(token, token).replace("$", r"\$") for token in tokens
        ]
        if longest > READABLE:
            names = [""] * longest
        ax.set_xticks(np.arange(longest) + 0.5, names, fontsize=small, rotation=90)
        ax.set_yticks(np.arange(longest) + 0.5, names, fontsize=small)
        ax.tick_params(length=0, pad=1)
        ax.set_title(f"layer {layer + 1} of {len(weights)}")
        ax.set_xlabel("to")
    axes[0, 0].set_ylabel("from")
    ax = axes[0, -1]
    ax.set_title("received by each atom, last layer")
    fig.get_layout_engine().execute(fig)  # gives the axes their final size, which letters depend on
    received = on_atoms(tokens, weights[-1])
    scale = Normalize(0, max(received) if len(received) else 1)
    shades = {
        atom: style.matplotlib.colormaps[COLOURS](0.75 * scale(value)) for atom, value in enumerate(received)
    }
    structures.draw(ax, smiles(tokens), atoms=shades, bonds=False)
    style.save(fig, output)


def matrices(table: pl.DataFrame) -> tuple[list[str], np.ndarray]:
    """The tokens (L,) and the mean over heads, (layers, L, L) from source to target."""
    tokens = table.select("source", "token_source").unique().sort("source")["token_source"].to_list()
    mean = (
        table.group_by("layer", "source", "target")
        .agg(pl.col("value").mean())
        .sort("layer", "source", "target")
    )
    layers = mean["layer"].n_unique()
    if mean.height != layers * len(tokens) ** 2:
        raise ValueError(
            f"illustrations/attention.parquet has {mean.height} values for {layers} layers of {len(tokens)} tokens, "
            f"expected {layers * len(tokens) ** 2}. Hint: it holds one molecule of one run."
        )
    return tokens, mean["value"].to_numpy().reshape(layers, len(tokens), len(tokens))


def smiles(tokens: list[str]) -> str:
    """The string that the tokens spell."""
    return "".join(token for token in tokens if token not in SPECIAL)


def on_atoms(tokens: list[str], weights: np.ndarray) -> np.ndarray:
    """(A,) mean weight that each atom's token receives from all tokens; atoms in the order of the string.

    A token of brackets that was spelt out would break the order of atoms: such a molecule is not to be drawn.
    """
    places = [place for place, token in enumerate(tokens) if is_atom(token)]
    return weights.mean(axis=0)[places]


if __name__ == "__main__":
    main(sys.argv[1:])
