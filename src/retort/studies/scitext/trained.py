"""Which finished runs say what is in a text, and how good they were."""

import importlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, overload

from retort.asking import AskError, finished_runs, model_hint, project, read_run, runs, untrained, usable
from retort.runs import RunInputs
from retort.sealed import read_table
from retort.statistics.asked import edge
from retort.studies.scitext.data import Annotations, Document, Documents, read
from retort.studies.scitext.dialect import Dialect
from retort.studies.scitext.given import SCHEMES, Text, text_of
from retort.studies.scitext.readings import f1_of
from retort.studies.scitext.trust import Trust

if TYPE_CHECKING:
    from retort.studies.scitext.extract import Answer

STUDY, NAME = "scitext", "extract"
TARGETS = ("entities", "relations", "coreference")
# The module that makes a finished run of a method read new documents, by `restored`.
MODULES = {
    "extract": "retort.studies.scitext.span_models",
    "tagger": "retort.studies.scitext.tagger",
    "gazetteer": "retort.studies.scitext.gazetteer",
    "word_crf": "retort.studies.scitext.word_crf",
}
PREDICTED = {"entities": "entities", "relations": "relations", "coreference": "clusters"}  # columns

Reader = Callable[[Sequence[Document]], list[Annotations]]


@dataclass(frozen=True)
class Chosen:
    """One finished run; `root` is the project that it lies in."""

    folder: Path
    record: dict
    root: Path

    @property
    def target(self) -> str:
        return self.record["settings"]["target"]

    @cached_property
    def inputs(self) -> RunInputs:
        """What it was trained on, where it lies now."""
        given = self.record["inputs"]
        return RunInputs(
            self.root / given["prepared"],
            self.root / given["split"],
            {view: self.root / path for view, path in given.get("features", {}).items()},
            {role: [self.root / path for path in paths] for role, paths in given.get("uses", {}).items()},
        )

    @property
    def documents(self) -> Documents:
        """Those that it learned from, and those that it predicted."""
        with usable(STUDY, self.folder):
            return _documents(self.inputs.prepared, self.inputs.split)

    def said(self, part: str) -> tuple[list[Annotations], list[Annotations]]:
        """What is annotated in each document of a part, and what the run predicted there."""
        documents = self.documents.of(part)
        with usable(STUDY, self.folder):
            columns = ["id", "part", *PREDICTED.values()]
            table = read_table(self.folder / "predictions.parquet", columns).filter(part=part)
            said = {row["id"]: Annotations.of(row) for row in table.iter_rows(named=True)}
        return [one.gold for one in documents], [said.get(one.id, Annotations()) for one in documents]

    def f1(self, part: str) -> float | None:
        """The primary F1 of its target, a fraction; None where the part has no document."""
        gold, said = self.said(part)
        return f1_of(self.target, gold, said) if gold else None

    @cached_property
    def trust(self) -> dict[str, Trust]:
        """How often its entities, and its relations, were right on validation."""
        return {kind: Trust.of(kind, *self.said("valid")) for kind in ("entities", "relations")}

    def restored(self) -> Reader:
        """What reads new documents as this run read those of valid and test."""
        with usable(STUDY, self.folder):
            module = importlib.import_module(MODULES[self.record["settings"]["method"]])
            return module.restored(self.folder, self.record, self.inputs)


@dataclass(frozen=True)
class Extraction:
    """What finds entities, relations and coreference in a text: runs that answer together, all of one data set.

    Attributes:
        runs: for each of `TARGETS` that something was trained for, one.
        by_valid: whether they were chosen by their validation documents, not named by the user.
    """

    runs: dict[str, Chosen]
    by_valid: bool = True

    @classmethod
    def of(cls, folder: Path) -> "Extraction":
        """The run that the user named, which answers all that it can.

        Raises:
            AskError: it is no run that finds anything in a text, or its data are gone.
        """
        record = read_run(STUDY, folder)
        settings = record["settings"]
        if _module(record) is None or settings.get("target") not in TARGETS:
            raise AskError(
                f"--run {folder}: its method is {settings.get('method')!r}, expected one of {', '.join(MODULES)}. "
                f"Hint: a folder like {runs(STUDY)}/scierc/entities/science/seed0"
            )
        root = project(folder, record)
        if root is None:
            raise AskError(
                f"--run {folder}: {record['inputs']['prepared']}, which it learned from, is in no folder above it. "
                f"Hint: make one with: {model_hint(NAME)}"
            )
        return cls(dict.fromkeys(TARGETS, Chosen(folder, record, root)), by_valid=False)

    @classmethod
    def best(cls, scheme: str = next(iter(SCHEMES)), dataset: str | None = None) -> "Extraction":
        """For each target the run that did best on valid, whatever it is, of those with most training documents.

        Args:
            scheme: of `SCHEMES`, whose first data set that runs were trained on answers.
            dataset: the one that answers instead.

        Raises:
            AskError: nothing was trained on it.
        """
        able = [
            Chosen(folder, record, root)
            for folder, record in finished_runs(STUDY)
            if record["settings"].get("target") in TARGETS
            and (root := project(folder, record)) is not None
            and _module(record) is not None
        ]
        names = sorted({one.record["dataset"] for one in able})
        if dataset is not None and dataset not in names:
            raise untrained(STUDY, NAME, dataset, names)
        wanted = SCHEMES[scheme] if dataset is None else (dataset,)
        chosen = next((name for name in wanted if name in names), None)
        if chosen is None:
            there = f"there are models of {', '.join(names)} (--dataset); " if names else ""
            raise AskError(
                f"no trained model for the scheme {scheme} under {runs(STUDY)}. "
                f"Hint: {there}make one with: {model_hint(f'{NAME}/{wanted[0]}')}"
            )
        of_it = [one for one in able if one.record["dataset"] == chosen]
        found = {target: [one for one in of_it if one.target == target] for target in TARGETS}
        return cls({target: _best(some) for target, some in found.items() if some})

    @property
    def one(self) -> Chosen:
        """Any of them: they are of one data set."""
        return next(iter(self.runs.values()))

    @property
    def distinct(self) -> list[Chosen]:
        """Each run once."""
        return list({one.folder: one for one in self.runs.values()}.values())

    @overload
    def __call__(self, asked: str) -> "Answer": ...  # type: ignore[overload-overlap]  # a str is an iterable of str
    @overload
    def __call__(self, asked: Iterable[str]) -> list["Answer"]: ...
    def __call__(self, asked: str | Iterable[str]) -> "Answer | list[Answer]":
        """What is found in one text, or in each of several; one that cannot be read has an `error`."""
        if isinstance(asked, str):
            return self.answer([text_of("text", asked)])[0]
        return self.answer([text_of(f"text {number}", text) for number, text in enumerate(asked, start=1)])

    def answer(self, texts: list[Text]) -> list["Answer"]:
        """What is found in each text, in order."""
        from retort.studies.scitext.extract import answer  # which needs this module

        return answer(texts, self)

    @cached_property
    def dialect(self) -> Dialect:
        """How the data set writes its words."""
        return Dialect.of(word for one in self.one.documents.of("train") for word in one.words)

    def known(self, document: Document) -> float:
        """The share of a document's words that training documents have."""
        seen = set(document.words) - set(self.dialect.unseen(document.words))
        return sum(word in seen for word in document.words) / len(document.words)

    @cached_property
    def edge(self) -> float:
        """That share, below which a text is outside what the runs know."""
        valid = self.one.documents.of("valid")
        return edge([self.known(one) for one in valid]) if valid else 0.0

    @cached_property
    def description(self) -> dict[str, Any]:
        """Which runs answer and how good they were, for programs; F1 and shares are fractions."""
        return {
            "study": STUDY,
            "outside_below": self.edge,
            "dataset": self.one.record["dataset"],
            "generated": self.one.record["generated"],
            "runs": [
                {name: one.record[name] for name in ("variant", "split", "seed")}
                | {
                    "target": one.target,
                    "run": one.folder.as_posix(),
                    "train_documents": len(one.documents.of("train")),
                    "f1": {part: one.f1(part) for part in ("valid", "test")},
                }
                for one in self.distinct
            ],
        }

    def notes(self) -> list[str]:
        """The same for people."""
        told = self.description
        chosen = ", by which it was chosen" if self.by_valid else ""
        lines = []
        for run in told["runs"]:
            f1 = {part: "unknown" if value is None else f"{value:.1%}" for part, value in run["f1"].items()}
            lines.append(
                f"{run['target']}: {run['variant']} (seed {run['seed']}) trained on {run['train_documents']} documents "
                f"of {told['dataset']}; F1 {f1['test']} on test, and {f1['valid']} on valid{chosen}"
            )
        missing = [target for target in TARGETS if target not in self.runs]
        if missing:
            lines.append(f"no run of {told['dataset']} learned {' and '.join(missing)}")
        lines.append("right: of what these runs found on valid with such scores, how much is annotated there")
        if told["generated"]:
            lines.append("its documents are generated: of real texts it knows next to nothing")
        return lines


def _best(some: list[Chosen]) -> Chosen:
    """The best run of the variant that is best over its seeds and draws: single runs are luck."""
    sizes = {one.record["split"]: one for one in some}
    counts = {split: len(one.documents.of("train")) for split, one in sizes.items()}
    by_variant: dict[str, list[tuple[float, Chosen]]] = defaultdict(list)
    for one in some:
        if counts[one.record["split"]] == max(counts.values()):
            by_variant[one.record["variant"]].append((one.f1("valid") or 0.0, one))
    best = max(
        sorted(by_variant), key=lambda name: sum(f1 for f1, _ in by_variant[name]) / len(by_variant[name])
    )
    return max(by_variant[best], key=lambda each: each[0])[1]


@cache
def _documents(prepared: Path, split: Path) -> Documents:
    return read(prepared, split)


def _module(record: dict) -> ModuleType | None:
    """What restores runs of this method; None where nothing does."""
    name = MODULES.get(record["settings"].get("method"))
    if name is None:
        return None
    module = importlib.import_module(name)
    return module if hasattr(module, "restored") else None
