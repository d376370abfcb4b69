"""The view `reaction_fingerprints`: DRFP of each reaction, and ECFP4 counts of each distinct molecule."""

from pathlib import Path

import numpy as np
import polars as pl
from rdkit.Chem import rdFingerprintGenerator
from safetensors.numpy import save_file

from retort.chemistry.molecules import parse
from retort.chemistry.reaction_fingerprints import drfp
from retort.datasets.views.reaction_molecules import ARRAYS, Reactions

RADIUS, BITS = 2, 1024


def build(rows: pl.DataFrame, folder: Path) -> None:
    """Write the view of the N prepared `rows`, a table of reactions with M distinct molecules, into `folder`.

    - `molecules.parquet`: `smiles, flat`; `reactions.parquet`: `id`, in the order of `rows`.
    - `arrays.safetensors`: `drfp` uint8 (N, 256), 2,048 bits as `numpy.packbits` packs them; `ecfp` uint8 (M, 1024),
      how often each bit was set, 255 at most.
    """
    reactions = Reactions.of(rows)
    smiles = reactions.molecules["smiles"].to_list()
    bits = drfp(list(zip(reactions.reactants, reactions.products, strict=True)), smiles)
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=BITS)
    counts = np.stack([generator.GetCountFingerprintAsNumPy(parse(one)) for one in smiles])
    reactions.write(rows, folder)
    save_file(
        {"drfp": np.packbits(bits, axis=1), "ecfp": np.minimum(counts, 255).astype(np.uint8)}, folder / ARRAYS
    )
