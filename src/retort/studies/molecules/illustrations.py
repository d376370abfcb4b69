"""Tables behind two figures about single molecules: which atoms crops hold, and where a transformer looks."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

CROPS_SCHEMA = {
    "kind": pl.String,
    "role": pl.String,
    "number": pl.Int64,
    "smiles": pl.String,
    "atoms": pl.List(pl.Int64),
    "text": pl.String,
}
ATTENTION_SCHEMA = {
    **dict.fromkeys(["layer", "head", "source", "target"], pl.Int64),
    **dict.fromkeys(["token_source", "token_target"], pl.String),
    "value": pl.Float64,
}


def crops(smiles: str, kinds: Sequence[str], seed: int) -> pl.DataFrame:
    """Two global and two local crops of one molecule for each kind.

    Args:
        smiles: the molecule, as standardised SMILES.
        kinds: of `crops.KINDS`.
        seed: every kind starts from it.

    Returns:
        `CROPS_SCHEMA`: `role` is global or local, `number` counts within the role from 0, `smiles` is the whole
        molecule, `atoms` are numbered in the order of reading it, `text` is what a transformer reads of the crop.

    Raises:
        MoleculeError: RDKit cannot read the string.
        ValueError: an unknown kind.
    """
    from retort.chemistry.molecular_graphs import Skeleton, graph
    from retort.chemistry.molecules import parse
    from retort.chemistry.smiles_text import fragment
    from retort.studies.molecules.crops import CropMaker

    found = graph(parse(smiles))
    skeleton = Skeleton.of(len(found.atoms), found.bonds, found.rings)
    rows = []
    for kind in kinds:
        rng = np.random.default_rng(seed)
        maker = CropMaker(kind)
        for place, atoms in enumerate(maker.draw(skeleton, rng)):
            is_global = place < maker.globals_
            role, number = ("global", place) if is_global else ("local", place - maker.globals_)
            text = fragment(smiles, atoms, kind, rng, False)
            rows.append((kind, role, number, smiles, atoms.tolist(), text))
    return pl.DataFrame(rows, schema=CROPS_SCHEMA, orient="row")


def attention(run_folder: Path, settings: dict, smiles: str) -> pl.DataFrame:
    """Attention weights of the trained transformer of a pre-training run (`mlm` or `dino-smiles`) on one molecule.

    Args:
        run_folder: holds `model.safetensors` with the weights `backbone.*`.
        settings: of that run; its `backbone` is `smiles`.
        smiles: the molecule, as the run's model reads it.

    Returns:
        `ATTENTION_SCHEMA`, layers and heads from 0, for each pair of tokens, `<start>` and `<end>` included: `value` is
        the weight that `source` gives `target`; those of one source sum to 1.

    Raises:
        ValueError: the run's backbone reads no SMILES, the string does not fit the model, or it has an atom outside the
            vocabulary, whose parts could not be drawn as one atom.
    """
    import torch

    from retort.chemistry.smiles_tokens import is_spelt_out, length, tokens
    from retort.nn.tokens import smiles_batch
    from retort.studies.molecules.backbones import load

    if settings["backbone"] != "smiles":
        raise ValueError(
            f"{run_folder}: backbone is {settings['backbone']!r}, expected 'smiles'. Hint: a graph network has no "
            "attention; take the run of mlm or dino-smiles."
        )
    longest = settings["smiles"]["longest"]
    if length(smiles) > longest or is_spelt_out(smiles):
        raise ValueError(
            f"{smiles!r} needs {length(smiles)} tokens, expected at most {longest} and each in the vocabulary. "
            "Hint: draw a smaller or more ordinary molecule."
        )
    backbone = load(Path(run_folder), settings).eval()
    with torch.no_grad():
        found = (
            backbone.attention(smiles_batch([smiles], longest))[:, 0].double().numpy()
        )  # (layers, heads, L, L)
    names = np.array(["<start>", *tokens(smiles), "<end>"])
    layer, head, source, target = (axis.ravel() for axis in np.indices(found.shape))
    columns = (layer, head, source, target, names[source], names[target], found.ravel().round(6))
    return pl.DataFrame(dict(zip(ATTENTION_SCHEMA, columns, strict=True)), schema_overrides=ATTENTION_SCHEMA)
