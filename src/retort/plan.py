"""The plan: which runs a study consists of, what each stands on, and what the paper knows of its places and systems.

Everything here follows from the resolved configuration alone; nothing is read from disk.
"""

import copy
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

from retort.configuration import merge, views
from retort.configuration.claims import pairs as claimed
from retort.runs import RUNS, Place, Run, RunInputs, StudyPlan

# Families of comparisons that every study has, besides those that its YAML lists.
BASELINE, CONTROL, CLAIMED = "baseline", "control", "claims"


class Plan:
    """What the resolved configuration says of each study.

    Args:
        config: what `retort.configuration.load` returns.
    """

    def __init__(self, config: dict):
        self.config = config
        self._settings: dict[tuple[str, str], dict] = {}
        self._runs: dict[tuple, Run] = {}
        self._blocks: dict[str, dict[tuple[str, str], list[dict]]] = {}
        for study, block in config["study"].items():
            here = self._blocks[study] = {}
            for part in block["grid"]:
                here.setdefault((part["dataset"], part["split"]), []).append(part)

    # Runs.

    def runs(self, study: str) -> list[Run]:
        """The runs of a study that are scored, in the order of its grid.

        A variant's own `seeds` (a method without randomness has 1) goes before the block's. Each draw of a split has
        seeds of its own: draw d those from d times their number on, so that draws are replicates.
        """
        block = self.config["study"][study]
        return [
            self.run(study, part["dataset"], part["split"], variant, seed)
            for part in block["grid"]
            for variant in part["variants"]
            for seed in self._seeds(part, block["variants"][variant].get("seeds", part["seeds"]))
        ]

    def _seeds(self, part: dict, count: int) -> range:
        """The seeds of a block of the grid, of which each draw has `count`."""
        draw = self._draw(part["dataset"], part["split"])
        return range(count * draw, count * (draw + 1))

    def _draw(self, dataset: str, split: str) -> int:
        return self.config["dataset"][dataset]["splits"][split].get("draw", 0)

    def run(self, study: str, dataset: str, split: str, variant: str, seed: int) -> Run:
        """One run; it need not be of the grid, since others may stand on it."""
        key = (study, dataset, split, variant, seed)
        if key not in self._runs:
            self._runs[key] = self._run(*key)
        return self._runs[key]

    def _run(self, study: str, dataset: str, split: str, variant: str, seed: int) -> Run:
        settings = self._run_settings(study, dataset, split, variant)
        inputs = RunInputs(
            prepared=Path(f"data/prepared/{dataset}.parquet"),
            split=Path(f"data/splits/{dataset}/{split}.parquet"),
            features=_folders(dataset, views.read(self.config["study"][study], settings)),
            uses={
                role: [_folder(study, *place, other, each) for each in seeds]
                for role, (place, other, seeds) in self._uses(study, dataset, split, variant, seed).items()
            },
        )
        return Run(
            study,
            dataset,
            split,
            variant,
            seed,
            folder=_folder(study, dataset, split, variant, seed),
            inputs=inputs,
            settings=settings,
            generated="generator" in self.config["dataset"][dataset],
        )

    def views(self, study: str, dataset: str) -> dict[str, Path]:
        """The folders of all views of a study for one data set, by name: what scoring and measuring may read."""
        return _folders(dataset, self.config["study"][study]["views"])

    def uses(self, run: Run) -> dict[str, list[Run]]:
        """The runs that a run stands on, by role.

        `role: variant` is the run of the same seed. `role: {variant, seeds: k}` is the k runs of seeds k*seed to
        k*seed+k-1, so that replicates share none of them. `dataset` and `split` may name another place, as a
        pre-training run does; `at: <role of a place>` takes it from the `places` of the run's grid block, so that one
        variant may borrow from another place in each block.
        """
        used = self._uses(run.study, run.dataset, run.split, run.variant, run.seed)
        return {
            role: [self.run(run.study, *place, variant, seed) for seed in seeds]
            for role, (place, variant, seeds) in used.items()
        }

    def _uses(
        self, study: str, dataset: str, split: str, variant: str, seed: int
    ) -> dict[str, tuple[tuple[str, str], str, range]]:
        """By role: the place (data set, split), variant and seeds of the runs that one stands on."""
        found = {}
        for role, used in (self.config["study"][study]["variants"][variant].get("uses") or {}).items():
            used = {"variant": used} if isinstance(used, str) else used
            place = (dataset, split)
            if "at" in used:
                # A place that only other runs call for has no block, and lends nothing on.
                (block, *_) = self._blocks[study][place]
                place = self._named(study, block["places"][used["at"]], self._draw(dataset, split))
            place = (used.get("dataset", place[0]), used.get("split", place[1]))
            count = used.get("seeds", 1)
            found[role] = (place, used["variant"], range(count * seed, count * (seed + 1)))
        return found

    def _named(self, study: str, name: str, draw: int) -> tuple[str, str]:
        """Data set and split of the grid block that bears a name; of a place with draws this one, else its first."""
        places = [
            place
            for place, blocks in self._blocks[study].items()
            if any(block.get("name") == name for block in blocks)
        ]
        return next((place for place in places if self._draw(*place) == draw), places[0])

    def _settings_of(self, study: str, variant: str) -> dict:
        """The resolved settings of a variant: the study's `run` block with the variant's own merged over it."""
        if (study, variant) not in self._settings:
            block = self.config["study"][study]
            own = block["variants"][variant].get("settings") or {}
            self._settings[study, variant] = merge(copy.deepcopy(block["run"]), own)
        return self._settings[study, variant]

    def _run_settings(self, study: str, dataset: str, split: str, variant: str) -> dict:
        """A variant's settings, and as `target` the column that the split says is predicted."""
        target = self.config["dataset"][dataset]["splits"][split].get("target")
        return self._settings_of(study, variant) | ({"target": target} if target else {})

    # What reports know.

    def study(self, study: str) -> StudyPlan:
        """The places of a study and the comparisons that are made, with the baseline."""
        return StudyPlan(
            baseline=self.config["study"][study]["baseline"],
            families=self.families(study),
            places=tuple(self.places(study)),
        )

    def places(self, study: str) -> list[Place]:
        """One for each (data set, family of splits) of the grid, in its order."""
        found: dict[tuple[str, str], list[str]] = {}
        for dataset, split in self._blocks[study]:
            family = self.config["dataset"][dataset]["splits"][split]["family"]
            found.setdefault((dataset, family), []).append(split)
        places = []
        for (dataset, family), splits in found.items():
            data = self.config["dataset"][dataset]
            drawn = data["splits"][splits[0]]
            places.append(
                Place(
                    dataset=dataset,
                    split=family,
                    splits=tuple(splits),
                    name=next(
                        (block["name"] for block in self._of(study, dataset, splits) if "name" in block), None
                    ),
                    target=drawn.get("target"),
                    protocol=drawn["protocol"],
                    share=None if "train_count" in drawn else drawn.get("train_fraction", 1.0),
                    generated="generator" in data,
                )
            )
        return places

    def _of(self, study: str, dataset: str, splits: Iterable[str]) -> list[dict]:
        """The blocks of the grid at these splits of a data set."""
        return [block for split in splits for block in self._blocks[study][dataset, split]]

    def title(self, study: str, place: Place) -> str:
        """What a place is called: by the first of its blocks that has a title, or by its data set."""
        titles = (block.get("title") for block in self._of(study, place.dataset, place.splits))
        return next(filter(None, titles), self.config["dataset"][place.dataset]["title"])

    def labels(self, place: Place) -> list[str]:
        """The columns that hold labels at a place: that of its split's target, or what the data set's reader names."""
        data = self.config["dataset"][place.dataset]
        if place.target:
            return [data["splits"][place.splits[0]].get("labels", place.target)]
        return list((data.get("settings") or {}).get("labels") or {})

    def quantities(self, study: str) -> list[str]:
        """The quantities of test items that metrics of a study are computed from, sorted."""
        metrics = self.config["study"][study]["metrics"].values()
        return sorted({metric["items"] for metric in metrics if "items" in metric})

    def families(self, study: str) -> dict[str, list[tuple[str, str]]]:
        """The comparisons of a study as (variant, against), by family: of the baseline, controls, its own, claims."""
        block = self.config["study"][study]
        baseline, variants = block["baseline"], block["variants"]
        families = {
            BASELINE: [(name, baseline) for name in variants if name != baseline],
            CONTROL: [
                (name, variant["control"]) for name, variant in variants.items() if "control" in variant
            ],
        }
        for family, pairs in block.get("contrasts", {}).items():
            families[family] = [(pair["variant"], pair["against"]) for pair in pairs]
        pairs = claimed(self.config.get("claims", []), study)
        if compared := [pair for pair in pairs if set(pair) <= variants.keys()]:
            families[CLAIMED] = compared
        return families

    def contrast_titles(self, study: str) -> list[tuple[str, str, str, str]]:
        """What the study's YAML calls its comparisons: (family, variant, against, title)."""
        return [
            (family, pair["variant"], pair["against"], pair["title"])
            for family, pairs in self.config["study"][study].get("contrasts", {}).items()
            for pair in pairs
            if "title" in pair
        ]

    def systems(self, study: str) -> list[dict]:
        """What the YAML says of each variant, in its order, and its resolved settings."""
        keys = ("title", "short", "role", "colour", "control", "citation")
        return [
            {
                "variant": name,
                **{key: block.get(key) for key in keys},
                "settings": self._settings_of(study, name),
            }
            for name, block in self.config["study"][study]["variants"].items()
        ]

    def metrics(self, study: str) -> list[dict]:
        """The study's metrics, in the order of its YAML."""
        blocks = self.config["study"][study]["metrics"]
        return [{"metric": name, **block} for name, block in blocks.items()]

    def sources(self, study: str) -> list[dict]:
        """The data sets of a study's grid, then those that only lend a view: what the paper says of each."""
        views = self.config["study"][study]["views"]
        used = list(dict.fromkeys(dataset for dataset, _ in self._blocks[study]))
        lent = sorted({view.rpartition("/")[0] for view in views if "/" in view} - set(used))
        return [
            {
                "dataset": name,
                **{key: self.config["dataset"][name].get(key) for key in ("title", "citation", "licence")},
                "generated": "generator" in self.config["dataset"][name],
                "lends": name in lent,
            }
            for name in [*used, *lent]
        ]

    def loans(self, study: str) -> list[dict]:
        """What reports know of the loans of a study besides their gains, in the order of its YAML.

        `lenders` are the runs that those who borrow stand on, as far as the YAML says that their time is the price.
        """
        return [
            {
                "loan": name,
                "title": loan["title"],
                "short": loan.get("short", loan["title"]),
                "lenders": self._lenders(study, loan),
                "panel": loan.get("panel", []),
            }
            for name, loan in self.config["study"][study]["loans"].items()
        ]

    def _lenders(self, study: str, loan: dict) -> list[dict]:
        """Data set, split and variant of the lenders that the borrowers of a loan stand on."""
        played = loan["loan"]
        borrowers = {played} if isinstance(played, str) else set(played.values())
        todo = [run for run in self.runs(study) if run.variant in borrowers]
        found: dict[tuple[str, str, str], None] = {}
        while todo:
            run = todo.pop()
            if run.variant in loan.get("lender", []):
                found[run.dataset, run.split, run.variant] = None
            todo += [used for runs in self.uses(run).values() for used in runs]
        return [dict(zip(("dataset", "split", "variant"), each, strict=True)) for each in sorted(found)]

    # The plan as files: what a job reads instead of a megabyte of parameters.

    def runs_json(self, study: str) -> str:
        """The runs of a study and its `StudyPlan` as JSON: what scoring and measuring read.

        These may read every view of the study, whichever the run itself learned from.
        """
        runs = [
            replace(run, inputs=replace(run.inputs, features=self.views(study, run.dataset))).to_json()
            for run in self.runs(study)
        ]
        return _json({"study": study, "runs": runs, "plan": self.study(study).to_json()})

    def layout_json(self, study: str) -> str:
        """What the tables of places, systems, metrics, sources and loans are made from."""
        places = [
            asdict(place) | {"title": self.title(study, place), "labels": self.labels(place)}
            for place in self.places(study)
        ]
        return _json(
            {
                "places": places,
                "systems": self.systems(study),
                "metrics": self.metrics(study),
                "sources": self.sources(study),
                "loans": self.loans(study),
            }
        )


def _folders(dataset: str, chosen: list[str]) -> dict[str, Path]:
    return {views.name_of(view): Path(view_folder(dataset, view)) for view in chosen}


def view_folder(dataset: str, view: str) -> str:
    """Where a view lies; `other/view` is that of another data set, the same for all runs of the study."""
    return f"data/features/{view}" if "/" in view else f"data/features/{dataset}/{view}"


def named_after_content(folder: Path, name: str, text: str) -> Path:
    """`folder/name-<digest>.json` with this text, written unless it stands there already.

    A job that lists the file as its input reruns when the content changes, and only then.
    """
    from retort.files import write_whole

    path = folder / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"
    if not path.exists():
        write_whole(path, text)
    return path


def read_named(path: Path) -> dict:
    """What stands in a file that `named_after_content` wrote.

    Raises:
        DamagedFile: it is not the content that it is named after.
    """
    from retort.files import DamagedFile

    content = Path(path).read_bytes()
    if hashlib.sha256(content).hexdigest()[:16] != Path(path).stem.rpartition("-")[2]:
        raise DamagedFile(f"{path}: changed since it was written", "delete it, and it is made again")
    return json.loads(content)


def read_runs(path: Path) -> tuple[list[Run], StudyPlan]:
    """What `Plan.runs_json` wrote."""
    value = read_named(path)
    return [Run.from_json(run) for run in value["runs"]], StudyPlan.from_json(value["plan"])


def _folder(study: str, dataset: str, split: str, variant: str, seed: int) -> Path:
    return RUNS / study / dataset / split / variant / f"seed{seed}"


def _json(value: dict) -> str:
    return json.dumps(value, sort_keys=True) + "\n"
