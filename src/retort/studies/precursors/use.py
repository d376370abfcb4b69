"""`retort precursors FORMULA`: which powders to mix, from a trained run.

Only the standard library is imported before the command runs, so that `retort --help` stays quick.
"""

import argparse
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from retort.asking import (
    AskError,
    add_options,
    best_runs,
    print_json,
    project,
    read_run,
    train_hint,
    usable,
)
from retort.sealed import read_table

if TYPE_CHECKING:
    import polars as pl

    from retort.studies.precursors.data import Archive

# Of several finished runs, the first of these that exists answers.
PREFERRED = ("combined-ensemble", "combined", "selector")
# Known targets shown beside the suggestions.
NEIGHBOURS = 3


@dataclass(frozen=True)
class Suggestion:
    """One proposed set.

    Attributes:
        precursors: readable formulas.
        origin: `retrieved` from a known target, `completed`, `composed` from the elements, or `common`.
        reference: formula of the known target that the set was copied from, or None.
        similarity: cosine with it, or None.
        dois: up to three papers on the reference, those that used the most of these precursors.
    """

    rank: int
    precursors: list[str]
    origin: str
    reference: str | None
    similarity: float | None
    dois: list[str]


@dataclass(frozen=True)
class Neighbour:
    """A known target near the asked one, with up to three papers on it."""

    target: str
    similarity: float
    dois: list[str]


@dataclass(frozen=True)
class Answer:
    """The nearest known targets, and the suggested sets, each the best first."""

    nearest: list[Neighbour]
    suggestions: list[Suggestion]


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `precursors` to the `retort` command line."""
    parser = subparsers.add_parser(
        "precursors",
        help="suggest sets of solid precursors for a target composition",
        description="Suggest sets of solid precursors for a target, with the nearest known targets.",
    )
    parser.add_argument("formula", help="target composition, e.g. Li7La3Zr2O12")
    parser.add_argument(
        "-k", "--count", type=int, default=5, metavar="K", help="how many sets, 1 to 50 (default 5)"
    )
    add_options(parser, run="a finished run of this study (default: the best one under data/runs)")
    parser.set_defaults(run=command)


def command(arguments: argparse.Namespace) -> int:
    """Print the suggestions for one target; 0 when answered.

    Raises:
        AskError: the formula, the count or the run is of no use.
    """
    formula, count = arguments.formula, arguments.count
    if not 1 <= count <= 50:
        raise AskError(f"-k {count}: expected a number of sets from 1 to 50")
    amounts = checked(formula)
    folder = find_run() if arguments.folder is None else arguments.folder
    record = read_run("precursors", folder)
    if record["generated"]:
        print("note: this model was trained on generated data, not on real reactions", file=sys.stderr)
    with usable("precursors", folder):
        answer = suggest(amounts, formula, count=count, folder=folder, record=record)
    if not answer.suggestions:
        raise AskError(f"{formula}: no set of known precursors brings all of its elements")
    if arguments.json:
        print_json({"target": formula, "run": folder.as_posix(), **asdict(answer)})
        return 0
    print("nearest known targets:")
    for neighbour in answer.nearest:
        print(neighbour_line(neighbour))
    for suggestion in answer.suggestions:
        print(line(suggestion))
    return 0


def checked(formula: str) -> dict[str, float]:
    """Amounts of the elements of a formula that needs at least one source.

    Raises:
        AskError: it cannot be read, or air alone can supply it.
    """
    from retort.chemistry.composition import FormulaError, parse
    from retort.studies.precursors.data import FREE

    try:
        amounts = parse(formula, drop_water=True)
    except FormulaError as error:
        raise AskError(str(error)) from None
    if not set(amounts) - set(FREE):
        raise AskError(
            f"{formula} holds nothing but {' and '.join(sorted(amounts)) or 'water'}, "
            "which need no precursor. Hint: ask for a solid with a metal, e.g. LiCoO2."
        )
    return amounts


def suggest(amounts: dict[str, float], formula: str, *, count: int, folder: Path, record: dict) -> Answer:
    """Suggestions for a target by the method and the model of the run in `folder`, and what is known nearby.

    Args:
        amounts: of the elements of `formula`.
        count: how many sets, at most.
        record: the run's run.json.

    Raises:
        AskError: the run does not fit, its data are gone, or they lack one of the elements.
    """
    import numpy as np
    import torch

    from retort.studies.precursors.expert import Expert
    from retort.studies.precursors.methods import recommend, similarity
    from retort.studies.precursors.recommend import nearest
    from retort.studies.precursors.train import table

    torch.set_num_threads(1)
    if record["settings"]["similarity"] == "magpie":
        raise AskError(f"{folder}: it needs features that one formula does not have; choose another run")
    root = project(folder, record)
    if root is None:
        raise FileNotFoundError(2, "gone", record["inputs"]["prepared"])
    archive = _with_target(_archive(root, record), amounts, formula)
    # The number asked for must not change what is ranked: the run's own number is made, then cut.
    made = max(count, record["settings"]["proposals"])
    settings = record["settings"] | {"proposals": made, "common_first": False}
    experts = [
        Expert.load(used, archive, settings, torch.device("cpu")) for used in _models(folder, record, root)
    ]
    target = np.array([len(archive.targets) - 1])
    proposals = table(archive, target, recommend(archive, target, settings, experts), "asked").head(count)
    cosines = similarity(
        archive, target, archive.known.targets, "learned" if experts else "composition", experts
    )
    columns = nearest(cosines, min(NEIGHBOURS, cosines.shape[1]))[0]
    near = [archive.targets[known] for known in archive.known.targets[columns]]

    readable = dict(zip(archive.targets, archive.formulas, strict=True))
    reactions = _reactions(root, record, [*near, *proposals["reference"].drop_nulls().unique()])
    neighbours = [
        Neighbour(readable[key], float(cosine), papers(_about(reactions, key), []))
        for key, cosine in zip(near, cosines[0, columns], strict=True)
    ]
    suggestions = [
        Suggestion(
            rank=row["rank"],
            precursors=row["precursors"],
            origin=row["origin"],
            reference=readable.get(row["reference"]),
            similarity=row["similarity"],
            # A composed set has no reference, and so no papers.
            dois=papers(_about(reactions, row["reference"]), row["precursors"]),
        )
        for row in proposals.rows(named=True)
    ]
    return Answer(neighbours, suggestions)


def _archive(root: Path, record: dict) -> "Archive":
    """The data that a run of the project `root` was made from."""
    from retort.studies.precursors.data import read

    inputs = record["inputs"]
    features = {"composition": root / inputs["features"]["composition"]}
    return read(root / inputs["prepared"], root / inputs["split"], features)


def _with_target(archive: "Archive", amounts: dict[str, float], formula: str) -> "Archive":
    """The archive with the asked target as its last.

    Raises:
        AskError: an element is unknown.
    """
    import numpy as np

    unknown = sorted(set(amounts) - set(archive.elements))
    if unknown:
        raise AskError(
            f"{formula}: {', '.join(unknown)} occurs in none of the known reactions, "
            f"which hold {len(archive.elements)} elements"
        )
    fractions = np.array([[amounts.get(element, 0.0) for element in archive.elements]], np.float32)
    return archive.with_targets([formula], fractions / fractions.sum())


def _reactions(root: Path, record: dict, targets: list[str]) -> "pl.DataFrame":
    """`target_key, precursors, doi` of the training reactions to these targets."""
    import polars as pl

    inputs = record["inputs"]
    train = read_table(root / inputs["split"]).filter(pl.col("part") == "train")
    reactions = read_table(root / inputs["prepared"]).join(train, on="id", how="semi")
    return reactions.select("target_key", "precursors", "doi").filter(pl.col("target_key").is_in(targets))


def _about(reactions: "pl.DataFrame", target: str | None) -> "pl.DataFrame":
    """Those to one target; none where there is no target."""
    import polars as pl

    return reactions.filter(pl.col("target_key").eq_missing(target))


def papers(reactions: "pl.DataFrame", precursors: list[str], most: int = 3) -> list[str]:
    """DOIs of those `reactions` (`precursors, doi`) that used the most of `precursors`, by name, at most `most`.

    Other papers on the same target used other powders: they are no evidence for this set.
    """
    shared: dict[str, int] = {}
    for used, doi in reactions.select("precursors", "doi").rows():
        if doi is not None:
            shared[doi] = max(shared.get(doi, 0), len(set(used) & set(precursors)))
    best = max(shared.values(), default=0)
    return sorted(doi for doi, count in shared.items() if count == best)[:most]


def neighbour_line(neighbour: Neighbour) -> str:
    """A known target as one line of text."""
    dois = f"  doi {', '.join(neighbour.dois)}" if neighbour.dois else ""
    return f"   {neighbour.target}  {neighbour.similarity:.3f}{dois}"


def line(suggestion: Suggestion) -> str:
    """A suggestion as one line of text."""
    text = f"{suggestion.rank}. {' + '.join(suggestion.precursors)}"
    if suggestion.reference is None:
        return f"{text}   ({suggestion.origin})"
    papers = f"; doi {', '.join(suggestion.dois)}" if suggestion.dois else ""
    return (
        f"{text}   ({suggestion.origin}, as for {suggestion.reference}, "
        f"similarity {suggestion.similarity:.3f}{papers})"
    )


def find_run() -> Path:
    """The run that answers."""
    return best_runs("precursors", PREFERRED, seed=0)[0]


def _models(folder: Path, record: dict, root: Path) -> list[Path]:
    """Folders of the trained selectors that a run stands on: itself, or those it names."""
    if record["settings"]["train"]:
        return [folder]
    uses = record["inputs"]["uses"]
    models = [root / used for role in sorted(uses) for used in uses[role]]
    for model in models:
        if not (model / "model.safetensors").exists():
            hint = train_hint("precursors")
            raise AskError(f"{folder} stands on {model}, which is gone. Hint: train it with: {hint}")
    return models
