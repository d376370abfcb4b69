"""Which runs a study consists of, what each depends on, and where each lies."""

import copy
from dataclasses import dataclass
from pathlib import Path

from retort.configuration import merge


@dataclass(frozen=True, order=True)
class RunKey:
    """One run: a variant of a study, on a split of a data set, with a seed."""

    study: str
    dataset: str
    split: str
    variant: str
    seed: int

    @property
    def folder(self) -> Path:
        """The run's folder, relative to the project."""
        return Path("data/runs", self.study, self.dataset, self.split, self.variant, f"seed{self.seed}")


def grid(config: dict, study: str) -> list[RunKey]:
    """The runs of a study that are scored, in the order of its YAML.

    A variant's own `seeds` (a method without randomness has 1) goes before the block's.
    """
    block = config["study"][study]
    return [
        RunKey(study, part["dataset"], part["split"], variant, seed)
        for part in block["grid"]
        for variant in part["variants"]
        for seed in range(block["variants"][variant].get("seeds", part["seeds"]))
    ]


def paired(config: dict, key: RunKey) -> bool:
    """Whether a run's seed is one that the whole grid has, so that items averaged over such seeds can be paired.

    A variant may run more seeds than its block (an ensemble needs them); those count for its own score only.
    """
    blocks = config["study"][key.study]["grid"]
    return any(
        key.seed < block["seeds"]
        for block in blocks
        if (block["dataset"], block["split"]) == (key.dataset, key.split) and key.variant in block["variants"]
    )


def block(config: dict, key: RunKey) -> dict:
    """The grid block at a run's place, or an empty one where only other runs call for that place."""
    blocks = config["study"][key.study]["grid"]
    return next((each for each in blocks if (each["dataset"], each["split"]) == (key.dataset, key.split)), {})


def place(config: dict, study: str, name: str) -> tuple[str, str]:
    """Data set and split of the grid block that bears a name."""
    blocks = {each.get("name"): each for each in config["study"][study]["grid"]}
    return blocks[name]["dataset"], blocks[name]["split"]


def uses(config: dict, key: RunKey) -> dict[str, list[RunKey]]:
    """The runs that `key` stands on, by role.

    `role: variant` is the run of the same seed. `role: {variant, seeds: k}` is the k runs of seeds k*seed to
    k*seed+k-1, so that replicates share none of them. `dataset` and `split` may name another place, as a
    pre-training run does; `at: <role of a place>` takes it from the `places` of the run's grid block, so that one
    variant may borrow from another place in each block.
    """
    found = {}
    for role, used in (config["study"][key.study]["variants"][key.variant].get("uses") or {}).items():
        used = {"variant": used} if isinstance(used, str) else used
        count = used.get("seeds", 1)
        where = {"dataset": key.dataset, "split": key.split}
        if "at" in used:
            named = block(config, key)["places"][used["at"]]
            where["dataset"], where["split"] = place(config, key.study, named)
        found[role] = [
            RunKey(
                key.study,
                used.get("dataset", where["dataset"]),
                used.get("split", where["split"]),
                used["variant"],
                seed,
            )
            for seed in range(count * key.seed, count * (key.seed + 1))
        ]
    return found


def settings(config: dict, study: str, variant: str) -> dict:
    """The resolved settings of a variant: the study's `run` block with the variant's own merged over it."""
    block = config["study"][study]
    return merge(copy.deepcopy(block["run"]), block["variants"][variant].get("settings") or {})


def run_settings(config: dict, key: RunKey) -> dict:
    """The settings of one run: its variant's, and as `target` the column that its split says is predicted."""
    target = config["dataset"][key.dataset]["splits"][key.split].get("target")
    return settings(config, key.study, key.variant) | ({"target": target} if target else {})


def view_folder(dataset: str, view: str) -> str:
    """Where a view lies; `other/view` is that of another data set, the same for all runs of the study."""
    return f"data/features/{view}" if "/" in view else f"data/features/{dataset}/{view}"
