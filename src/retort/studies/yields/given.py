"""Reactions as a user gives them: read from text, files and standard input, and made into what a network reads.

Only the standard library is imported before a command runs, so that `retort --help` stays quick.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from retort.asking import AskError, Given, Kind, Parts, first_word

EXAMPLE = "Brc1ccccc1.CN>>CNc1ccccc1"
REACTION = Kind("reaction", ("reaction",), EXAMPLE, first_word)


@dataclass(frozen=True)
class Reaction:
    """One asked reaction, its `row` counted from 1; with both sides, or with what is wrong with it.

    Attributes:
        reactants, products: canonical SMILES, of fragments as `read` gives them, of components as `composed` does.
    """

    row: int
    given: Given
    reactants: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    error: str | None = None

    @property
    def molecules(self) -> tuple[str, ...]:
        return (*self.reactants, *self.products)


def parts_of(dataset: str, root: Path) -> Parts | None:
    """The columns that a user's table of reactions was learned from, by which others can be asked about.

    Args:
        root: the project of the data set.

    Returns:
        None where the data set has no table of such columns.

    Raises:
        AskError: its YAML makes no sense.
    """
    from retort.configuration import ConfigurationError
    from retort.configuration.strict import read_block
    from retort.datasets import yield_table
    from retort.datasets.errors import SchemaError

    file = root / "workflow/config/dataset" / f"{dataset}.yaml"
    if not file.exists():
        return None
    try:
        block = read_block(file)
        if block.get("reader") != "yield_table":
            return None
        settings = block.get("settings", {})
        reactants = [column for columns in yield_table.columns(settings).values() for column in columns]
    except (ConfigurationError, SchemaError) as error:
        raise AskError(str(error)) from None
    product = settings["product"]

    def together(cells: dict[str, str]) -> str:
        sides = [
            [cell for name in side if (cell := cells[name].strip()) not in yield_table.NOTHING]
            for side in (reactants, [product])
        ]
        return ">>".join(map(".".join, sides))

    return Parts(tuple(dict.fromkeys((*reactants, product))), dataset, together)


def read(given: list[Given]) -> list[Reaction]:
    """Each reaction with the canonical fragments of its sides; what cannot be read keeps its row, with the reason.

    `a.b>c>p` is the same as `a.b.c>>p`: whatever is put in counts as a reactant, as in the tables of training.
    """
    from tqdm import tqdm

    from retort.chemistry.molecules import MoleculeError

    rows = []
    for row, each in enumerate(tqdm(given, desc="read", unit="reaction", disable=None), start=1):
        try:
            rows.append(Reaction(row, each, *_sides(each.text)))
        except (MoleculeError, ValueError) as error:
            rows.append(Reaction(row, each, error=" ".join(str(error).split())))
    return rows


def _sides(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fragments of reactants (agents among them) and of products."""
    from retort.chemistry.components import component
    from retort.chemistry.molecules import parse

    parts = text.split(">")
    if len(parts) != 3:
        raise ValueError(f"expected reactants>>products, with two '>'. Hint: for example {EXAMPLE}")
    before, agents, after = (
        [one.strip() for one in part.split(".")] if part.strip() else [] for part in parts
    )
    for name, side in (("reactant", [*before, *agents]), ("product", after)):
        if not side:
            raise ValueError(f"it has no {name}. Hint: for example {EXAMPLE}")
    spaced = [one for one in (*before, *agents, *after) if len(one.split()) != 1]
    if spaced:
        raise ValueError(
            f"{spaced[0]!r} between two dots is not one molecule. Hint: no spaces, no two dots, no |..|"
        )
    sides = tuple(component(one) for one in (*before, *agents)), tuple(component(one) for one in after)
    if not any(parse(one).GetNumBonds() for side in sides for one in side):
        raise ValueError("none of its molecules has a bond. Hint: networks read bonds; write whole molecules")
    return sides


def composed(reactions: list[Reaction], known: Collection[str]) -> list[Reaction]:
    """The same reactions with their fragments put together to components, as the `known` ones are.

    A salt is one component to a network, but its '.' is the same as that between components. So fragments that make up
    a known component are one, the largest first, and of what is left, ions are taken together until they are neutral.
    """
    from retort.chemistry.components import component

    salts = {
        salt: Counter(component(one) for one in salt.split(".")) for salt in sorted(known) if "." in salt
    }
    largest = sorted(salts.items(), key=lambda item: -item[1].total())
    compose = partial(_composed, salts=largest)
    return [
        reaction
        if reaction.error
        else Reaction(reaction.row, reaction.given, compose(reaction.reactants), compose(reaction.products))
        for reaction in reactions
    ]


def _composed(fragments: tuple[str, ...], salts: list[tuple[str, Counter]]) -> tuple[str, ...]:
    """Components in the order of their first fragments."""
    from retort.chemistry.components import component

    left = list(fragments)
    at = {name: [place for place, one in enumerate(left) if one == name] for name in set(left)}
    made: list[tuple[int, str]] = []
    for salt, needed in salts:
        while all(len(at.get(name, [])) >= count for name, count in needed.items()):
            made.append((min(at[name][0] for name in needed), salt))
            for name, count in needed.items():
                del at[name][:count]
    ions: list[tuple[int, str]] = []
    charge = 0
    for place, name in sorted((place, name) for name, places in at.items() for place in places):
        own = _charge(name)
        if own == 0:
            made.append((place, name))
            continue
        ions.append((place, name))
        charge += own
        if charge == 0:
            made.append((ions[0][0], component(".".join(ion for _, ion in ions))))
            ions = []
    return tuple(name for _, name in sorted(made + ions))


def _charge(smiles: str) -> int:
    from rdkit import Chem

    from retort.chemistry.molecules import parse

    return Chem.GetFormalCharge(parse(smiles))
