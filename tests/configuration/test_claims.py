"""The ledger as it is written: quotes are spans of documents, published values filled in, mistakes named."""

import math
import re
from collections import Counter
from pathlib import Path

import pytest

from retort.configuration import ConfigurationError, load
from retort.configuration.claims import _published as published
from retort.configuration.claims import pairs
from retort.plan import Plan

from .conftest import CONFIG

SHARED = Path(__file__).resolve().parents[3] / "shared"  # beside the project, where they are at hand


@pytest.fixture(scope="module")
def config():
    return load(CONFIG, "laptop")


@pytest.fixture(scope="module")
def claims(config):
    return {claim["id"]: claim for claim in config["claims"]}


def plain(text: str) -> str:
    """Text without the marks of its format, and one space between words."""
    text = re.sub(r"</?b>|\*\*", "", text)
    return " ".join(text.split())


@pytest.mark.skipif(not SHARED.is_dir(), reason="the documents are not at hand")
def test_every_quote_is_an_exact_span_of_its_document(claims):
    documents = {
        claim["document"]: plain((SHARED / claim["document"]).read_text(encoding="utf-8"))
        for claim in claims.values()
    }
    strange = [
        key for key, claim in claims.items() if plain(claim["quote"]) not in documents[claim["document"]]
    ]
    assert not strange


def test_the_ledger_is_as_large_as_was_asked_for(claims):
    of = Counter(claim["file"] == "critiques.yaml" for claim in claims.values())
    assert of[False] >= 70
    assert of[True] >= 10
    assert all(claim["margin"] >= 0 and claim["why"] for claim in claims.values())
    headline = Counter(claim["study"] for claim in claims.values() if claim["headline"])
    assert headline == {claim["study"]: 2 for claim in claims.values()}


def test_published_values_are_filled_in(claims):
    gain = claims["T19"]
    assert gain["published"] == pytest.approx(math.log(0.236 / 0.163))
    assert gain["rounding"] == pytest.approx(0.0005 / 0.163 + 0.0005 / 0.236)
    assert gain["statement"].endswith("from 0.236 to 0.163 eV/atom")
    forest = claims["M21"]
    assert (forest["published"], forest["spread"], forest["rounding"]) == (0.867, 0.008, 0.0005)
    assert "86.7 % on BACE (± 0.8)" in forest["statement"]
    first = claims["P1"]
    assert (first["published"], first["rounding"], first["spread"]) == (0.82, 0.005, None)


def test_a_published_difference_is_positive_where_the_variant_is_better():
    quoted = {
        role: {"value": value, "digits": 2, "unit": "eV", "spread": None}
        for role, value in (("value", 0.1), ("minus", 0.4))
    }
    for better, expected in (("lower", 0.3), ("higher", -0.3)):
        found = published({"estimand": "difference", "better": better}, quoted)
        assert found == (pytest.approx(expected), pytest.approx(0.01), None)


def test_terms_are_what_is_compared(config, claims):
    both = claims["P9a"]["terms"]
    assert [term["against"] for terms in both.values() for term in terms] == [
        "raw-common-first",
        "raw-mpc-first",
    ]
    rank = claims["C3b"]["terms"]["published"]
    assert [term["against"] for term in rank] == ["dino-frozen", "contrast-frozen", "molclr-frozen"]
    (fair,) = claims["T1"]["terms"]["fair"]
    assert fair["against"] == config["study"]["transfer"]["variants"]["ts-crabnet"]["control"]
    # Said of the control, which the loan harms: the fair control takes its place.
    ours, fair = (claims["S5"]["terms"][control] for control in ("published", "fair"))
    assert [(term["variant"], term["against"]) for term in (*ours, *fair)] == [
        ("general", "science"),
        ("general-longer", "science"),
    ]
    parts = claims["M33"]["terms"]["published"]
    assert [term["against"] for term in parts] == ["dino-no-centring-frozen", "dino-no-sharpening-frozen"]
    assert list(claims["P1"]["terms"]) == ["published"]


def test_what_claims_compare_is_a_family_of_contrasts(config):
    wanted = set(pairs(config["claims"], "precursors"))
    assert ("selector", "magpie-mpc-first") in wanted
    assert wanted <= set(Plan(config).families("precursors")["claims"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("  P1:\n", "  T1:\n"), "'T1' stands twice|has no"),
        (("metric: success@5", "metric: sucess@5"), "metric='sucess@5'.*did you mean 'success@5'"),
        (("against: no-context", "against: no-contxt"), "P10.against='no-contxt'.*'no-context'"),
        (("place: ceder\n", "place: cedar\n"), "place='cedar'.*'ceder'"),
        (("requires: [P4]", "requires: [P44]"), "P5.requires='P44'"),
        (("kind: count", "kind: cuont"), "kind='cuont', expected one of"),
        (("    margin: 0.015\n", "    magrin: 0.015\n"), "unknown key magrin in P1"),
        (("    margin: 0.015\n", ""), "P1 has no margin"),
        (
            ("he2023precursor/ceder/selector", "he2023precursor/ceder/selctor"),
            "P1.published.value='he2023precursor/ceder/selctor'",
        ),
        (("for {value} %", "for {valu} %"), "P1.statement=.*placeholder"),
        (("    where: title\n", "    where: title\n    source: he2023precurso\n"), "source='he2023precurso'"),
        (
            ("quote: a known precursor set", "quote: " + "a " * 26),
            "P13.quote has 26 words, expected at most 25",
        ),
        (("defaults:\n", "defalts:\n"), "top level='defalts'"),
        (("  study: precursors\n", "  study: precursor\n"), "study='precursor'"),
    ],
)
def test_a_mistake_in_a_claim_is_named(edited, change, said):
    file = edited / "claims/he2023precursor.yaml"
    text = file.read_text(encoding="utf-8")
    assert change[0] in text
    file.write_text(text.replace(*change, 1), encoding="utf-8")
    if "T1" in said:
        other = edited / "claims/zhu2023teacher.yaml"
        other.write_text(other.read_text().replace("claims:\n", "claims:\n  T1: {quote: q}\n", 1))
    with pytest.raises(ConfigurationError, match=said) as caught:
        load(edited)
    assert "\n" not in str(caught.value)


def test_claims_that_require_each_other_are_refused(edited):
    file, quote = edited / "claims/he2023precursor.yaml", "    quote: As the training loss"
    file.write_text(file.read_text().replace(quote, f"    requires: [P5]\n{quote}"))
    with pytest.raises(ConfigurationError, match="P4 -> P5 -> P4 require each other"):
        load(edited)


def test_lines_that_accept_a_change_are_checked(edited):
    file = edited / "acknowledged.yaml"
    line = "- {claim: P1, old: undecided, new: reproduced, reason: more seeds, date: 2026-11-29}\n"
    file.write_text(line)
    (read,) = load(edited)["acknowledged"]
    assert (read["claim"], read["date"]) == ("P1", "2026-11-29")
    file.write_text(line.replace("P1", "P111"))
    with pytest.raises(ConfigurationError, match="claim='P111'"):
        load(edited)
    file.write_text(line.replace("reason: more seeds, ", ""))
    with pytest.raises(ConfigurationError, match=r"expected \{claim: \.\., old: \.\., new"):
        load(edited)
