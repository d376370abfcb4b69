"""Which finished runs there are, which of them answer, and one line for those that cannot.

Runs lie under data/runs; small models are also kept in the committed record, from where they answer as runs do.
"""

import difflib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from retort.asking.tables import AskError
from retort.sealed import read_json

# What a run.json must say, so that a run can be chosen and used.
NAMED = {"study", "dataset", "split", "variant", "seed", "generated", "inputs", "settings"}
DATASETS = Path("workflow/config/dataset")  # a YAML for each
KEPT = Path("data/record/laptop")  # whose <study>/models/ has some of the runs
Place = tuple[str, str]  # data set and split
Found = tuple[Path, dict]  # folder and run.json


def runs(study: str) -> Path:
    """Where the finished runs of a study are, seen from the project's folder."""
    return Path("data/runs") / study


def kept(study: str) -> Path:
    """Where the record has models of a study."""
    return KEPT / study / "models"


def model_hint(name: str) -> str:
    """The command that makes the one model that a command of `retort` needs."""
    return f"make model NAME={name}"


def train_hint(study: str) -> str:
    """The command that makes all runs of a study."""
    return f"snakemake {study} --config scale=laptop"


def untrained(study: str, name: str, dataset: str, trained: Collection[str]) -> AskError:
    """What is said of a data set without a model: how one is made or, if it is none at all, which are called nearly so.

    Args:
        name: of the command.
        trained: the data sets with a model.
    """
    others = ", ".join(sorted(trained))
    others = f", but for {others}" if others else ""
    known = [path.stem for path in sorted(DATASETS.glob("*.yaml"))]
    if dataset in known or not known:  # outside a project nothing is known of data sets
        hint = f"make one with: {model_hint(f'{name}/{dataset}')}"
    else:
        near = difflib.get_close_matches(dataset, sorted({*known, *trained}))
        hint = f"it is no data set of {DATASETS}" + (f"; did you mean {' or '.join(near)}?" if near else "")
    return AskError(f"no trained model for {dataset!r} under {runs(study)}{others}. Hint: {hint}")


def finished_runs(study: str) -> list[Found]:
    """Folder and run.json of every finished run of a study, in the order of their folders, then those of the record.

    What a run is stands in its run.json. A torn one, or one of an older version, which says less, is left out; so is
    one of the record that is under data/runs, too, or whose tables are otherwise here than where it was trained.
    """
    finished: list[Found] = []
    for root in (runs(study), kept(study)):
        known = {place_of(record) for _, record in finished}
        for path in sorted(root.rglob("run.json")):
            try:
                record = read_json(path)
            except (OSError, ValueError):
                continue
            if not record.keys() >= NAMED or record["study"] != study or place_of(record) in known:
                continue
            if root == runs(study) or _fits(record):
                finished.append((path.parent, record))
    return finished


def _fits(record: dict) -> bool:
    """Whether the tables that a run of the record learned from are here, to the byte."""
    from retort.files import sha256

    files = {name: Path(record["inputs"][name]) for name in ("prepared", "split")}
    return all(path.exists() and sha256(path) == record["hashes"][name] for name, path in files.items())


def place_of(record: dict) -> tuple:
    """What makes a run the one that it is."""
    return record["dataset"], record["split"], record["variant"], record["seed"]


def used(root: Path, folder: str) -> Path:
    """The folder of a run that another one stands on: in its project, or in the record there."""
    there = root / folder
    if (there / "model.safetensors").exists():
        return there
    study, *inside = Path(folder).relative_to("data/runs").parts
    recorded = root / kept(study) / Path(*inside)
    return recorded if recorded.exists() else there


@dataclass(frozen=True)
class Rivals:
    """The runs of one study that can answer a question: all seeds of a variant at a place answer together.

    Attributes:
        runs: folder and run.json of each.
    """

    runs: tuple[Found, ...]

    @classmethod
    def of(
        cls, study: str, name: str, able: Callable[[Path, dict], bool], dataset: str | None = None
    ) -> "Rivals":
        """The finished runs that are `able(folder, record)`, and have their tables and predictions here.

        Args:
            dataset: only runs on this one.

        Raises:
            AskError: there is none; names the command `name` for which one is made.
        """
        found = [each for each in finished_runs(study) if able(*each)]
        if dataset is not None:
            names = {record["dataset"] for _, record in found}
            if dataset not in names:
                raise untrained(study, name, dataset, names)
            name = f"{name}/{dataset}"
            found = [each for each in found if each[1]["dataset"] == dataset]
        here = [
            each
            for each in found
            if project(*each) is not None and (each[0] / "predictions.parquet").exists()
        ]
        if not here:
            gone = f"; the tables or predictions of {found[0][0]} are gone" if found else ""
            raise AskError(
                f"no trained model under {runs(study)}{gone}. Hint: make one with: {model_hint(name)}"
            )
        return cls(tuple(here))

    @cached_property
    def places(self) -> dict[Place, dict[str, list[Found]]]:
        """By place, and there by variant, the runs of all seeds."""
        grouped: dict[Place, dict[str, list[Found]]] = {}
        for folder, record in self.runs:
            place = grouped.setdefault((record["dataset"], record["split"]), {})
            place.setdefault(record["variant"], []).append((folder, record))
        return grouped

    def largest(self) -> dict[str, list[Found]]:
        """The variants of one place: of real data before generated, then of the largest data set."""

        def standing(place: Place) -> tuple:
            folder, record = next(iter(self.places[place].values()))[0]
            prepared = (project(folder, record) or Path()) / record["inputs"]["prepared"]
            return record["generated"], -prepared.stat().st_size, place

        return self.places[min(self.places, key=standing)]


def read_run(study: str, folder: Path) -> dict:
    """The run.json of a run that the user named.

    Raises:
        AskError: there is none, it is torn, or the run is of another study.
    """
    path = folder / "run.json"
    if not path.exists():
        raise AskError(f"--run {folder}: it has no run.json. Hint: train it with: {train_hint(study)}")
    with usable(study, folder):
        record = read_json(path)
        missing = sorted(NAMED - record.keys())
        if missing:
            raise KeyError(missing[0])
    if record["study"] != study:
        raise AskError(
            f"--run {folder}: it is a run of the study {record['study']}, expected {study}. "
            f"Hint: choose a folder under {runs(study)}"
        )
    return record


def project(folder: Path, record: dict) -> Path | None:
    """The project that a run is of: the nearest folder above it that holds the run's prepared table; None: it is gone.

    The paths of a run.json are relative to it.
    """
    above = folder.absolute().parents
    return next((root for root in above if (root / record["inputs"]["prepared"]).exists()), None)


def of_dataset(folder: Path, record: dict, dataset: str | None) -> None:
    """Nothing, if a run that the user named is of the data set that is asked for, or none is.

    Raises:
        AskError: it is of another one.
    """
    if dataset not in (None, record["dataset"]):
        raise AskError(
            f"--run {folder}: it was trained on {record['dataset']!r}, asked for is {dataset!r}. "
            "Hint: name the data set of the run, or leave out --run"
        )


@contextmanager
def usable(study: str, folder: Path) -> Iterator[None]:
    """Say in one line that a run, or the model in it, cannot be used."""
    try:
        yield
        return
    except AskError:
        raise
    except KeyError as error:
        trouble = f"it lacks {error}; an older version made it"
    except FileNotFoundError as error:
        trouble = f"{error.filename or error} is gone"
    except (OSError, ValueError, RuntimeError) as error:
        trouble = (str(error).splitlines() or [type(error).__name__])[0].split(" Hint: ")[0].rstrip(":. ")
    raise AskError(
        f"{folder}: it cannot be used: {trouble}. "
        f"Hint: choose another run, or delete this one and make it again with: {train_hint(study)}"
    )
