"""Published claims and what became of them here.

A claim is an entry of the resolved configuration, from `workflow/config/claims.yaml`:

    id: precursors-five-attempts     # unique
    statement: Five attempts recover a reported precursor set for 82 % of unseen targets
    source: He2023                   # citation key in references.bib
    study: precursors                # these six name the row of the summary that speaks to the claim
    dataset: [ceder]                 # the first of them that the results have speaks
    split: published
    variant: selector
    part: test
    metric: success@5
    against: raw-mpc-first           # or None; the claim is of the difference to it, which the contrasts have
    relation: equals                 # equals, above or below
    published: 0.82                  # in the metric's own unit; 0 for "better than `against`"
    unit: fraction
    tolerance: 0.01                  # rounding of the published value, same unit

What the published text says is `published`; what must hold here for it to count is `relation`, `tolerance`
and the rule of `judge`. Names and keys are checked when the configuration is loaded.
"""

from __future__ import annotations

import polars as pl

REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
CONTRADICTED = "contradicted"
NOT_TESTED = "not tested at this scale"

_ROW: tuple[str, ...] = ("study", "dataset", "split", "variant", "part", "metric")
_ENDS = ("low", "high", "item_low", "item_high")

CLAIMS_SCHEMA = {
    **dict.fromkeys(["id", "statement", "source", "study", "dataset", "split", "variant"], pl.String),
    **dict.fromkeys(["against", "part", "metric", "relation"], pl.String),
    **dict.fromkeys(["published", "tolerance"], pl.Float64),
    "unit": pl.String,
    **dict.fromkeys(["ours", "low", "high"], pl.Float64),
    "n": pl.Int64,
    "verdict": pl.String,
}


def judge(
    claims: list[dict], summary: pl.DataFrame, contrasts: pl.DataFrame, *, generated: bool = False
) -> pl.DataFrame:
    """Hold each published claim against our results; one row per claim, in the order given (CLAIMS_SCHEMA).

    A claim of a value looks up its trimean in `summary`, one with `against` its difference in `contrasts`. The rule,
    for a claim with published value P, tolerance t and our interval [low, high] (the smallest that holds both the
    interval over seeds and the one over test items, where these exist; the point alone where neither does):

    - *equals*: reproduced when [low - t, high + t] contains P, otherwise not reproduced. A missed number
      contradicts nothing.
    - *above*: reproduced when low > P - t, contradicted when high < P - t, otherwise not reproduced
      (undecided).
    - *below*: reproduced when high < P + t, contradicted when low > P + t, otherwise not reproduced
      (undecided).
    - without any interval *above* and *below* are never settled: not reproduced.
    - no such row in the results (another data set, a smaller grid), or `generated` data, which can neither
      support nor contradict a statement about chemistry: not tested at this scale.

    Raises ValueError for a unit that is not that of the results.
    """
    if generated:
        summary, contrasts = summary.clear(), contrasts.clear()
    return pl.DataFrame([_judged(claim, summary, contrasts) for claim in claims], schema=CLAIMS_SCHEMA)


def _judged(claim: dict, summary: pl.DataFrame, contrasts: pl.DataFrame) -> dict:
    here = set(summary.filter(pl.col("study") == claim["study"])["dataset"])
    dataset = next((name for name in claim["dataset"] if name in here), claim["dataset"][0])
    claim = claim | {"dataset": dataset}
    row = _row(claim, summary, contrasts)
    found = dict.fromkeys(["ours", "low", "high", "n"]) | {"verdict": NOT_TESTED}
    if row is not None:
        if row["unit"] != claim["unit"]:
            raise ValueError(
                f"claim {claim['id']!r}: unit {claim['unit']!r}, but the results have {row['unit']!r}. Hint: give "
                "`published` and `tolerance` in the metric's own unit, in workflow/config/claims.yaml."
            )
        ends = [row[end] for end in _ENDS if row[end] is not None]
        low, high = (min(ends), max(ends)) if ends else (None, None)
        found |= {"ours": row["ours"], "low": low, "high": high, "n": row["n"]}
        found["verdict"] = verdict(
            claim["relation"], claim["published"], claim["tolerance"], row["ours"], low, high
        )
    return {key: (claim | found)[key] for key in CLAIMS_SCHEMA}


def _row(claim: dict, summary: pl.DataFrame, contrasts: pl.DataFrame) -> dict | None:
    """The row that speaks to a claim, its point as `ours`; None where there is none at this scale."""
    keys, table, point = _ROW, summary, "trimean"
    if claim["against"] is not None:
        # A pair of several families has the same numbers in each.
        keys, table, point = (*_ROW, "against"), contrasts, "difference"
    rows = table.filter(*(pl.col(key) == claim[key] for key in keys), pl.col(point).is_not_null())
    return rows.row(0, named=True) | {"ours": rows[point][0]} if rows.height else None


def verdict(
    relation: str, published: float, tolerance: float, ours: float, low: float | None, high: float | None
) -> str:
    """The rule of `judge` for one claim; all numbers in the same unit."""
    if low is None or high is None:
        if relation != "equals":
            return NOT_REPRODUCED
        low = high = ours
    if relation == "equals":
        # A published value at the very edge counts as inside: 0.82 - 0.81 is a little more than 0.01 in
        # floating point.
        slack = 1e-9 * max(1.0, abs(published))
        inside = low - tolerance - slack <= published <= high + tolerance + slack
        return REPRODUCED if inside else NOT_REPRODUCED
    if relation == "below":
        published, low, high = -published, -high, -low
    threshold = published - tolerance
    if low > threshold:
        return REPRODUCED
    return CONTRADICTED if high < threshold else NOT_REPRODUCED
