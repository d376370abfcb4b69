"""What sources claim (`claims/<source>.yaml`), and which changes of a verdict are accepted (`acknowledged.yaml`).

A file holds the claims of one source:

    document: seeds/003_486f1d4aa132aab1.txt   # what the quotes are spans of, below the folder of shared documents
    defaults: {study: transfer, metric: mae}   # of each claim that does not say otherwise
    claims:
      T12:                                     # the id; keys are those of claim.schema.yaml
        quote: the T-S strategy boosted CrabNet's accuracy by 37.1%
        statement: With 5 % of the labels the strategy lowers CrabNet's error by {percent} %
        where: abstract
        kind: value
        estimand: gain
        place: mp-formation-05
        variant: ts-crabnet                    # the system that the claim is of,
        against: crabnet                       # the control that the source had,
        fair: control                          # and the fair one: what the study's YAML calls so, or another; where
                                               # `loan: against`, it takes the place of the variant
        published: {value: zhu2023teacher/mp-formation-05/ts-crabnet, minus: zhu2023teacher/mp-formation-05/crabnet}
        margin: 0.1
        why: a tenth of the error is what changes a choice of model
        comparable: near
"""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from retort.configuration.errors import ConfigurationError, check_choice
from retort.configuration.published import PERCENT
from retort.configuration.strict import read_block, read_yaml

TOP = ("document", "defaults", "claims")
# The keys of a claim as judges read it that have no value unless the YAML says so.
OPTIONAL: dict[str, object] = {
    "fair": None,
    "against": None,
    "loan": "variant",
    "metric": None,
    "part": "test",
    "published": None,
    "spread": None,
    "rounding": None,
    "requires": [],
    "headline": False,
    "deterministic": False,
    "untestable": None,
    "table": None,
    "row": {},
    "column": "value",
}
CONTROL = "control"  # as a name: that of the variant, in its study's YAML
ACKNOWLEDGED = ("claim", "old", "new", "reason", "date")


def read_claims(folder: Path, config: Mapping) -> list[dict]:
    """Every claim of `claims/*.yaml`, in the order of files and lines, as `retort.statistics.claims` reads it.

    `terms` of each control are what is compared: a list of `{places, variant, against, metric}`. `published` becomes a
    number in the unit of the estimand, with the `rounding` that follows from its printed digits: of ids
    `{value:, minus:}` a difference or a gain, of one id a level. In the statement `{value}`, `{minus}`, `{spread}` are
    printed as in the source, `{percent}` is the share of the one in the other.

    Raises:
        ConfigurationError: an unknown key or id, a claim that stands twice or misses a key.
    """
    known = {value["id"]: value for value in config["published"]}
    claims: list[dict] = []
    for file in sorted(folder.glob("*.yaml")):
        if not read_yaml(file):
            continue  # nothing claimed
        content = read_block(file)
        for key in content:
            check_choice("a key of the top level", key, TOP, file, "known keys")
        for key, written in (content.get("claims") or {}).items():
            if not isinstance(written, dict):
                raise ConfigurationError(f"{file}: {key} is no claim. Hint: see claim.schema.yaml.")
            if key in (claim["id"] for claim in claims):
                raise ConfigurationError(f"{file}: the id {key!r} stands twice. Hint: call one otherwise.")
            claim = {"source": file.stem, **(content.get("defaults") or {}), **written}
            claim |= {
                "id": str(key),
                "document": claim.get("document", content.get("document")),
                "file": file.name,
            }
            claims.append(_full(claim, known, config, file))
    return claims


def read_acknowledged(file: Path) -> list[dict]:
    """The accepted changes of verdicts or margins, `- {claim:, old:, new:, reason:, date:}`; none without a file.

    Raises:
        ConfigurationError: not a list of such lines.
    """
    lines = (read_yaml(file) if file.exists() else None) or []
    for line in lines if isinstance(lines, list) else [lines]:
        if not isinstance(line, dict) or sorted(line) != sorted(ACKNOWLEDGED) or not all(line.values()):
            raise ConfigurationError(
                f"{file}: {line!r}, expected {{{', '.join(f'{key}: ..' for key in ACKNOWLEDGED)}}}. "
                "Hint: one line for each change that is accepted."
            )
    return [{key: str(line[key]) for key in ACKNOWLEDGED} for line in lines]


def _full(claim: dict, known: Mapping[str, dict], config: Mapping, file: Path) -> dict:
    key = claim["id"]
    full = OPTIONAL | claim
    places = claim.get("place", [])
    full["places"] = places if isinstance(places, list) else [places]
    study = config["study"].get(full.get("study"), {})
    facts = study.get("metrics", {}).get(full["metric"], {})
    full["better"], full["fraction"] = facts.get("better"), facts.get("unit") == "fraction"
    full["unit"] = facts.get("unit")
    full["terms"] = _terms(full, study.get("variants", {}))
    ids = _ids(full["published"])
    for role, name in ids.items():
        check_choice(f"{key}.published.{role}", name, list(known), file, "published values")
    quoted = {role: known[name] for role, name in ids.items()}
    full["statement"] = _statement(full, quoted, file)
    if quoted:
        value, rounding, spread = _published(full, quoted)
        full["published"] = value
        full["rounding"] = rounding if full["rounding"] is None else full["rounding"]
        full["spread"] = spread if full["spread"] is None else full["spread"]
    full["rounding"] = full["rounding"] or 0.0
    full.pop("place", None)
    full.pop("all", None)
    return full


def _ids(published: object) -> dict[str, str]:
    return (
        {"value": published}
        if isinstance(published, str)
        else dict(published)
        if isinstance(published, dict)
        else {}
    )


def _terms(claim: Mapping, variants: Mapping[str, Mapping]) -> dict[str, list[dict]]:
    """What is compared, by control: one term, of a rank one for each rival, of a mechanism those that `all` lists."""
    parts = claim.get("all") or [{}]
    terms: dict[str, list[dict]] = {}
    for control in ("against", "fair"):
        if control == "fair" and not any(part.get("fair", claim["fair"]) for part in parts):
            continue
        found = []
        for part in parts:
            whole = {**claim, **part}
            places = whole.get("place", [])
            rivals = whole[control] if whole[control] is not None else whole["against"]
            for rival in rivals if isinstance(rivals, list) else [rivals]:
                if rival == CONTROL:
                    rival = variants.get(str(whole.get("variant")), {}).get("control", rival)
                pair = {"variant": whole.get("variant"), "against": rival}
                if control == "fair" and whole["loan"] == "against":
                    pair = {"variant": rival, "against": whole["against"]}
                found.append(
                    {"places": places if isinstance(places, list) else [places]}
                    | pair
                    | {"metric": whole["metric"]}
                )
        terms["published" if control == "against" else "fair"] = found
    return terms


def _published(claim: Mapping, quoted: Mapping[str, dict]) -> tuple[float, float, float | None]:
    """The published estimand with half a unit of its last digit and its spread, in the estimand's unit."""

    def parts(value: dict) -> tuple[float, float, float]:
        scale = 100.0 if value["unit"] == PERCENT else 1.0
        half = 0.5 * 10.0 ** -value["digits"] / scale
        return value["value"] / scale, half, (value["spread"] or 0.0) / scale

    ours = parts(quoted["value"])
    spread = any(value["spread"] is not None for value in quoted.values())
    if "minus" not in quoted:
        found = ours
    elif claim.get("estimand") == "gain":
        errors = [
            (1 - value if claim["fraction"] else value, *rest)
            for value, *rest in (ours, parts(quoted["minus"]))
        ]
        (loan, *one), (control, *other) = errors
        found = (
            math.log(control / loan),
            one[0] / loan + other[0] / control,
            math.hypot(one[1] / loan, other[1] / control),
        )
    else:
        theirs = parts(quoted["minus"])
        # As the estimate is: positive where the variant is better.
        sign = -1 if claim["better"] == "lower" else 1
        found = sign * (ours[0] - theirs[0]), ours[1] + theirs[1], math.hypot(ours[2], theirs[2])
    # Without the noise of floating point, so that margins compare equal.
    return round(found[0], 12), round(found[1], 12), round(found[2], 12) if spread else None


def _statement(claim: Mapping, quoted: Mapping[str, dict], file: Path) -> str:
    printed = {role: f"{value['value']:.{value['digits']}f}" for role, value in quoted.items()}
    if quoted.get("value", {}).get("spread") is not None:
        printed["spread"] = f"{quoted['value']['spread']:.{quoted['value']['digits']}f}"
    if {"value", "minus"} <= set(quoted):
        ours, theirs = quoted["value"]["value"], quoted["minus"]["value"]
        printed["percent"] = f"{100 * abs(ours - theirs) / abs(theirs):.0f}"
    text = str(claim.get("statement", ""))
    try:
        return text.format(**printed)
    except (KeyError, IndexError, ValueError) as error:
        raise ConfigurationError(
            f"{file}: {claim['id']}.statement={text!r} has a placeholder that is none. "
            f"Hint: there are {', '.join(f'{{{name}}}' for name in printed) or 'none without published ids'}."
        ) from error


def pairs(claims: list[dict], study: str) -> Iterator[tuple[str, str]]:
    """The comparisons that the claims of a study need, each once."""
    found = dict.fromkeys(
        (term["variant"], term["against"])
        for claim in claims
        if claim["study"] == study and claim["estimand"] in ("gain", "difference", "slope")
        for terms in claim["terms"].values()
        for term in terms
    )
    yield from (pair for pair in found if None not in pair)
