"""Made-up results of the study `molecules` in the shape of the real ones. For tests and for work on figures only."""

from pathlib import Path

import numpy as np
import polars as pl
import yaml

from retort.chemistry.smiles_tokens import tokens
from retort.studies.molecules.overview import verdicts

LIDOCAINE = "Cc1cccc(C)c1NC(=O)CN(CC)CC"
IMATINIB = "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1"
# data set: (title, ROC-AUC or RMSE of the forest under the strict protocol)
SETS = {
    "bbbp": ("BBBP", 0.69),
    "bace": ("BACE", 0.86),
    "clintox": ("ClinTox", 0.67),
    "tox21": ("Tox21", 0.72),
    "sider": ("SIDER", 0.65),
    "esol": ("ESOL", 1.40),
    "freesolv": ("FreeSolv", 2.90),
    "lipophilicity": ("Lipophilicity", 0.85),
}
ERRORS = {"esol", "freesolv", "lipophilicity", "molecules_properties"}
NAMED = {"clintox": ("FDA_APPROVED", "CT_TOX"), "tox21": ("NR-AR", "SR-p53"), "bbbp": ("p_np",)}
GENERATED = {"bbbp": ("molecules_alerts", "Alerts", 0.9), "esol": ("molecules_properties", "Properties", 0.8)}
# variant: gain over the forest, in units of 0.01 ROC-AUC or of 1 % of the error
SUPERVISED = {
    **{"forest": 0, "svm": 0.4, "ngram": -1.5, "dmpnn": -0.5, "gin": -4.2, "smiles": -6, "smiles-raw": -3},
    **{"ngram-canonical": 2, "ngram-raw": 4, "dino-tuned": -1.1, "contrast-tuned": -1.4, "molclr-tuned": -2},
    **{"dino-smiles-tuned": -3, "mlm-tuned": -2.2, "ngram-graph": -1, "ngram-graph-untrained": -1.2},
}
PIECES = (("global", 0, 0, 22), ("global", 1, 9, 26), ("local", 0, 4, 7), ("local", 1, 20, 12))
FROZEN = {
    **{"gin-frozen": -9, "dino-frozen": -3, "contrast-frozen": -4, "molclr-frozen": -6, "smiles-frozen": -10},
    **{"walks-frozen": -6, "ngram-graph-frozen": -5.5},
    **{"dino-smiles-frozen": -5, "mlm-frozen": -4.5, "dino-short-frozen": -4, "dino-connected-frozen": -4.4},
    **{"dino-window-frozen": -6, "dino-locals0-frozen": -5, "dino-locals4-frozen": -4},
    **{"dino-no-centring-frozen": -9, "dino-no-sharpening-frozen": -8.5, "dino-batchnorm-frozen": -4.1},
    **{"dino-smiles-short-frozen": -6, "dino-smiles-canonical-frozen": -8, "dino-smiles-window-frozen": -7},
}
ABLATED = tuple(name for name in FROZEN if "short" in name or name not in tuple(FROZEN)[:9])
PRETRAINED = (
    *("dino", "contrast", "molclr", "mlm", "walks", "dino-smiles", "dino-short", "dino-connected"),
    *("dino-no-centring", "dino-no-sharpening", "dino-smiles-short"),
)
SMALL = ("forest", "gin", "dino-tuned", "gin-frozen", "dino-frozen", "dino")
CLASSICAL = ("forest", "svm", "ngram", "ngram-raw", "ngram-canonical", "gin")
FEW = ("forest", "gin", "dino-tuned", "gin-frozen", "dino-frozen")
# protocol: (splits, gain over the strict protocol in units of 0.01, share of test scaffolds in training)
PROTOCOLS = {
    "scaffold": (["scaffold"], 1, 0.0),
    "chiral": (["chiral"], -1, 0.02),
    "balanced": ([f"balanced-{draw}" for draw in range(5)], 19, 0.05),
    "random": ([f"random-{draw}" for draw in range(5)], 21, 0.55),
    "published": (["published"], 23, 0.57),
}
SHARES = {1: 16, 5: 10, 10: 7, 50: 2}
SEEDS = 3


def make(
    folder: Path, *, generated: bool = False, only: tuple[str, ...] | None = None, molecules: int = 200
) -> Path:
    """Write `folder/data/results/molecules` and the YAML that names its places; returns the former.

    `generated` has the places of smoke; `only` keeps some variants.
    """
    generator = np.random.default_rng(0)
    blocks = [block for block in _blocks(generated) if block["variants"]]
    for block in blocks:
        block["variants"] = [name for name in block["variants"] if only is None or name in only]
    config = folder / "workflow/config/study/molecules.yaml"
    config.parent.mkdir(parents=True)
    own = {"title": "Molecules", "scales": {"laptop": {"grid": [dict(block) for block in blocks]}}}
    config.write_text(yaml.safe_dump(own | {"guests": {"split": "strict"}}))
    results = folder / "data/results/molecules"
    (results / "details").mkdir(parents=True)
    scores = pl.DataFrame([row for block in blocks for row in _scores(block, generator)])
    items = scores.clear().select(
        "study", "dataset", "split", "variant", "part", "metric", pl.lit("").alias("id"), "value"
    )
    items = items.with_columns(n_seeds=pl.lit(1, dtype=pl.Int64))
    scores.write_parquet(results / "scores.parquet")
    items.write_parquet(results / "items.parquet")
    _summary(scores).write_parquet(results / "summary.parquet")
    _history(blocks, generator).write_parquet(results / "history.parquet")
    _timings().write_parquet(results / "timings.parquet")
    for name, table in _details(blocks, scores, molecules, generator).items():
        table.write_parquet(results / f"details/{name}.parquet")
    return results


def _blocks(generated: bool) -> list[dict]:
    everything = [*SUPERVISED, *FROZEN]
    corpus = {"name": "corpus", "title": "molecules", "split": "corpus", "variants": list(PRETRAINED)}
    if generated:
        blocks = [corpus | {"dataset": "molecules_corpus"}]
        for name, (dataset, title, _) in GENERATED.items():
            block = {"name": name, "title": title, "dataset": dataset, "split": "strict"}
            blocks.append(block | {"variants": everything if name == "bbbp" else list(SMALL[:-1])})
        for split in ("scaffold", "random-0", "random-1", "strict-10-0", "strict-50-0"):
            block = {"name": f"bbbp-{split}", "dataset": "molecules_alerts", "split": split, "title": None}
            blocks.append(block | {"variants": ["forest", "ngram"] if "strict" not in split else list(FEW)})
        return blocks
    blocks = [corpus | {"dataset": "zinc250k"}]
    # Split at random for the map only.
    mapped = {"name": "lipophilicity-random-0", "dataset": "lipophilicity", "split": "random-0"}
    blocks.append(mapped | {"variants": ["gin-frozen", "dino-frozen"]})
    for name, (title, _) in SETS.items():
        block = {"title": title, "dataset": name}
        ablated = name in ("bbbp", "bace", "lipophilicity")
        here = [variant for variant in everything if ablated or variant not in ABLATED]
        blocks.append(block | {"name": name, "split": "strict", "variants": here})
        if name in ("bbbp", "bace", "clintox"):
            for splits, *_ in PROTOCOLS.values():
                for split in splits:
                    end = "ibm" if split == "published" else split
                    other = {"dataset": f"{name}_ibm"} if split == "published" else {}
                    one = {"name": f"{name}-{end}", "split": split, "variants": list(CLASSICAL)}
                    blocks.append(block | one | other)
        if name in ("bbbp", "bace", "lipophilicity"):
            for share in SHARES:
                for draw in range(3):
                    one = {"name": f"{name}-{share:02d}-{draw}", "split": f"strict-{share:02d}-{draw}"}
                    blocks.append(block | one | {"variants": list(FEW)})
    return blocks


def _level(block: dict, variant: str) -> tuple[str, float]:
    """Metric, and the value that a variant has about."""
    dataset = block["dataset"].removesuffix("_ibm")
    forest = (
        SETS[dataset][1] if dataset in SETS else next(x[2] for x in GENERATED.values() if x[0] == dataset)
    )
    gain = (SUPERVISED | FROZEN)[variant]
    if variant.startswith(("ngram", "smiles-raw")) and dataset != "clintox":
        gain = -1.5
    elif variant == "ngram-raw":
        gain = 30
    for protocol, (splits, more, _) in PROTOCOLS.items():
        if block["split"] in splits and protocol != "strict":
            gain += more
    if block["split"].count("-") == 2:
        loss = SHARES[int(block["split"].split("-")[1])]
        gain -= loss * (0.6 if "dino" in variant else 1)
    if dataset in ERRORS:
        return "rmse", forest * (1 - gain / 60)
    return "roc_auc", min(0.99, max(0.4, forest + gain / 100))


def _scores(block: dict, generator: np.random.Generator) -> list[dict]:
    rows = []
    if block["split"] == "corpus":
        return rows
    deterministic = {"svm", "ngram", "ngram-raw", "ngram-canonical"}
    for variant in block["variants"]:
        metric, level = _level(block, variant)
        seeds = 1 if variant in deterministic or "-" in block["split"] else SEEDS
        for seed in range(seeds):
            value = level * (1 + 0.01 * generator.normal())
            value = value if metric == "rmse" else min(0.995, value)
            found = {metric: value}
            if metric == "roc_auc":
                found |= {"prc_auc": value - 0.1, "labels_scored": 1.0}
            else:
                found |= {"mae": 0.75 * value}
            if variant.endswith("-frozen"):
                found |= {f"{metric}_knn": value - 0.03 if metric == "roc_auc" else 1.1 * value}
            for name, one in found.items():
                for part in ("valid", "test"):
                    key = {"study": "molecules", "dataset": block["dataset"], "split": block["split"]}
                    rows.append(
                        key
                        | {"variant": variant, "seed": seed, "part": part, "metric": name}
                        | {"value": float(one), "unit": "fraction" if "auc" in name else "unit of the label"}
                    )
    return rows


def _summary(scores: pl.DataFrame) -> pl.DataFrame:
    """What the programs read of a summary; extremes stand for the bootstrap, which takes its time."""
    keys = ["study", "dataset", "split", "variant", "part", "metric", "unit"]
    q1, q2, q3 = (pl.col("value").quantile(q, "linear") for q in (0.25, 0.5, 0.75))
    enough = pl.len() >= 3
    return (
        scores.group_by(keys)
        .agg(
            n=pl.len(),
            trimean=(q1 + 2 * q2 + q3) / 4,
            low=pl.when(enough).then(pl.col("value").min()),
            high=pl.when(enough).then(pl.col("value").max()),
        )
        .sort(keys)
    )


def _history(blocks: list[dict], generator: np.random.Generator) -> pl.DataFrame:
    """DINO's collapse monitors, and fine-tuning."""
    schema = dict.fromkeys(["study", "dataset", "split", "variant"], pl.String) | {
        "seed": pl.Int64,
        "step": pl.Int64,
    }
    schema |= {"part": pl.String, "term": pl.String, "value": pl.Float64}
    rows: list[tuple] = []
    highest = np.log(1024)
    for block in blocks:
        key = ("molecules", block["dataset"], block["split"])
        for variant in block["variants"]:
            tuned = variant in ("gin", "dmpnn", "smiles") or variant.endswith("-tuned")
            if block["split"] != "corpus" and not tuned:
                continue
            for seed in range(SEEDS if block["split"] == "strict" else 2):
                last = 600 if block["split"] != "corpus" else 1500 if variant == "dino" else 700
                steps = np.linspace(last / 40, last, 40).astype(int)
                fall = np.exp(-steps / last * 5) + 0.03 * generator.normal(size=40)
                terms = {("train", "total"): 5 + 1.5 * fall}
                if block["split"] == "corpus" and variant.startswith("dino"):
                    left = {"dino-no-centring": 0.02, "dino-no-sharpening": 0.999}.get(variant, 0.5)
                    entropy = np.clip(highest * (left + (1 - left) * fall), 0, highest)
                    terms |= {
                        ("train", "teacher_entropy"): entropy,
                        ("train", "kl_uniform"): highest - entropy,
                        ("train", "momentum"): 1 - 0.01 * (1 + np.cos(np.pi * steps / last)) / 2,
                        ("valid", "total"): 5.1 + 1.5 * fall,
                    }
                elif tuned:
                    metric, level = _level(block, variant)
                    score = 1 - level if metric == "roc_auc" else 0.6 * level
                    name = "one-minus-auc" if metric == "roc_auc" else "rmse"
                    terms |= {("train", "target"): 0.3 + 0.4 * fall, ("valid", name): score + 0.2 * fall}
                for (part, term), values in terms.items():
                    every = 4 if part == "valid" else 1
                    rows += [
                        (*key, variant, seed, int(step), part, term, float(value))
                        for step, value in list(zip(steps, values, strict=True))[::every]
                    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _details(
    blocks: list[dict], scores: pl.DataFrame, molecules: int, generator: np.random.Generator
) -> dict[str, pl.DataFrame]:
    paired = _paired(blocks, generator)
    return {
        "labels": _labels(scores),
        "paired": paired,
        "verdicts": verdicts(paired),
        "audit": _audit(blocks),
        "embeddings": _embeddings(blocks, molecules, generator),
        "crops": _crops(),
        "attention": _attention(generator),
    }


def _labels(scores: pl.DataFrame) -> pl.DataFrame:
    """Each label as good as the mean; ClinTox also with the classes swapped."""
    rows = []
    for row in scores.filter(pl.col("metric").is_in(["roc_auc", "prc_auc", "rmse"]), part="test").to_dicts():
        key = [row[name] for name in ("dataset", "split", "variant", "seed")]
        for label in NAMED.get(row["dataset"], ("label",)):
            rows.append((*key, label, row["metric"], row["value"], 30, 200))
            if row["metric"] == "prc_auc" and label == "CT_TOX":
                rows.append((*key, label, "prc_auc_negative", 0.5 * (1 + row["value"]), 170, 200))
    schema = dict.fromkeys(["dataset", "split", "variant"], pl.String) | {"seed": pl.Int64}
    schema |= {
        "label": pl.String,
        "metric": pl.String,
        "value": pl.Float64,
        "positives": pl.Int64,
        "rows": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _paired(blocks: list[dict], generator: np.random.Generator) -> pl.DataFrame:
    rows = []
    for block in blocks:
        here = block["variants"]
        for variant in here if block["split"] != "corpus" else ():
            references = [
                "forest",
                "gin-frozen" if "smiles" not in variant and "mlm" not in variant else "smiles-frozen",
            ]
            if variant == "ngram-graph-frozen":
                references[1] = "walks-frozen"
            if variant in ABLATED:
                references.append("dino-smiles-short-frozen" if "smiles" in variant else "dino-short-frozen")
            for reference in references:
                if reference == variant or reference not in here:
                    continue
                metric, value = _level(block, variant)
                gain = value - _level(block, reference)[1] + 0.002 * generator.normal()
                wide = 0.03 * value
                point = (gain, gain - wide, gain + wide, 200, SEEDS)
                rows.append((block["dataset"], block["split"], variant, reference, metric, *point))
    schema = dict.fromkeys(["dataset", "split", "variant", "reference", "metric"], pl.String)
    schema |= dict.fromkeys(["difference", "low", "high"], pl.Float64) | {
        "n_items": pl.Int64,
        "n_seeds": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _audit(blocks: list[dict]) -> pl.DataFrame:
    rows = []
    for dataset, split in dict.fromkeys((block["dataset"], block["split"]) for block in blocks):
        if split == "corpus":
            continue
        shared = next((share for splits, _, share in PROTOCOLS.values() if split in splits), 0.0)
        strict = split.startswith("strict")
        rows.append(
            {"dataset": dataset, "split": split, "rows": 2039, "train": 1600, "valid": 200, "test": 200}
            | {"unlabelled": 0, "excluded": 64 if strict else 0, "test_acyclic": 0.1}
            | {"test_scaffold_in_train": shared, "test_structures_in_train": int(10 * shared)}
            | {"repeated": 0 if strict else 54, "contradictory": 0 if strict else 20}
            | {"positives_train": 0.8, "positives_valid": 0.55, "positives_test": 0.52}
        )
    return pl.DataFrame(rows)


def _embeddings(blocks: list[dict], molecules: int, generator: np.random.Generator) -> pl.DataFrame:
    tables = []
    for block in blocks:
        for variant in ("gin-frozen", "dino-frozen"):
            if block["split"] != "strict" or variant not in block["variants"]:
                continue
            scaffold = np.minimum(generator.geometric(0.15, size=molecules) - 1, 10)
            scaffold = np.where(scaffold == 10, -1, scaffold)
            angle = 2 * np.pi * scaffold / 10
            tight = 0.25 if variant == "dino-frozen" else 0.7
            x, y = (30 * (f(angle) + tight * generator.normal(size=molecules)) for f in (np.cos, np.sin))
            value = x / 30 if block["dataset"] in ERRORS else (x > 0).astype(float)
            place = {"dataset": block["dataset"], "split": block["split"], "variant": variant, "seed": 0}
            columns = {"id": [f"{n:05d}" for n in range(molecules)], "x": x, "y": y, "scaffold": scaffold}
            tables.append(pl.DataFrame(place | columns | {"label": "label", "value": value}))
    return (
        pl.concat(tables)
        if tables
        else pl.DataFrame(schema={"dataset": pl.String, "split": pl.String, "variant": pl.String})
    )


def _crops() -> pl.DataFrame:
    """Ranges of atoms stand for crops of all kinds."""
    rows = [
        (kind, role, number, IMATINIB, list(range(start, start + size)), "c1ccc(CN3CCN(C)CC3)cc1"[: size + 4])
        for kind in ("rings", "connected", "window")
        for role, number, start, size in PIECES
    ]
    schema = {"kind": pl.String, "role": pl.String, "number": pl.Int64, "smiles": pl.String}
    return pl.DataFrame(rows, schema=schema | {"atoms": pl.List(pl.Int64), "text": pl.String}, orient="row")


def _attention(generator: np.random.Generator) -> pl.DataFrame:
    names = np.array(["<start>", *tokens(LIDOCAINE), "<end>"])
    size = len(names)
    distance = np.abs(np.arange(size)[:, None] - np.arange(size))
    weights = np.stack([np.exp(-distance / wide) for wide in (1, 3, 8, 20)])[:, None] * generator.random(
        (4, 2, size, size)
    )
    weights /= weights.sum(axis=-1, keepdims=True)
    layer, head, source, target = (axis.ravel() for axis in np.indices(weights.shape))
    columns = {"layer": layer, "head": head, "source": source, "target": target}
    return pl.DataFrame(
        columns | {"token_source": names[source], "token_target": names[target], "value": weights.ravel()}
    )


def _timings() -> pl.DataFrame:
    rows = [
        ("molecules made into graphs", 2900.0, "molecules/s", 1000),
        ("molecules embedded by the GIN", 5100.0, "molecules/s", 1000),
    ]
    table = pl.DataFrame(rows, schema=["quantity", "value", "unit", "n"], orient="row")
    return table.with_columns(device=pl.lit("CPU X"))
