"""Suggestions for asked targets by the method and the model of one run, and what is known nearby."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import torch

from retort.asking import Given, plain, usable
from retort.chemistry.composition import FormulaError, key, parse
from retort.sealed import read_table
from retort.studies.precursors.data import FREE, Archive
from retort.studies.precursors.methods import recommend
from retort.studies.precursors.recommend import nearest
from retort.studies.precursors.suggested import Neighbour, Suggestion, Target
from retort.studies.precursors.train import table

if TYPE_CHECKING:
    from retort.studies.precursors.trained import Precursors

COUNT = 5  # sets that are suggested
NEIGHBOURS = 3  # known targets shown beside them
SAME = 5e-5  # atomic fractions that differ less are the same
AT_ONCE = 256  # targets that are answered at once


def columns(count: int) -> list[str]:
    """The columns that a table is answered with."""
    sets = [name for rank in range(1, count + 1) for name in (f"set_{rank}", f"right_{rank}")]
    return ["nearest", "similarity", *sets]


def checked(formula: str, elements: tuple[str, ...]) -> dict[str, float]:
    """Amounts of the elements of a formula that needs at least one source.

    Args:
        elements: those of the known reactions.

    Raises:
        ValueError: it cannot be read, air alone can supply it, or an element is unknown.
    """
    amounts = parse(plain(formula), drop_water=True)
    if not set(amounts) - set(FREE):
        raise ValueError(
            f"{formula} holds nothing but {' and '.join(sorted(amounts)) or 'water'}, "
            "which need no precursor. Hint: ask for a solid with a metal, e.g. LiCoO2."
        )
    if unknown := sorted(set(amounts) - set(elements)):
        raise ValueError(
            f"outside what it knows: {', '.join(unknown)} occurs in none of the known reactions, "
            f"which hold {len(elements)} elements"
        )
    return amounts


def answers(given: list[Given], trained: Precursors, count: int) -> list[Target]:
    """Suggestions for each target; what cannot be read keeps its row, with the reason.

    Raises:
        AskError: the run does not fit, or its data are gone.
    """
    archive = trained.archive
    found: dict[int, Target] = {}
    amounts: dict[int, dict[str, float]] = {}
    for row, one in enumerate(given, start=1):
        try:
            amounts[row] = checked(one.text, archive.elements)
        except (FormulaError, ValueError) as error:
            found[row] = Target(row=row, given=one, error=str(error))
    rows = list(amounts)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a few targets are quicker so, and the last digits always the same
    try:
        with usable("precursors", trained.folders[0]):
            for start in range(0, len(rows), AT_ONCE):
                some = {row: (given[row - 1], amounts[row]) for row in rows[start : start + AT_ONCE]}
                found |= _answers(some, trained, count)
    finally:
        torch.set_num_threads(threads)
    return [found[row] for row in sorted(found)]


def _answers(
    asked: dict[int, tuple[Given, dict[str, float]]], trained: Precursors, count: int
) -> dict[int, Target]:
    known = trained.archive
    fractions = np.zeros((len(asked), len(known.elements)), np.float32)
    for place, (_, amounts) in enumerate(asked.values()):
        for element, amount in amounts.items():
            fractions[place, known.elements.index(element)] = amount
    fractions /= fractions.sum(axis=1, keepdims=True)
    archive = known.with_targets([one.text for one, _ in asked.values()], fractions)
    targets = np.arange(len(known.targets), len(archive.targets))
    proposed = _proposals(archive, targets, trained, count)
    cosines = trained.cosines(archive, targets)
    near = nearest(cosines, min(NEIGHBOURS, cosines.shape[1]))
    names = dict(zip(known.targets, known.formulas, strict=True))
    beside = [[known.targets[row] for row in known.known.targets[each]] for each in near]
    references = {name for each in proposed for name in each["reference"].drop_nulls()}
    about = partial(_about, _reactions(trained, [*references, *(name for each in beside for name in each)]))
    found = {}
    for place, (row, (one, amounts)) in enumerate(asked.items()):
        own = key(amounts)
        neighbours = [
            Neighbour(names[name], float(cosine), name == own, papers(about(name), []))
            for name, cosine in zip(beside[place], cosines[place, near[place]], strict=True)
        ]
        neighbours.sort(key=lambda one: not one.same)  # cosines of others may round to the same
        suggestions = tuple(
            Suggestion(
                rank=told["rank"],
                precursors=told["precursors"],
                right=trained.share(neighbours[0].similarity, told["rank"]),
                origin=told["origin"],
                reference=names.get(told["reference"]),
                similarity=told["similarity"],
                same=told["reference"] == own,
                # A composed set has no reference, and so no papers.
                dois=papers(about(told["reference"]), told["precursors"]),
            )
            for told in proposed[place].rows(named=True)
        )
        found[row] = _told(row, one, tuple(neighbours), suggestions, trained, count)
    return found


def _told(
    row: int,
    given: Given,
    neighbours: tuple[Neighbour, ...],
    suggestions: tuple[Suggestion, ...],
    trained: Precursors,
    count: int,
) -> Target:
    """One answer, with what must be said of it."""
    if not suggestions:
        error = "no set of known precursors brings all of its elements"
        return Target(row=row, given=given, error=error)
    warnings = []
    if trained.outside(neighbours[0].similarity):
        warnings.append(
            f"outside what it knows: the nearest known target is less like it ({neighbours[0].shown}) than for 99 of "
            "100 targets of valid, so that nothing says how often its sets are right"
        )
    if len(suggestions) < count:
        number = f"{len(suggestions)} set{'s' * (len(suggestions) > 1)}"
        warnings.append(f"{number}, not {count}: no other set of known precursors fits")
    return Target(row=row, given=given, nearest=neighbours, suggestions=suggestions, warnings=tuple(warnings))


def _proposals(archive: Archive, targets: np.ndarray, trained: Precursors, count: int) -> list[pl.DataFrame]:
    """The ranked sets of each target, rows of `train.table`.

    A target that is itself a precursor is asked alone, and is none for itself.
    """
    # The number asked for must not change what is ranked: the run's own number is made, then cut.
    settings = trained.settings
    settings = settings | {"proposals": max(count, settings["proposals"]), "common_first": False}
    tables: dict[int, pl.DataFrame] = {}
    own = {int(target): _same(archive, int(target)) for target in targets}
    ordinary = np.array([target for target, same in own.items() if not len(same)], np.int64)
    if len(ordinary):
        made = recommend(archive, ordinary, settings, trained.experts)
        rows = table(archive, ordinary, made, "asked")
        tables |= {int(target): rows.filter(made.owner == place) for place, target in enumerate(ordinary)}
    for target, same in own.items():
        if len(same):
            fractions = archive.precursor_fractions.copy()
            fractions[same] = 1 / fractions.shape[1]  # it would bring every element, and so fits nowhere
            alone, which = replace(archive, precursor_fractions=fractions), np.array([target])
            tables[target] = table(alone, which, recommend(alone, which, settings, trained.experts), "asked")
    return [tables[int(target)].head(count) for target in targets]


def _same(archive: Archive, target: int) -> np.ndarray:
    """The precursors that have the composition of a target."""
    apart = np.abs(archive.precursor_fractions - archive.target_fractions[target]).max(axis=1)
    return np.flatnonzero(apart < SAME)


def _reactions(trained: Precursors, targets: list[str]) -> pl.DataFrame:
    """`target_key, precursors, doi` of the training reactions to these targets."""
    prepared, split = trained.tables
    train = read_table(split).filter(pl.col("part") == "train")
    reactions = read_table(prepared).join(train, on="id", how="semi")
    return reactions.select("target_key", "precursors", "doi").filter(pl.col("target_key").is_in(targets))


def _about(reactions: pl.DataFrame, target: str | None) -> pl.DataFrame:
    """Those to one target; none where there is no target."""
    return reactions.filter(pl.col("target_key").eq_missing(target))


def papers(reactions: pl.DataFrame, precursors: list[str], most: int = 3) -> list[str]:
    """DOIs of those `reactions` (`precursors, doi`) that used the most of `precursors`, by name, at most `most`.

    Other papers on the same target used other powders: they are no evidence for this set.
    """
    shared: dict[str, int] = {}
    for used, doi in reactions.select("precursors", "doi").rows():
        if doi is not None:
            shared[doi] = max(shared.get(doi, 0), len(set(used) & set(precursors)))
    best = max(shared.values(), default=0)
    return sorted(doi for doi, count in shared.items() if count == best)[:most]
