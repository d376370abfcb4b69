"""The ledger on disk: changed margins are refused, turned verdicts named, and `retort claims` prints it."""

import json

import polars as pl
import pytest

from retort.files import write_whole
from retort.recorded_claims import LedgerError, changed, demand_margins, judged, tables
from retort.report.claims import by_verdict, counts, entries, expected_wrong, here, published, word
from retort.sealed import write_json, write_table
from retort.statistics.claims import judge

from .report.tex import check_table
from .statistics.test_claims import PLACES, claim, contrast, level
from .workflow.project import program

CLAIMS = [
    claim("A1", fair="fair", headline=True, statement="Loans help", requires=["A2"]),
    claim(
        "A2", kind="value", estimand="level", against=None, published=0.52, margin=0.05, comparable="exact"
    ),
    claim("A3", variant="other", kind="rank", against=["control", "fair"]),
    claim("B1", study="later", document="two"),
    claim("B2", untestable="nobody has 5 % of it"),
]


def results(folder, gain=0.3):
    """Write the tables that these claims stand on."""
    rows = [
        contrast("loan", "control", gain=gain),
        contrast("loan", "fair", gain=0.0, se=0.005),
        contrast("other", "control", gain=-0.4),
        contrast("other", "fair", gain=-0.4),
    ]
    study = folder / "stones"
    splits = pl.Series([[f"{split}-0", f"{split}-1"] for split in PLACES["split"]])
    write_table(PLACES.with_columns(splits=splits), study / "places.parquet")
    write_table(pl.DataFrame(rows), study / "contrasts.parquet")
    write_table(pl.DataFrame([level()]), study / "summary.parquet")
    write_table(
        pl.DataFrame({"study": ["stones"]}), study / "scores.parquet"
    )  # by which programs know a study
    return folder


@pytest.fixture
def config():
    return {"claims": CLAIMS, "acknowledged": [], "scale": "laptop"}


@pytest.fixture
def ledger(here, config):
    """A project with a judged ledger."""
    file = results(here / "data/results") / "claims.parquet"
    write_table(judged(config, here / "data/results"), file)
    return file


def test_tables_are_those_of_studies_that_have_results(ledger):
    found = tables(ledger.parent, CLAIMS)
    assert {study: sorted(known) for study, known in found.items()} == {
        "stones": ["contrasts", "places", "summary"]
    }


def test_a_margin_that_changed_after_its_results_is_refused_in_one_line(ledger):
    demand_margins(CLAIMS, ledger, [])
    demand_margins(CLAIMS, ledger.with_name("none.parquet"), [])
    wider = [CLAIMS[0] | {"margin": 0.4}, *CLAIMS[1:3], CLAIMS[3] | {"margin": 0.4}, CLAIMS[4]]
    with pytest.raises(
        LedgerError, match=r"claim A1: margin is 0\.4, but was 0\.05 .*Hint: take it back"
    ) as caught:
        demand_margins(wider, ledger, [])
    assert "\n" not in str(caught.value)
    demand_margins(wider, ledger, [{"claim": "A1", "old": "0.05", "new": "0.4"}])


def test_a_verdict_that_turned_is_named_until_a_line_accepts_it(ledger, config, here):
    now = judged(config, results(here / "new", gain=0.0))
    (line,) = changed(ledger, now, [])
    assert line == "claim A1 (published control): undecided, supported in the record"
    assert changed(ledger, now, [{"claim": "A1", "old": "supported", "new": "undecided"}]) == []
    assert changed(ledger, judged(config, here / "data/results"), []) == []


def test_verdicts_of_one_study_are_those_of_the_whole_ledger(config, ledger):
    whole, part = judged(config, ledger.parent), judged(config, ledger.parent, "stones")
    assert part["verdict"].to_list() == whole.filter(study="stones")["verdict"].to_list()


def test_the_record_keeps_verdicts_and_refuses_those_that_turned(ledger, config, here):
    program("alone")  # which record.py imports as a neighbour
    keeper, record = program("record"), here / "data/record/laptop/claims.parquet"
    keeper.keep_claims(ledger.parent, record, config, None)
    assert pl.read_parquet(record).equals(pl.read_parquet(ledger))
    results(ledger.parent, gain=0.0)
    with pytest.raises(SystemExit, match=r"1 verdicts changed\. Hint: add a line"):
        keeper.keep_claims(ledger.parent, record, config, "stones")
    accepted = [{"claim": "A1", "old": "supported", "new": "undecided", "reason": "r", "date": "d"}]
    keeper.keep_claims(ledger.parent, record, config | {"acknowledged": accepted}, "stones")
    kept = pl.read_parquet(record)
    assert kept.height == pl.read_parquet(ledger).height
    assert kept.filter(id="A1", control="published")["verdict"].item() == "undecided"
    verify = program("verify")
    assert verify.turned_verdicts(config, record, ledger.parent, None) == []
    results(ledger.parent)
    (line,) = verify.turned_verdicts(config, record, ledger.parent, "stones")
    assert line.startswith("claim A1")
    write_whole(record, b"torn")
    (line,) = verify.turned_verdicts(config, record, ledger.parent, None)
    assert "claims.parquet" in line


# How it is printed.


def test_the_ledger_is_printed_a_line_a_claim(ledger, ask):
    code, text, errors = ask("claims")
    assert (code, errors) == (0, "")
    lines = text.splitlines()
    # By study: what belongs to `later` comes before what belongs to `stones`.
    assert lines[0].split()[0] == "B1"
    assert lines[1].split() == ["A1", "one", "supported;", "fair:", "negligible:", "Loans", "help"]
    told = "1 cannot be tested, 1 not run at this scale, 1 reproduced, 1 reversed, 1 supported"
    assert lines[-1] == f"5 claims: {told}"


def test_one_claim_is_printed_with_its_evidence(ledger, ask):
    write_json(
        {"runs": {f"data/runs/stones/rocks/strict-1/{name}/seed1": "x" for name in ("loan", "fair", "none")}},
        ledger.parent / "stones/origin.json",
    )
    code, text, _ = ask("claims", "a1")
    assert code == 0
    for words in (
        '"q"',
        "where     one, w\n",
        "margin    0.05: y",
        "requires  A2: holds",
        "published supported: loan against control at rocks",
        "0.3 [0.2445, 0.3555], 5 replicates, 50 test items",
        "fair      negligible",
        "after Holm",
        "data/runs/stones/rocks/strict-1/loan/seed1",
        "data/runs/stones/rocks/strict-1/fair/seed1",
        "the table of headline claims",
    ):
        assert words in text
    assert "strict-1/none" not in text
    assert json.loads(ask("claims", "A1", "--json")[1])["claim"][1]["verdict"] == "negligible"
    assert len(json.loads(ask("claims", "--json")[1])["claims"]) == 6


def test_what_cannot_be_printed_is_said_in_one_line(here, config, ask):
    code, _, errors = ask("claims")
    assert code == 2
    assert errors == (
        "retort claims: data/results/claims.parquet: no such file. "
        "Hint: make it with: snakemake data/results/claims.parquet\n"
    )
    record = here / "data/record/laptop/claims.parquet"
    write_table(judged(config, here), record)
    code, _, errors = ask("claims", "A9")
    assert code == 2
    assert "laptop/claims.parquet has no claim 'A9'. Hint: did you mean A" in errors
    record.write_bytes(b"torn")
    code, _, errors = ask("claims")
    assert code == 2
    assert errors.count("\n") == 1


def test_claims_are_written_in_the_unit_of_their_estimand():
    times = claim(estimand="multiplier", published=1.609438)
    rows = {row["id"]: row for row in judge([times | {"id": "A9"}, *CLAIMS], {}).to_dicts()}
    assert published(rows["A9"]) == r"5.0$\times$"
    assert published(rows["A1"]) == "better"
    row = rows["A2"] | {"unit": "fraction", "estimate": 0.813, "low": 0.8, "high": 0.82}
    assert here_of(row) == r"81.3 \ci{80.0}{82.0}"
    assert (
        word(row | {"verdict": "reproduced", "premise": "fallen: A1"})
        == r"\textbf{reproduced}\textsuperscript{\dag}"
    )


here_of = here  # the fixture bears the name


def test_the_ledger_is_sorted_by_verdict_and_counted(ledger):
    found = by_verdict(entries(pl.read_parquet(ledger)))
    assert [entry["id"] for entry in found] == ["A2", "A1", "A3", "B1", "B2"]
    told = "1 reproduced; 1 supported; 1 reversed; 1 not run at this scale; 1 cannot be tested"
    assert counts(found) == told
    assert expected_wrong(found) == (4, pytest.approx(0.2), 2, pytest.approx(0.1))


@pytest.mark.parametrize("script", ["claims", "claims_headline", "claims_forest"])
def test_programs_show_a_ledger(ledger, script, tmp_path):
    from .report import records

    written = records.run(script, None, ledger.parent, tmp_path)
    if script == "claims_forest":
        assert written.read_bytes().startswith(b"%PDF")
        return
    text = written.read_text(encoding="utf-8")
    assert "Loans help" in text
    check_table(text)
    if script == "claims":
        assert "against the fair control" in text
        assert r"nobody has 5\,\% of it" in text
    else:
        assert "A2" not in text
