"""What trained models say of asked reactions, and which training reactions are like them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import torch

from retort.asking import Answer, likeness
from retort.datasets.reaction_yields import SCHEMA
from retort.datasets.views import reaction_fingerprints, reaction_graphs
from retort.studies.yields.given import Reaction
from retort.studies.yields.mixture import pooled
from retort.studies.yields.neighbours import similarity
from retort.studies.yields.reactions import FINGERPRINTS, GRAPHS
from retort.studies.yields.said import said
from retort.studies.yields.taught import Taught, fingerprints
from retort.studies.yields.trained import Yield

SOME_ROLE = "reagent"  # networks read no roles, but the views that they read have one for each component


@dataclass(frozen=True)
class Near:
    """A training reaction, how similar its fingerprint is (0 to 1), its yield, and what it has otherwise."""

    id: str
    similarity: float
    percent: float
    reaction: str
    has: tuple[str, ...]
    instead_of: tuple[str, ...]

    @property
    def same(self) -> bool:
        return not self.has and not self.instead_of

    @property
    def shown(self) -> str:
        return likeness(self.similarity, self.same)

    def in_words(self) -> str:
        words = f"{self.shown}  {self.percent:5.1f} %  {self.id}"
        if self.same:
            return f"{words}  the same components"
        words += f"  with {', '.join(self.has)}" if self.has else ""
        return words + (f"  instead of {', '.join(self.instead_of)}" if self.instead_of else "")


@dataclass(frozen=True, kw_only=True)
class Expected(Answer):
    """What is said of one asked reaction; all of yields in percent.

    Attributes:
        sigma: standard deviation of the yield, recalibrated; of it `aleatoric` is the noise of yields, `epistemic` the
            model's doubt; None where the model has none.
        low, high: ends of the 90 % interval.
        unseen: components that no training reaction has; intervals do not vouch for them.
        lacks: components that every training reaction has and this one has not.
        near: the nearest training reactions.
    """

    mean: float = float("nan")
    sigma: float | None = None
    aleatoric: float | None = None
    epistemic: float | None = None
    low: float = float("nan")
    high: float = float("nan")
    unseen: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    near: tuple[Near, ...] = ()

    def told(self) -> dict:
        numbers = {
            name: getattr(self, name) for name in ("mean", "sigma", "aleatoric", "epistemic", "low", "high")
        }
        near = [
            {
                "id": one.id,
                "similarity": one.similarity,
                "yield": one.percent,
                "reaction": one.reaction,
                "has": list(one.has),
                "instead_of": list(one.instead_of),
            }
            for one in self.near
        ]
        return numbers | {"unseen": list(self.unseen), "lacks": list(self.lacks), "nearest": near}

    def added(self) -> dict[str, str]:
        added = {
            "mean": f"{self.mean:.1f}",
            "sigma": "" if self.sigma is None else f"{self.sigma:.1f}",
            "low": f"{self.low:.1f}",
            "high": f"{self.high:.1f}",
            "unseen": " ".join(self.unseen),
            "lacks": " ".join(self.lacks),
        }
        for one in self.near[:1]:
            added |= {"nearest": one.id, "similarity": one.shown, "nearest_yield": f"{one.percent:.1f}"}
        return added

    def lines(self) -> Iterator[str]:
        sigma = "" if self.sigma is None else f" ± {self.sigma:.1f}"
        yield f"row {self.number}: {self.mean:.1f}{sigma} %  (90 %: {self.low:.1f} to {self.high:.1f})"
        for name in self.unseen:
            yield f"  never seen in training, so that the interval may be too narrow: {name}"
        for name in self.lacks:
            yield f"  lacks what every training reaction has: {name}"
        for one in self.near:
            yield f"  near: {one.in_words()}"


def answer(reactions: list[Reaction], trained: Yield, nearest: int) -> list[Expected]:
    """What is said of each reaction by the runs together; what could not be read keeps its row, with the reason.

    Args:
        reactions: of components, as `given.composed` gives them.
        nearest: training reactions of each answer.

    Raises:
        AskError: a run lacks a file, or is of another version.
    """
    good = [reaction for reaction in reactions if reaction.error is None]
    made = dict(zip((one.row for one in good), _answers(good, trained, nearest) if good else (), strict=True))
    return [made.get(one.row) or Expected(row=one.row, given=one.given, error=one.error) for one in reactions]


def _answers(reactions: list[Reaction], trained: Yield, nearest: int) -> list[Expected]:
    taught = trained.taught
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a few reactions are quicker so, and the last digits always the same
    try:
        with views(reactions) as features:
            each = [
                said(*run, features, taught)
                for run in zip(trained.folders, trained.roots, trained.records, strict=True)
            ]
            near, alike = _nearest(reactions, features, trained, nearest)
    finally:
        torch.set_num_threads(threads)
    judged = pooled(each)
    low, high = trained.interval(judged)

    def scaled(values: np.ndarray | None, place: int) -> float | None:
        return None if values is None else trained.scale * float(values[place])

    return [
        Expected(
            row=one.row,
            given=one.given,
            warnings=_warnings(alike[place], trained),
            mean=float(judged.mean[place]),
            sigma=scaled(judged.sigma, place),
            aleatoric=scaled(judged.aleatoric, place),
            epistemic=scaled(judged.epistemic, place),
            low=float(low[place]),
            high=float(high[place]),
            unseen=tuple(dict.fromkeys(name for name in one.molecules if name not in taught.known)),
            lacks=tuple(sorted(taught.shared - set(one.molecules))),
            near=near[place],
        )
        for place, one in enumerate(reactions)
    ]


@contextmanager
def views(reactions: list[Reaction]) -> Iterator[dict[str, Path]]:
    """The folders of the views of these reactions, made by what makes those of training."""
    table = pl.DataFrame(
        {
            "id": [f"{one.row:09d}" for one in reactions],
            "reactants": [list(one.reactants) for one in reactions],
            "roles": [[SOME_ROLE] * len(one.reactants) for one in reactions],
            "products": [list(one.products) for one in reactions],
        },
        schema_overrides={name: SCHEMA[name] for name in ("reactants", "roles", "products")},
    )
    with TemporaryDirectory(prefix="retort-") as folder:
        features = {name: Path(folder, name) for name in (GRAPHS, FINGERPRINTS)}
        reaction_graphs.build(table, features[GRAPHS])
        reaction_fingerprints.build(table, features[FINGERPRINTS])
        yield features


def _warnings(alike: float, trained: Yield) -> tuple[str, ...]:
    if alike >= trained.edge:
        return ()
    return (
        f"outside what it knows: the nearest training reaction is less like it ({likeness(alike, same=False)}) than "
        f"for 99 of 100 reactions of valid ({trained.edge:.2f})",
    )


def _nearest(
    reactions: list[Reaction], features: dict[str, Path], trained: Yield, count: int
) -> tuple[list[tuple[Near, ...]], np.ndarray]:
    """The training reactions whose difference fingerprints are most similar, of equal ones the first; and how similar
    the first of them is to each asked one."""
    taught: Taught = trained.taught
    alike = similarity(fingerprints(features[FINGERPRINTS]), trained.known)  # (asked, train)
    order = np.argsort(-alike, axis=1, kind="stable")[:, :count]
    table, percent = taught.reactions, taught.records.yields[taught.train]
    found = []
    for one, similar, places in zip(reactions, alike, order, strict=True):
        rows = table.select("id", "reaction", "reactants", "products")[places].iter_rows()
        near = []
        for place, (name, written, reactants, products) in zip(places, rows, strict=True):
            there, here = Counter([*reactants, *products]), Counter(one.molecules)
            has, lost = tuple((there - here).elements()), tuple((here - there).elements())
            near.append(Near(name, float(similar[place]), float(percent[place]), written, has, lost))
        found.append(tuple(near))
    return found, alike.max(axis=1)
