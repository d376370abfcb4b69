"""Published claims and what became of them here.

A claim is one entry of `workflow/config/claims.yaml`:

    - id: precursors-five-attempts     # unique
      statement: Five attempts recover a reported precursor set for 82 % of unseen targets
      source: He2023                   # citation key in references.bib
      study: precursors                # these six name the row of the summary that speaks to the claim
      dataset: ceder                   # or a list: the first of them that the summary has speaks
      split: published
      variant: selector
      part: test
      metric: success@5
      column: trimean                  # optional: trimean (default) or difference (to the study's baseline)
      relation: equals                 # equals, above or below
      published: 0.82                  # in the metric's own unit; 0 for "better than the baseline"
      unit: fraction
      tolerance: 0.01                  # optional, default 0: rounding of the published value, same unit

What the published text says is `published`; what must hold here for it to count is `relation`, `tolerance`
and the rule of `judge`.
"""

from __future__ import annotations

import polars as pl

REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
CONTRADICTED = "contradicted"
NOT_TESTED = "not tested at this scale"
VERDICTS = (REPRODUCED, NOT_REPRODUCED, CONTRADICTED, NOT_TESTED)

RELATIONS = ("equals", "above", "below")
COLUMNS = {
    "trimean": ("trimean", ("low", "high"), ("item_low", "item_high")),
    "difference": (
        "difference",
        ("difference_low", "difference_high"),
        ("item_difference_low", "item_difference_high"),
    ),
}

_ROW = ("study", "dataset", "split", "variant", "part", "metric")
_REQUIRED = {"id", "statement", "source", *_ROW, "relation", "published", "unit"}
_OPTIONAL = {"column": "trimean", "tolerance": 0.0}

CLAIMS_SCHEMA = {
    **dict.fromkeys(["id", "statement", "source", *_ROW, "column", "relation"], pl.String),
    "published": pl.Float64,
    "tolerance": pl.Float64,
    "unit": pl.String,
    "ours": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "n": pl.Int64,
    "verdict": pl.String,
}


def judge(claims: list[dict], summary: pl.DataFrame, *, generated: bool = False) -> pl.DataFrame:
    """Hold each published claim against the summary; one row per claim, in the order given (CLAIMS_SCHEMA).

    The rule, for a claim with published value P, tolerance t and our interval [low, high] (the smallest that
    holds both the interval over seeds and the one over test items, where these exist; the point alone where
    neither does):

    - *equals*: reproduced when [low - t, high + t] contains P, otherwise not reproduced. A missed number
      contradicts nothing.
    - *above*: reproduced when low > P - t, contradicted when high < P - t, otherwise not reproduced
      (undecided).
    - *below*: reproduced when high < P + t, contradicted when low > P + t, otherwise not reproduced
      (undecided).
    - without any interval *above* and *below* are never settled: not reproduced.
    - no such row in the summary (another data set, a smaller grid), or `generated` data, which can neither
      support nor contradict a statement about chemistry: not tested at this scale.

    Raises ValueError for an unknown or missing key, relation, column or unit, and for a repeated id.
    """
    rows = [_judged(claim, summary.clear() if generated else summary) for claim in claims]
    ids = [row["id"] for row in rows]
    repeated = sorted({name for name in ids if ids.count(name) > 1})
    if repeated:
        raise ValueError(f"claims.yaml uses the id(s) {repeated} more than once.")
    return pl.DataFrame(rows, schema=CLAIMS_SCHEMA)


def _judged(claim: dict, summary: pl.DataFrame) -> dict:
    claim = _OPTIONAL | claim
    name = f"claim {claim.get('id', claim)!r}"
    missing, unknown = _REQUIRED - set(claim), set(claim) - _REQUIRED - set(_OPTIONAL)
    if missing or unknown:
        raise ValueError(
            f"{name}: missing {sorted(missing)}, unknown {sorted(unknown)}. See retort.statistics.claims."
        )
    if claim["relation"] not in RELATIONS:
        raise ValueError(f"{name}: relation {claim['relation']!r} is not one of {RELATIONS}.")
    if claim["column"] not in COLUMNS:
        raise ValueError(f"{name}: column {claim['column']!r} is not one of {tuple(COLUMNS)}.")

    datasets = claim["dataset"] if isinstance(claim["dataset"], list) else [claim["dataset"]]
    here = set(summary.filter(pl.col("study") == claim["study"])["dataset"])
    claim = claim | {"dataset": next((name for name in datasets if name in here), datasets[0])}
    found = summary.filter(pl.col(key) == claim[key] for key in _ROW)
    column, *intervals = COLUMNS[claim["column"]]
    if found.height > 1:
        raise ValueError(
            f"{name}: {found.height} rows of the summary match. Hint: is one metric given in two units?"
        )
    if found.is_empty() or found[column][0] is None:
        return claim | {"ours": None, "low": None, "high": None, "n": None, "verdict": NOT_TESTED}
    row = found.row(0, named=True)
    if row["unit"] != claim["unit"]:
        raise ValueError(f"{name}: unit {claim['unit']!r}, but the summary has {row['unit']!r}.")
    ends = [row[end] for pair in intervals for end in pair if row[end] is not None]
    ours = row[column]
    low, high = (min(ends), max(ends)) if ends else (None, None)
    return claim | {
        "ours": ours,
        "low": low,
        "high": high,
        "n": row["n"],
        "verdict": verdict(claim["relation"], claim["published"], claim["tolerance"], ours, low, high),
    }


def verdict(
    relation: str, published: float, tolerance: float, ours: float, low: float | None, high: float | None
) -> str:
    """The rule of `judge` for one claim; all numbers in the same unit."""
    settled = low is not None and high is not None
    if relation == "equals":
        low, high = (low, high) if settled else (ours, ours)
        # A published value at the very edge counts as inside: 0.82 - 0.81 is a little more than 0.01 in
        # floating point.
        slack = 1e-9 * max(1.0, abs(published))
        inside = low - tolerance - slack <= published <= high + tolerance + slack
        return REPRODUCED if inside else NOT_REPRODUCED
    if not settled:
        return NOT_REPRODUCED
    if relation == "below":
        published, low, high = -published, -high, -low
    threshold = published - tolerance
    if low > threshold:
        return REPRODUCED
    return CONTRADICTED if high < threshold else NOT_REPRODUCED
