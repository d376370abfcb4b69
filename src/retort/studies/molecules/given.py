"""Molecules as a user gives them: read from text, files and standard input, and made into what a model reads.

Only the standard library is imported before a command runs, so that `retort --help` stays quick.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from retort import asking
from retort.asking import AskError, Kind, first_word

MOLECULE = Kind("molecule", ("smiles",), "CCO", first_word)


@dataclass(frozen=True)
class Molecule:
    """One asked molecule, its `row` counted from 1; with `standard`, or with what is wrong with it."""

    row: int
    smiles: str
    canonical: str = ""
    standard: str = ""
    error: str | None = None


def read(smiles: list[str]) -> list[Molecule]:
    """Each molecule in the forms that models read; what cannot be read keeps its row, with the reason."""
    from tqdm import tqdm

    from retort.chemistry.molecules import MoleculeError, canonical, parse, standard

    molecules = []
    for row, text in enumerate(tqdm(smiles, desc="read", unit="molecule", disable=None), start=1):
        try:
            molecule = parse(text)
            molecules.append(Molecule(row, text, canonical(molecule), standard(molecule)))
        except MoleculeError as error:
            molecules.append(Molecule(row, text, error=" ".join(str(error).split())))
    return molecules


@contextmanager
def reader(settings: dict, molecules: list[Molecule], texts: list[str]) -> Iterator[Callable]:
    """`whole(rows)`: the batch of some of these molecules, as the backbone of these settings reads it.

    A transformer reads `texts`, a graph network always the standard molecule.
    """
    import polars as pl

    from retort.studies.molecules.backbones import GraphSource, SmilesSource

    if settings["backbone"] == "smiles":
        yield SmilesSource(texts, settings).whole
        return
    from retort.datasets.views import molecular_graphs
    from retort.nn.molecular_graphs import MoleculeStore

    # The very files that a run reads, so that a molecule is the same here and there.
    table = pl.DataFrame(
        {
            "id": [f"{molecule.row:09d}" for molecule in molecules],
            "standard": [molecule.standard for molecule in molecules],
        }
    )
    with TemporaryDirectory(prefix="retort-") as folder:
        molecular_graphs.build(table, Path(folder))
        store = MoleculeStore(Path(folder))
        graphs = store.rows(table["id"].to_list())
        source = GraphSource(store)
        yield lambda rows: source.whole(graphs[rows])


def read_run(folder: Path, methods: tuple[str, ...]) -> dict:
    """The run.json of a run that the user named or that was found.

    Raises:
        AskError: there is none, or the run is none of these methods.
    """
    record = asking.read_run("molecules", folder)
    if record["settings"]["method"] not in methods:
        example = "zinc250k/corpus/dino/seed0" if "pretrain" in methods else "bbbp/strict/dino-tuned/seed0"
        raise AskError(
            f"--run {folder}: it is no run of this study with the method {' or '.join(methods)}. "
            f"Hint: a folder like {asking.runs('molecules')}/{example}"
        )
    return record
