"""Made-up results of the study `transfer` in the shape of the real ones. For tests and for work on figures only."""

from pathlib import Path

import numpy as np
import polars as pl
import yaml

from retort.statistics.summary import summarize

TASKS = {
    # task: (data set, title, unit, error of the untaught CrabNet on all labels); the generated stand-ins after it
    "mp-formation": ("mp20", "MP formation energy", "eV/atom", 0.081),
    "mp-gap": ("mp20", "MP band gap", "eV", 0.392),
    "jarvis-formation": ("jarvis", "JARVIS formation energy", "eV/atom", 0.094),
    "jarvis-gap": ("jarvis", "JARVIS band gap", "eV", 0.215),
}
GENERATED = {
    "mp-formation": ("crystals", "Ewald energy", "eV/atom", 0.35),
    "mp-gap": ("crystals", "potential difference", "V", 1.9),
    "jarvis-formation": ("crystals_other", "Ewald energy, second set", "eV/atom", 0.41),
}
# variant: (share of the untaught error on all labels, and on 5 % of them, shares of labels at which it is run)
SYSTEMS = {
    "median": (4.0, 3.0, (1.0, 0.05)),
    "boosting": (1.10, 1.05, (1.0, 0.25, 0.05)),
    "teacher": (0.38, 0.70, (1.0, 0.05)),
    "crabnet": (1.0, 1.0, (1.0, 0.25, 0.05)),
    "roost": (1.06, 1.1, (1.0,)),
    "ts-crabnet": (0.87, 0.64, (1.0, 0.25, 0.05)),
    "ts-roost": (0.93, 0.70, (1.0,)),
    "ts-crabnet-alpha0": (0.93, 0.70, (1.0, 0.05)),
    "ts-crabnet-alpha5": (0.87, 0.64, (1.0, 0.05)),
    "ts-crabnet-alpha20": (0.89, 0.65, (1.0, 0.05)),
    "ts-crabnet-no-step1": (0.91, 1.04, (1.0, 0.05)),
    "crabnet-labels": (0.98, 0.66, (1.0, 0.25, 0.05)),
    "crabnet-foreign": (0.97, 0.78, (1.0, 0.05)),
    "ts-crabnet-scalar": (0.92, 0.67, (1.0, 0.05)),
    "ts-crabnet-unseen": (0.90, 0.81, (0.05,)),
    "ts-crabnet-own": (0.92, 0.93, (0.25, 0.05)),
}
SMALL = ("boosting", "crabnet", "ts-crabnet", "crabnet-labels")
MP_ONLY = {"teacher", "crabnet-foreign", "ts-crabnet-own"}
# As in the real grid, most ablations are at the first task only.
FIRST_ONLY = {
    *("ts-crabnet-alpha0", "ts-crabnet-alpha5", "ts-crabnet-alpha20"),
    *("ts-crabnet-scalar", "ts-crabnet-unseen"),
}
SHARES = {1.0: "", 0.25: "-25", 0.05: "-05"}
SEEDS = 3
PANELS = ("crabnet", "ts-crabnet", "teacher", "taught-minus-untaught", "teacher-minus-untaught")


def make(
    folder: Path,
    *,
    generated: bool = False,
    variants: tuple[str, ...] = tuple(SYSTEMS),
    ids: int = 80,
    seed: int = 0,
) -> Path:
    """Write `folder/data/results/transfer` and the YAML that names its places; returns the former."""
    generator = np.random.default_rng(seed)
    blocks = _blocks(generated, variants)
    config = folder / "workflow/config/study/transfer.yaml"
    config.parent.mkdir(parents=True)
    config.write_text(yaml.safe_dump({"title": "Transfer", "scales": {"laptop": {"grid": blocks}}}))
    results = folder / "data/results/transfer"
    (results / "details").mkdir(parents=True)
    scores, items = [], []
    for block in blocks:
        for variant in block["variants"]:
            some = _scores(block, variant, ids, generated, generator)
            scores += some[0]
            items += some[1]
    order = ["study", "dataset", "split", "variant", "seed", "part", "metric", "value", "unit"]
    scores, items = pl.DataFrame(scores).select(order), pl.DataFrame(items)
    scores.write_parquet(results / "scores.parquet")
    items.write_parquet(results / "items.parquet")
    summarize(scores, items, "crabnet", seed=0, resamples=200).write_parquet(results / "summary.parquet")
    _history(blocks[0], variants, generator).write_parquet(results / "history.parquet")
    for name, table in _details(blocks, ids, generator).items():
        table.write_parquet(results / f"details/{name}.parquet")
    _timings().write_parquet(results / "timings.parquet")
    return results


def _blocks(generated: bool, variants: tuple[str, ...]) -> list[dict]:
    """The grid: one block for each task and share of labels."""
    blocks = []
    for task, (dataset, title, _, _) in (GENERATED if generated else TASKS).items():
        for share, end in SHARES.items():
            # As on the smaller scales: a quarter of the labels for one task only.
            if share == 0.25 and (generated or task != "mp-formation"):
                continue
            here = [
                name
                for name in variants
                if share in SYSTEMS[name][2]
                and (task.startswith("mp") or name not in MP_ONLY)
                and (task == "mp-formation" or name not in FIRST_ONLY)
            ]
            split = task.split("-")[1] + end
            label = title if share == 1 else f"{title}, {100 * share:.0f} % of the labels"
            blocks.append(
                {"name": task + end, "title": label, "dataset": dataset, "split": split, "variants": here}
            )
    return blocks


def _task(block: dict) -> tuple[str, float]:
    """The task of a block and its share of the labels."""
    share = next((share for share, end in SHARES.items() if end and block["name"].endswith(end)), 1.0)
    return block["name"].removesuffix(SHARES[share]), share


def _level(block: dict, variant: str) -> tuple[float, str]:
    task, share = _task(block)
    *_, unit, error = (GENERATED if block["dataset"].startswith("crystals") else TASKS)[task]
    whole, scarce, _ = SYSTEMS[variant]
    weight = np.log(share) / np.log(0.05)  # 0 with all labels, 1 with 5 %
    return error * share**-0.23 * (whole ** (1 - weight) * scarce**weight), unit


def _scores(block, variant, ids, generated, generator):
    level, unit = _level(block, variant)
    key = {"study": "transfer", "dataset": block["dataset"], "split": block["split"], "variant": variant}
    seeds = 1 if variant == "median" else SEEDS
    metrics = {"mae": 1.0, "mae-unseen": 1.1}
    if "gap" in block["name"] and not generated:
        metrics |= {"mae-nonmetals": 1.4, "mae-metals": 0.5}
    scores, items = [], []
    for run in range(seeds):
        jitter = 1 + 0.02 * generator.normal()
        for metric, factor in metrics.items():
            value = level * factor * jitter * (1 + 0.005 * generator.normal())
            row = {"part": "test", "metric": metric, "value": value, "unit": unit}
            scores.append({**key, "seed": run, **row})
        row = {"part": "valid", "metric": "mae", "value": 0.98 * level * jitter, "unit": unit}
        scores.append({**key, "seed": run, **row})
        if variant in ("crabnet", "ts-crabnet"):
            for metric, value in {"coverage-68": 0.64, "coverage-95": 0.9, "calibration-error": 0.05}.items():
                row = {"part": "test", "metric": metric, "value": value * jitter, "unit": "fraction"}
                scores.append({**key, "seed": run, **row})
    error = np.abs(generator.normal(scale=1.25 * level, size=ids))
    items += [
        {**key, "part": "test", "metric": "mae", "id": f"m{n:03d}", "value": float(value), "n_seeds": seeds}
        for n, value in enumerate(error)
    ]
    return scores, items


def _history(block, variants, generator):
    """Step 1 of the student that is only aligned; both terms of step 2; the untaught student."""
    rows = []
    terms = {
        "crabnet-aligned": {"embedding": (0.9, 0.25)},
        "crabnet": {"target": (1.1, -0.9), "mae": (0.5, 0.085)},
        "ts-crabnet": {"target": (0.2, -1.1), "embedding": (0.30, 0.21), "mae": (0.16, 0.072)},
    }
    for variant in [name for name in terms if name in (*variants, "crabnet-aligned")]:
        for seed in range(SEEDS):
            for part, every in (("train", 20), ("valid", 100)):
                steps = np.arange(every, 2001, every)
                for term, (start, end) in terms[variant].items():
                    if term == "mae" and part == "train":
                        continue
                    noise = 0.02 * abs(start - end) * generator.normal(size=steps.size)
                    gap = 0.08 * abs(start - end) if part == "valid" else 0
                    values = end + (start - end) * np.exp(-steps / 300) + noise + gap
                    key = {"study": "transfer", "dataset": block["dataset"], "split": block["split"]}
                    rows += [
                        {**key, "variant": variant, "seed": seed, "step": int(step), "part": part, "term": term,
                         "value": float(value)}
                        for step, value in zip(steps, values, strict=True)
                    ]  # fmt: skip
    return pl.DataFrame(rows)


def _details(blocks, ids, generator):
    maps, parity, calibration, similarity = [], [], [], []
    for block in blocks:
        level, _ = _level(block, "ts-crabnet")
        value = generator.gamma(2, 12 * level, size=ids) - (0 if "gap" in block["name"] else 20 * level)
        if _task(block)[1] != 1:
            continue
        place = {"dataset": block["dataset"], "split": block["split"]}
        name = [f"m{n:03d}" for n in range(ids)]
        for variant in [each for each in ("crabnet", "ts-crabnet") if each in block["variants"]]:
            sigma = level * np.exp(0.6 * generator.normal(size=ids))
            columns = {"id": name, "value": value, "prediction": value + sigma * generator.normal(size=ids)}
            parity.append(pl.DataFrame({**place, "variant": variant, **columns, "sigma": sigma}))
            expected = np.arange(0.05, 1, 0.05)
            for seed in range(SEEDS):
                observed = expected ** (1.3 if variant == "crabnet" else 1.1) + 0.01 * generator.normal(
                    size=19
                )
                columns = {"seed": seed, "expected": expected, "observed": observed}
                keys = {**place, "variant": variant}
                calibration.append(pl.DataFrame({**keys, **columns}))
        if block["name"] != "mp-formation" or "ts-crabnet" not in block["variants"]:
            continue
        for panel in PANELS:
            angle = value / 6 / level + 0.5 * generator.normal(size=ids)
            columns = {"id": name, "x": 40 * np.cos(angle), "y": 40 * np.sin(angle), "value": value}
            maps.append(pl.DataFrame({**place, "panel": panel, **columns}))
        for first, second, overlap in (
            ("crabnet", "teacher", 0.22),
            ("ts-crabnet", "teacher", 0.41),
            ("taught-minus-untaught", "teacher-minus-untaught", 0.30),
        ):
            similarity += [
                {**place, "first": first, "second": second, "measure": measure, "seed": seed,
                 "value": at + 0.01 * generator.normal()}
                for measure, at in (("knn-overlap", overlap), ("cka", 0.4 + overlap))
                for seed in range(SEEDS)
            ]  # fmt: skip
    return {
        "embedding_map": pl.concat(maps),
        "embedding_similarity": pl.DataFrame(similarity),
        "parity": pl.concat(parity),
        "calibration": pl.concat(calibration),
    }


def _timings():
    rows = [
        ("epoch of crabnet", 21.0, "s", 1000),
        ("epoch of crabnet, share of matrix multiplication", 0.41, "fraction", 1000),
        ("epoch of crabnet, published code", 1.7, "ratio", 1000),
        ("epoch of roost", 8.0, "s", 1000),
        ("graphs", 14.0, "s", 1000),
    ]
    table = pl.DataFrame(rows, schema=["quantity", "value", "unit", "n"], orient="row")
    return table.with_columns(device=pl.lit("CPU X"))
