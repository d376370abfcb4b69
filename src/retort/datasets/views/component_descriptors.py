"""The view `component_descriptors`: RDKit's numbers of each distinct molecule, and where in a reaction it stands."""

from pathlib import Path

import numpy as np
import polars as pl
from safetensors.numpy import save_file

from retort.chemistry.descriptors import descriptors
from retort.chemistry.molecules import parse
from retort.datasets.reaction_yields import ROLES
from retort.datasets.views.reaction_molecules import ARRAYS, Reactions

NOTHING = -1  # in the place of a molecule


def build(rows: pl.DataFrame, folder: Path) -> None:
    """Write the view of the N prepared `rows`, a table of reactions with M distinct molecules, into `folder`.

    - `molecules.parquet`: `smiles, flat`; `reactions.parquet`: `id`, in the order of `rows`.
    - `slots.parquet`: `slot, role`, the S columns of `components`: the roles that occur, in the order of
      `reaction_yields.ROLES`, as often as in the reaction that has most of it (`solvent`, `solvent_2`), then products.
    - `arrays.safetensors`: `descriptors` float32 (M, D) in the order of `retort.chemistry.descriptors.NAMES`, unscaled,
      NaN where RDKit has no number; `components` int64 (N, S), places of molecules, -1 where a slot is empty.
    """
    reactions = Reactions.of(rows)
    most = dict.fromkeys(range(len(ROLES)), 0)
    for numbers in reactions.roles:
        for number in set(numbers):
            most[number] = max(most[number], numbers.count(number))
    slots = [(ROLES[number], nth) for number, count in most.items() for nth in range(count)]
    slots += [("product", number) for number in range(max(map(len, reactions.products)))]
    column = {slot: place for place, slot in enumerate(slots)}
    components = np.full((len(rows), len(slots)), NOTHING, np.int64)
    sides = zip(reactions.reactants, reactions.roles, reactions.products, strict=True)
    for row, (reactants, numbers, products) in zip(components, sides, strict=True):
        named = [ROLES[number] for number in numbers] + ["product"] * len(products)
        for place, (role, molecule) in enumerate(zip(named, [*reactants, *products], strict=True)):
            row[column[role, named[:place].count(role)]] = molecule
    reactions.write(rows, folder)
    pl.DataFrame(
        {
            "slot": [f"{role}_{number + 1}" if number else role for role, number in slots],
            "role": [role for role, _ in slots],
        }
    ).write_parquet(folder / "slots.parquet")
    values = np.stack([descriptors(parse(smiles)) for smiles in reactions.molecules["smiles"]])
    save_file({"descriptors": values, "components": components}, folder / ARRAYS)
