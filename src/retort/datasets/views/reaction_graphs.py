"""The view `reaction_graphs`: the graph of each distinct molecule once, and the molecules of each reaction."""

from pathlib import Path

import numpy as np
import polars as pl
from safetensors.numpy import save_file

from retort.chemistry.component_graphs import ATOM_WIDTH, BOND_WIDTH, component_graph
from retort.chemistry.molecules import parse
from retort.datasets.views.reaction_molecules import ARRAYS, Reactions, ragged


def build(rows: pl.DataFrame, folder: Path) -> None:
    """Write the view of the N prepared `rows`, a table of reactions, into `folder`.

    The M distinct molecules have A atoms in all and E directed bonds, which have T distinct rows of features.

    - `molecules.parquet`: `smiles, flat`; `reactions.parquet`: `id`, in the order of `rows`.
    - `arrays.safetensors`:
      `atoms` uint8 (A, ATOM_WIDTH) and `atom_offsets` int64 (M + 1,);
      `edges` int64 (2, E), from and to, atoms counted over all molecules, and `edge_offsets` int64 (M + 1,);
      `bond_types` uint8 (T, BOND_WIDTH) and `edge_types` int64 (E,), the row of each directed bond;
      `reactants` int64 (R,), places of molecules, `roles` int64 (R,), places in `reaction_yields.ROLES`, and
      `reactant_offsets` int64 (N + 1,); `products` int64 (P,) and `product_offsets` int64 (N + 1,).
    """
    reactions = Reactions.of(rows)
    graphs = [component_graph(parse(smiles)) for smiles in reactions.molecules["smiles"]]
    atom_offsets = np.cumsum([0, *(len(graph.atoms) for graph in graphs)], dtype=np.int64)
    edge_offsets = np.cumsum([0, *(len(graph.bonds) for graph in graphs)], dtype=np.int64)
    bonds = np.concatenate([np.zeros((0, BOND_WIDTH), np.uint8), *(graph.bonds for graph in graphs)])
    types, numbers = np.unique(bonds, axis=0, return_inverse=True)
    reactants, reactant_offsets = ragged(reactions.reactants)
    products, product_offsets = ragged(reactions.products)
    reactions.write(rows, folder)
    save_file(
        {
            "atoms": np.concatenate([np.zeros((0, ATOM_WIDTH), np.uint8), *(g.atoms for g in graphs)]),
            "atom_offsets": atom_offsets,
            "edges": np.concatenate(
                [
                    np.zeros((2, 0), np.int64),
                    *(g.ends + first for g, first in zip(graphs, atom_offsets, strict=False)),
                ],
                axis=1,
            ),
            "edge_offsets": edge_offsets,
            "bond_types": types,
            "edge_types": numbers.reshape(-1).astype(np.int64),
            "reactants": reactants,
            "roles": ragged(reactions.roles)[0],
            "reactant_offsets": reactant_offsets,
            "products": products,
            "product_offsets": product_offsets,
        },
        folder / ARRAYS,
    )
