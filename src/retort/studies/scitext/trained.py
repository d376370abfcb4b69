"""Which finished runs say what is in a text, and how good they were."""

import importlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType

from retort.asking import AskError, finished_runs, project, read_run, runs, train_hint, usable
from retort.runs import RunInputs
from retort.sealed import read_table
from retort.studies.scitext.data import Annotations, Document, Documents, read
from retort.studies.scitext.given import SCHEMES
from retort.studies.scitext.readings import f1_of

STUDY = "scitext"
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

    def f1(self, part: str) -> float | None:
        """The primary F1 of its target, a fraction; None where the part has no document."""
        gold = self.documents.of(part)
        if not gold:
            return None
        with usable(STUDY, self.folder):
            columns = ["id", "part", PREDICTED[self.target]]
            table = read_table(self.folder / "predictions.parquet", columns).filter(part=part)
            said = {row["id"]: Annotations.of(row) for row in table.iter_rows(named=True)}
            return f1_of(
                self.target, [one.gold for one in gold], [said.get(one.id, Annotations()) for one in gold]
            )

    def restored(self) -> Reader:
        """What reads new documents as this run read those of valid and test."""
        with usable(STUDY, self.folder):
            module = importlib.import_module(MODULES[self.record["settings"]["method"]])
            return module.restored(self.folder, self.record, self.inputs)


@dataclass(frozen=True)
class Trained:
    """The runs that answer, all of one data set.

    Attributes:
        runs: for each of `TARGETS` that something was trained for, one.
        by_valid: whether they were chosen by their validation documents, not named by the user.
    """

    runs: dict[str, Chosen]
    by_valid: bool = True

    @classmethod
    def named(cls, folder: Path) -> "Trained":
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
                f"Hint: make it again with: {train_hint(STUDY)}"
            )
        return cls(dict.fromkeys(TARGETS, Chosen(folder, record, root)), by_valid=False)

    @classmethod
    def best(cls, scheme: str, dataset: str | None = None) -> "Trained":
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
        wanted = SCHEMES[scheme] if dataset is None else (dataset,)
        chosen = next((name for name in wanted if name in names), None)
        if chosen is None:
            which = f"the scheme {scheme}" if dataset is None else repr(dataset)
            hint = f"there are models of {', '.join(names)} (--dataset)" if names else "there is none at all"
            raise AskError(
                f"no trained model for {which} under {runs(STUDY)}. Hint: {hint}; train with: {train_hint(STUDY)}"
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

    def description(self) -> dict:
        """Which runs answer and how good they were, for programs; F1 are fractions."""
        return {
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

    def in_words(self) -> list[str]:
        """The same for people."""
        told = self.description()
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
        if told["generated"]:
            lines.append("its documents are generated: of real texts it knows next to nothing")
        return lines


def _best(some: list[Chosen]) -> Chosen:
    """The best run of the variant that is best over its runs: single runs are luck."""
    sizes = {one.record["split"]: one for one in some}
    counts = {split: len(one.documents.of("train")) for split, one in sizes.items()}
    by_variant: dict[tuple[str, str], list[tuple[float, Chosen]]] = defaultdict(list)
    for one in some:
        split = one.record["split"]
        if counts[split] == max(counts.values()):
            by_variant[split, one.record["variant"]].append((one.f1("valid") or 0.0, one))
    key = max(sorted(by_variant), key=lambda key: sum(f1 for f1, _ in by_variant[key]) / len(by_variant[key]))
    return max(by_variant[key], key=lambda each: each[0])[1]


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
