"""Published claims and what became of them here: one row for each claim and control (CLAIMS_SCHEMA).

A claim is an entry of the resolved configuration (`retort.configuration.claims`). What the results have of it is
looked up by `retort.statistics.evidence`, and the rule is that of `retort.statistics.verdicts`. A gain is judged twice,
against the control that the source had and against the fair one. Verdicts are taken after Holm within a *family*: the
claims of one source on one study against one kind of control.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import polars as pl

from retort.statistics.evidence import Found, Tables, evidence
from retort.statistics.verdicts import (
    FALLEN,
    LEAST,
    LEVEL,
    NOT_JUDGED,
    REPRODUCED,
    UNDECIDED,
    VERDICTS,
    Estimate,
    Tests,
    adjusted,
    conjunction,
    count,
    decisive,
    direction,
    distance,
    equivalence,
    margin_needed,
    verdict,
)

NOT_RUN = "not run at this scale"
UNTESTABLE = "cannot be tested"
# In the order of tables.
WORDS = (*VERDICTS, NOT_RUN, UNTESTABLE)
SILENT = (NOT_JUDGED, NOT_RUN, UNTESTABLE)

PUBLISHED, FAIR = "published", "fair"
HELD, OPEN, FALLEN_PREMISE = "holds", "open", "fallen"

# What moves a verdict besides the results: none of it may change after them.
FIXED = ("kind", "estimand", "published", "spread", "rounding", "margin", "comparable")

CLAIMS_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    **dict.fromkeys(["id", "control", "family", "source", "study"], pl.String),
    **dict.fromkeys(["statement", "quote", "where", "kind", "estimand", "comparable", "why"], pl.String),
    "headline": pl.Boolean,
    **dict.fromkeys(["place", "dataset", "split", "variant", "against", "part", "metric", "unit"], pl.String),
    **dict.fromkeys(["published", "spread", "rounding", "margin"], pl.Float64),
    **dict.fromkeys(["estimate", "low", "high", "se", "df"], pl.Float64),
    **dict.fromkeys(["n", "n_items"], pl.Int64),
    **dict.fromkeys(["distance", "standard", "standard_low", "standard_high"], pl.Float64),
    **dict.fromkeys(["p", "p_holm", "margin_needed"], pl.Float64),
    **dict.fromkeys(["verdict_raw", "verdict", "reason"], pl.String),
    "requires": pl.List(pl.String),
    "premise": pl.String,
    **dict.fromkeys(["document", "margins", "edition"], pl.String),
}


def margins_digest(claims: Iterable[Mapping]) -> str:
    """The sha256 of all that was fixed of these claims before their results, whatever their order."""
    fixed = {claim["id"]: [claim[key] for key in FIXED] for claim in claims}
    return hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest()


def judge(claims: Sequence[Mapping], tables: Mapping[str, Tables], edition: str = "") -> pl.DataFrame:
    """Hold each published claim against our results, in the order given (CLAIMS_SCHEMA).

    Args:
        claims: as `retort.configuration.claims.read_claims` writes them out.
        tables: of each study that has results, `summary`, `contrasts`, `places` and whatever else its claims name.
            Where a place is of generated data, nothing is judged: they can neither support nor contradict anything.
        edition: what the verdicts are of, such as the scale.

    `estimate` is in the unit of the estimand, of a gain or a difference positive where the variant is better;
    `distance` is what the rule looks at (ours minus the published value, or what a direction claims to be positive),
    and `standard` is `distance` over the margin (with the rounding), with a 95 % interval. `margin_needed` is the
    smallest margin with which a value would be reproduced, or a direction be negligible.
    """
    digest = margins_digest(claims)
    rows = [
        _Judged(claim, control, tables)
        for claim in claims
        for control in (PUBLISHED, FAIR)
        if control in claim["terms"]
    ]
    families: dict[tuple[str, str, str], list[_Judged]] = {}
    for row in rows:
        families.setdefault((row.family, row.claim["study"], row.control), []).append(row)
    for family in families.values():
        for row, tests in zip(family, adjusted([row.tests for row in family]), strict=True):
            row.adjusted = tests
    verdicts: dict[str, list[str]] = {}
    for row in rows:
        verdicts.setdefault(row.claim["id"], []).append(row.verdict)
    return pl.DataFrame(
        [row.table_row(verdicts) | {"margins": digest, "edition": edition} for row in rows],
        schema=CLAIMS_SCHEMA,
    )


class _Judged:
    """One claim against one control."""

    def __init__(self, claim: Mapping, control: str, tables: Mapping[str, Tables]) -> None:
        self.claim, self.control = claim, control
        self.family = claim["document"] or claim["source"]
        self.terms = claim["terms"][control]
        self.tests: Tests | None = None
        self.adjusted: Tests | None = None
        self.word: str | None = None  # a verdict that no test stands behind
        self.reason: str | None = None
        self.found: list[Found] = []
        self.distance: Estimate | None = None
        if claim["untestable"]:
            self.word, self.reason = UNTESTABLE, claim["untestable"]
        elif claim["study"] not in tables:
            self.word, self.reason = NOT_RUN, f"no results of {claim['study']}"
        elif tables[claim["study"]]["places"]["generated"].any():
            self.word, self.reason = NOT_JUDGED, "generated data"
        else:
            self._look(tables[claim["study"]])

    def _look(self, tables: Tables) -> None:
        claim = self.claim
        for term in self.terms:
            found = evidence(claim, term, tables)
            if found is None:
                at = " or ".join(term["places"]) or claim["table"]
                against = f" against {term['against']}" if term["against"] else ""
                self.word, self.reason = NOT_RUN, f"no {term['variant'] or claim['column']}{against} at {at}"
                self.found = []
                return
            self.found.append(found)
        if claim["kind"] == "count":
            ours = self.found[0].estimate.value
            self.word = count(ours, claim["published"], claim["margin"] + claim["rounding"])
            self.distance = Estimate(ours - claim["published"], None, None, 1)
            return
        if claim["kind"] == "value" and claim["comparable"] == "proxy":
            self.word, self.reason = NOT_JUDGED, "other data or protocol: a value cannot be compared"
        parts = [self._distance(found.estimate) for found in self.found]
        judged = all(part.judged for part in parts)
        tests = [self._tests(part) for part in parts] if judged else []
        # Of several the one that decides: the weakest for the claim, of equivalences the farthest from zero.
        weakest = min(
            range(len(parts)),
            key=lambda index: -abs(parts[index].value) if self._equivalence else parts[index].value,
        )
        self.found = [self.found[weakest]]
        self.distance = parts[weakest]
        if self.word is None and not judged:
            n = min(part.n for part in parts)
            few = f"{n} of the {LEAST} replicates that it takes" if n < LEAST else "no standard error"
            self.word, self.reason = NOT_JUDGED, few
        elif self.word is None:
            self.tests = conjunction(tests) if len(tests) > 1 else tests[0]

    def _distance(self, estimate: Estimate) -> Estimate:
        """What the rule looks at: ours minus a published value, or of a direction what must be positive."""
        claim = self.claim
        estimate = replace(estimate, deterministic=claim["deterministic"])
        if claim["kind"] == "value":
            return distance(
                estimate,
                claim["published"],
                spread=claim["spread"],
                same_items=claim["comparable"] == "exact",
            )
        # A direction of a level is one beyond a published bound, to the better side.
        if claim["published"] is None or claim["estimand"] in ("gain", "difference", "slope"):
            return estimate
        beyond = estimate.minus(claim["published"])
        return -beyond if claim["estimand"] == "level" and claim["better"] == "lower" else beyond

    def _tests(self, part: Estimate) -> Tests:
        return (equivalence if self._equivalence else direction)(part, self._band)

    @property
    def _equivalence(self) -> bool:
        return self.claim["kind"] in ("value", "equal")

    @property
    def _band(self) -> float:
        """The margin, of a value with the rounding of what was published."""
        return float(
            self.claim["margin"] + (self.claim["rounding"] if self.claim["kind"] == "value" else 0.0)
        )

    @property
    def verdict(self) -> str:
        return self.word or verdict(self.adjusted)

    def table_row(self, verdicts: Mapping[str, list[str]]) -> dict:
        claim, nothing = self.claim, dict.fromkeys(CLAIMS_SCHEMA)
        row = nothing | {key: value for key, value in claim.items() if key in CLAIMS_SCHEMA}
        row |= {"control": self.control, "family": f"{self.family}, {claim['study']}, {self.control}"}
        row |= {
            "place": ", ".join(claim["places"]),
            "variant": self.terms[0]["variant"],
            "unit": _unit(claim),
        }
        row |= {
            "against": ", ".join(dict.fromkeys(term["against"] for term in self.terms if term["against"]))
        }
        row["against"] = row["against"] or None
        row |= self._numbers()
        row |= {
            "verdict": self.verdict,
            "verdict_raw": self.word or verdict(self.tests),
            "reason": self.reason,
            "premise": _premise(claim["requires"], verdicts),
        }
        if self.tests is not None and self.adjusted is not None:
            word = decisive(self.adjusted)
            row |= {"p": self.tests[word], "p_holm": self.adjusted[word]}
        return row

    def _numbers(self) -> dict:
        if not self.found or self.distance is None:
            return {}
        (found,) = self.found[:1]
        estimate = found.estimate
        low, high = estimate.interval()
        numbers = {key: found.row.get(key) for key in ("dataset", "split")}
        numbers |= {"place": found.row.get("place")}
        numbers |= {
            "estimate": estimate.value,
            "low": low,
            "high": high,
            "se": estimate.se,
            "df": estimate.df,
        }
        numbers |= {"n": estimate.n, "n_items": found.n_items, "distance": self.distance.value}
        needed = margin_needed(self.distance, LEVEL / self._raised()) if self.distance.judged else None
        if needed is not None:
            value = self.claim["kind"] == "value"
            numbers["margin_needed"] = max(0.0, needed - (self.claim["rounding"] if value else 0.0))
        if self._band > 0:
            ends = self.distance.interval()
            numbers["standard"] = self.distance.value / self._band
            for key, end in zip(("standard_low", "standard_high"), ends, strict=True):
                numbers[key] = None if end is None else end / self._band
        return numbers

    def _raised(self) -> float:
        """By what Holm multiplied the p of the equivalence."""
        for word in (REPRODUCED, "negligible"):
            if self.tests and self.adjusted and self.tests.get(word):
                return max(1.0, self.adjusted[word] / self.tests[word])
        return 1.0


def _unit(claim: Mapping) -> str | None:
    units = {"gain": "ln", "slope": "ln per ln n", "multiplier": "ln of times", "number": None}
    return units.get(claim["estimand"], claim["unit"])


def _premise(requires: Sequence[str], verdicts: Mapping[str, list[str]]) -> str | None:
    """What became of the claims that one requires: fallen when one of them fell, by any control."""
    words = {other: verdicts.get(other, [NOT_RUN]) for other in requires}
    for name, bad in ((FALLEN_PREMISE, FALLEN), (OPEN, (*SILENT, UNDECIDED))):
        marked = [other for other, found in words.items() if any(word in bad for word in found)]
        if marked:
            return f"{name}: {', '.join(marked)}"
    return HELD if requires else None


# What changed.


def changed_margins(
    claims: Iterable[Mapping], recorded: pl.DataFrame
) -> Iterator[tuple[str, str, object, object]]:
    """What was fixed of judged claims and is otherwise now: (claim, key, then, now)."""
    then = {row["id"]: row for row in recorded.to_dicts() if row["verdict"] not in SILENT}
    for claim in claims:
        old = then.get(claim["id"], {})
        for key in FIXED if old else ():
            if old[key] != claim[key]:
                yield claim["id"], key, old[key], claim[key]


def changed_verdicts(recorded: pl.DataFrame, new: pl.DataFrame) -> Iterator[tuple[str, str, str, str]]:
    """Verdicts that are otherwise than in the record: (claim, control, then, now). A first verdict is no change."""
    keys = ["id", "control"]
    both = recorded.select(*keys, "verdict").join(
        new.select(*keys, "verdict"), on=keys, how="inner", suffix="_new", maintain_order="left"
    )
    said = ~pl.col("verdict").is_in(list(SILENT))
    yield from both.filter(said, pl.col("verdict") != pl.col("verdict_new")).iter_rows()


def unacknowledged(
    changes: Iterable[tuple[str, str, object, object]], lines: Iterable[Mapping]
) -> list[tuple[str, str, object, object]]:
    """Those changes that no line of acknowledged.yaml accepts."""
    accepted = {(line["claim"], line["old"], line["new"]) for line in lines}
    return [change for change in changes if (change[0], str(change[2]), str(change[3])) not in accepted]
