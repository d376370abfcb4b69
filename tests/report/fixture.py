"""Made-up results in the shape of the real ones, for tests and for working on figures. Never shown as results."""

from pathlib import Path

import numpy as np
import polars as pl

from retort.statistics.claims import CLAIMS_SCHEMA
from retort.statistics.summary import summarize

ATTEMPTS = range(1, 11)
PLACE = {"dataset": "ceder", "split": "published"}
# variant: (share solved at the first own attempt, share solved in the end, forced common first, seeds)
SYSTEMS = {
    "selector": (0.63, 0.87, True, 5),
    "learned-mpc": (0.63, 0.87, False, 5),
    "raw-mpc-first": (0.60, 0.86, True, 5),
    "raw-mpc": (0.60, 0.86, False, 5),
    "learned-common-first": (0.45, 0.75, True, 5),
    "learned-common": (0.45, 0.75, False, 5),
    "raw-common-first": (0.42, 0.73, True, 1),
    "raw-common": (0.42, 0.73, False, 1),
    "magpie-mpc-first": (0.60, 0.85, True, 5),
    "magpie-common-first": (0.42, 0.73, True, 1),
    "most-frequent": (0.36, 0.66, False, 1),
    "bare-head": (0.66, 0.83, False, 5),
    "no-composition": (0.62, 0.86, True, 5),
    "no-masking": (0.52, 0.80, True, 5),
    "no-context": (0.56, 0.82, True, 5),
    "combined": (0.66, 0.88, False, 5),
    "combined-ensemble": (0.67, 0.89, False, 5),
}
FAMILIES = ["oxide", "carbonate", "halide", "phosphate", "sulfide", "nitrate", "other"]
# fmt: off
ELEMENTS = [
    "Li", "Na", "K", "Rb", "Cs", "Be", "Mg", "Ca", "Sr", "Ba", "Sc", "Y", "La", "Ce", "Pr", "Nd",
    "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Ti", "Zr", "Hf", "V", "Nb", "Ta",
    "Cr", "Mo", "W", "Mn", "Fe", "Ru", "Co", "Ni", "Cu", "Ag", "Zn", "Cd", "B", "Al", "Ga", "In",
    "C", "Si", "Ge", "Sn", "Pb", "N", "P", "Sb", "Bi", "O", "S", "Se", "Te", "F", "Cl", "Br", "I",
]
# fmt: on


def make(
    folder: Path, *, targets: int = 300, variants: tuple[str, ...] = tuple(SYSTEMS), seed: int = 0
) -> Path:
    """Write `folder/precursors/` as the workflow would; returns it."""
    generator = np.random.default_rng(seed)
    folder = folder / "precursors"
    (folder / "details").mkdir(parents=True)
    scores, items = [], []
    difficulty = {part: generator.random(targets) for part in ("test", "valid")}
    easy = {part: generator.random(targets) < 0.37 for part in ("test", "valid")}
    for variant in variants:
        first, last, forced, seeds = SYSTEMS[variant]
        for part in ("test", "valid"):
            shift = 0.01 if part == "valid" else 0.0
            hits = np.zeros((seeds, len(ATTEMPTS), targets))
            for run in range(seeds):
                jitter = difficulty[part] + 0.02 * generator.normal(size=targets)
                for index, k in enumerate(ATTEMPTS):
                    own = k - 1 if forced else k
                    share = last - (last - first) * 0.55 ** (own - 1) if own else 0.0
                    solved = jitter < share + shift + 0.004 * generator.normal()
                    hits[run, index] = solved | easy[part] if forced else solved
            hits = np.maximum.accumulate(hits, axis=1)
            key = {"study": "precursors", **PLACE, "variant": variant, "part": part}
            for index, k in enumerate(ATTEMPTS):
                name = {**key, "metric": f"success@{k}"}
                scores += [
                    {**name, "seed": run, "value": hits[run, index].mean(), "unit": "fraction"}
                    for run in range(seeds)
                ]
                if k in (1, 3, 5, 10):
                    items += [
                        {**name, "id": f"t{target}", "value": value, "n_seeds": seeds}
                        for target, value in enumerate(hits[:, index].mean(axis=0))
                    ]
    order = ["study", *PLACE, "variant", "seed", "part", "metric", "value", "unit"]
    scores = pl.DataFrame(scores).select(order)
    items = pl.DataFrame(items)
    scores.write_parquet(folder / "scores.parquet")
    items.write_parquet(folder / "items.parquet")
    summarize(scores, items, variants[0], seed=0, resamples=300).write_parquet(folder / "summary.parquet")
    _history(generator).write_parquet(folder / "history.parquet")
    _details(folder / "details", generator, difficulty["test"], items, variants)
    _measurements(folder, variants, generator)
    _claims().write_parquet(folder.parent / "claims.parquet")
    return folder


def _history(generator):
    rows = []
    for seed in range(5):
        for part, every in (("train", 20), ("valid", 100)):
            steps = np.arange(every, 3001 if seed else 2801, every)
            mpc = 22 + 30 * np.exp(-steps / 300) - (0.002 * steps if part == "train" else 0)
            mpc = mpc + generator.normal(scale=0.8 if part == "train" else 0.3, size=steps.size)
            mpc += 0 if part == "train" else 1e-6 * (steps - 1500) ** 2
            composition = 0.002 + 0.05 * np.exp(-steps / 200) * np.exp(
                0.1 * generator.normal(size=steps.size)
            )
            total = 0.05 * mpc + 20 * composition - 3 * (1 - np.exp(-steps / 800))
            for term, values in {"completion": mpc, "composition": composition, "total": total}.items():
                key = {"study": "precursors", **PLACE, "variant": "selector", "seed": seed}
                rows += [
                    {**key, "step": int(step), "part": part, "term": term, "value": float(value)}
                    for step, value in zip(steps, values, strict=True)
                ]
    return pl.DataFrame(rows)


def _details(folder, generator, difficulty, items, variants):
    n = difficulty.size
    similarity = 1 - 10 ** (-0.3 - 2.5 * np.clip(1 - difficulty + 0.2 * generator.normal(size=n), 0, 1.3))
    family = generator.choice(FAMILIES, size=n, p=[0.4, 0.2, 0.1, 0.12, 0.08, 0.05, 0.05])
    weight = 1 / np.arange(1, len(ELEMENTS) + 1)
    shuffled = generator.permutation(ELEMENTS)
    members = [
        generator.choice(shuffled, size=4, replace=False, p=weight / weight.sum()).tolist() for _ in range(n)
    ]
    targets = pl.DataFrame(
        {
            "target_key": [f"t{k}" for k in range(n)],
            "elements": members,
            "part": "test",
            "similarity_learned": similarity,
            "similarity_raw": 1 - (1 - similarity) * 0.7,
            "family": family,
        }
    )
    targets.write_parquet(folder / "targets.parquet")
    five = items.filter(part="test", metric="success@5").select("variant", "id", "value")
    (
        targets.select("target_key", "elements")
        .join(five, left_on="target_key", right_on="id")
        .explode("elements")
        .group_by(pl.col("elements").alias("element"), "variant")
        .agg(pl.len().cast(pl.Int64).alias("n"), pl.col("value").sum().alias("hits"))
        .sort("element", "variant")
        .write_parquet(folder / "elements.parquet")
    )
    angle = 2 * np.pi * np.searchsorted(sorted(FAMILIES), family) / len(FAMILIES)
    maps = []
    for space, noise, agreement in (("learned", 0.45, 0.83), ("raw", 1.1, 0.71)):
        maps.append(
            targets.select("target_key", "family").with_columns(
                pl.lit(space).alias("space"),
                pl.Series("x", 2 * np.cos(angle) + noise * generator.normal(size=n)),
                pl.Series("y", 2 * np.sin(angle) + noise * generator.normal(size=n)),
                pl.lit(agreement).alias("agreement"),
            )
        )
    pl.concat(maps).write_parquet(folder / "map.parquet")


def _measurements(folder, variants, generator):
    rows = [
        {"study": "precursors", **PLACE, "variant": variant, "seed": seed, "wall_seconds": 60 + 5 * generator.random(),
         "cpu_seconds": 58.0, "peak_memory_mib": 700 + 20 * generator.random(), "parameters": 27_734, "device": "CPU X"}
        for variant in variants
        for seed in range(SYSTEMS[variant][3])
    ]  # fmt: skip
    pl.DataFrame(rows).write_parquet(folder / "costs.parquet")
    pl.DataFrame(
        {
            "quantity": ["vectorise", "compare"],
            "value": [1.25, 0.75],
            "unit": ["s", "s"],
            "n": [2697, 2697],
            "device": ["CPU X", "CPU X"],
        }
    ).write_parquet(folder / "timings.parquet")
    pl.DataFrame(
        {
            **{key: [value] * 3 for key, value in PLACE.items()},
            "part": ["train", "valid", "test"],
            "rows": [44_736, 2_254, 2_934],
            "rejects": [12] * 3,
            "manifest": ["{}"] * 3,
        }
    ).write_parquet(folder / "datasets.parquet")


def _claims():
    claim = dict.fromkeys(CLAIMS_SCHEMA) | {"source": "he2023precursor", "study": "precursors"}
    number = {
        "statement": "82 % of unseen targets within five attempts",
        "unit": "fraction",
        "relation": "equals",
    }
    order = {
        "statement": "Learned similarity is better than raw & others",
        "unit": "fraction",
        "relation": "above",
    }
    time = {"statement": "Similarities in 26 s", "unit": "s", "relation": "equals", "published": 26.0}
    ours = {"ours": 0.815, "low": 0.80, "high": 0.83, "n": 5}
    below = {"ours": -0.02, "low": -0.03, "high": -0.01, "n": 5, "column": "difference"}
    return pl.DataFrame(
        [
            claim
            | number
            | ours
            | {"id": "a", "published": 0.82, "tolerance": 0.01, "verdict": "reproduced"},
            claim | order | below | {"id": "b", "published": 0.0, "verdict": "contradicted"},
            claim | time | {"id": "c", "verdict": "not tested at this scale"},
        ],
        schema=CLAIMS_SCHEMA,
    )
