"""`retort trace`, on a ledger of a few lines."""

import json

import pytest

from retort.sealed import write_json

SHA = "0" * 64
ROW = {
    "study": "transfer",
    "dataset": "mp",
    "split": "gap-05",
    "variant": "ours",
    "part": "test",
    "metric": "mae",
}
RUNS = [
    f"data/runs/transfer/mp/gap-05-{draw}/{name}/seed{draw}" for draw in (0, 1) for name in ("ours", "base")
]
LEDGER = {
    "scale": "laptop",
    "from": "record",
    "commit": "c0ffee" * 6,
    "tables": {
        "transfer/summary": {
            "file": "data/results/transfer/summary.parquet",
            "sha256": SHA,
            "made by": "summarize",
            "rows": {"7": ROW},
        },
        "transfer/contrasts": {
            "file": "data/results/transfer/contrasts.parquet",
            "sha256": SHA,
            "made by": "summarize",
            "rows": {"2": ROW | {"against": "base"}},
        },
    },
    "places": {"transfer": {"mp/gap-05": ["gap-05-0", "gap-05-1"]}},
    "programs": {
        "transfer_main": {
            "kind": "table",
            "program": "src/scripts/transfer_main.py",
            "reads": ["transfer/summary"],
            "numbers": 1,
            "drawn": [],
        },
        "transfer_alpha": {
            "kind": "figure",
            "program": "src/scripts/transfer_alpha.py",
            "reads": ["transfer/contrasts", "transfer/summary"],
            "numbers": 0,
            "drawn": [
                {"table": "transfer/summary", "columns": ["mean", "low"], "row": ROW, "rows": "7"},
                {
                    "table": "transfer/contrasts",
                    "columns": ["p_holm"],
                    "row": ROW | {"against": "base"},
                    "rows": "2-4, 9",
                },
            ],
        },
        "transfer_strategy": {
            "kind": "figure",
            "program": "src/scripts/transfer_strategy.py",
            "reads": [],
            "numbers": 0,
            "drawn": [],
        },
    },
    "printed": [
        {"in": "numbers", "name": "TransferGain", "text": "$-$0.25", "value": -0.25, "computed": False}
        | {"cells": [["transfer/contrasts", 2, "difference"]]},
        {
            "in": "transfer_main",
            "row": "Ours",
            "column": "MP gap",
            "text": "0.058",
            "value": 0.0581,
            "computed": False,
        }
        | {"cells": [["transfer/summary", 7, "mean"]]},
    ],
}


@pytest.fixture
def built(here):
    """A folder in which a paper was built."""
    write_json(LEDGER, here / "src/tex/output/ledger.json")
    hashes = {"prepared": "a" * 64, "split": "b" * 64, "settings": "c" * 64, "code": "d" * 64}
    runs = dict.fromkeys(RUNS, hashes) | {RUNS[0]: hashes | {"commit": "facade" * 6}}
    origin = {"commit": "badcab" * 6, "runs": runs}
    write_json(origin, here / "data/results/transfer/origin.json")
    return here


@pytest.mark.parametrize("what", ["TransferGain", r"\TransferGain", "-0.25"])
def test_a_number_of_the_prose_by_its_name_or_as_it_is_printed(ask, built, what):
    code, told, _ = ask("trace", "--", what)
    assert code == 0
    assert "contrasts.parquet, column difference (gone)" in told
    assert "variant ours" in told
    assert "made by   summarize" in told
    # Both systems, both draws.
    for name in ("ours", "base"):
        assert f"data/runs/transfer/mp/gap-05-0/{name}, seeds 0" in told
        assert f"data/runs/transfer/mp/gap-05-1/{name}, seeds 1" in told
    assert (
        "inputs: prepared aaaaaaaaaa, split bbbbbbbbbb, settings cccccccccc, code dddddddddd; commit badcabbadc"
        in told
    )
    assert "; commit facadefaca" in told, "one run is of another commit than most"


def test_a_cell_by_its_row_and_column(ask, built):
    code, told, _ = ask("trace", "transfer_main", "ours", "gap", "--json")
    (number,) = json.loads(told)["numbers"]
    assert code == 0
    assert (number["text"], number["cells"][0]["column"]) == ("0.058", "mean")
    assert set(number["runs"]) == {RUNS[0], RUNS[2]}


def test_a_whole_table_says_what_it_reads_and_has_a_line_a_number(ask, built):
    _, told, _ = ask("trace", "tab:transfer_main")
    assert "table, drawn by src/scripts/transfer_main.py (rule render_table)" in told
    assert "reads     data/results/transfer/summary.parquet" in told
    assert "transfer_main, Ours, MP gap  0.058" in told


def test_a_figure_says_which_rows_it_draws_and_of_which_runs(ask, built):
    code, told, _ = ask("trace", "fig:transfer_alpha", "--json")
    (figure,) = json.loads(told)["programs"]
    assert code == 0
    assert (figure["rule"], figure["commit"], len(figure["reads"])) == ("plot_figure", LEDGER["commit"], 2)
    assert [group["rows"] for group in figure["drawn"]] == ["7", "2-4, 9"]
    # Holm's correction looks at all of a family.
    assert set(figure["runs"]) == set(RUNS)
    _, told, _ = ask("trace", "transfer_alpha")
    assert "draws     data/results/transfer/contrasts.parquet, p_holm, rows 2-4, 9" in told
    assert "data/runs/transfer/mp/gap-05-1/base, seeds 1" in told


def test_a_word_more_chooses_among_the_rows_of_a_figure(ask, built):
    _, told, _ = ask("trace", "transfer_alpha", "against base", "--json")
    assert [group["rows"] for group in json.loads(told)["programs"][0]["drawn"]] == ["2-4, 9"]


def test_a_figure_that_draws_no_result_says_so_by_its_program_alone(ask, built):
    code, told, _ = ask("trace", "transfer_strategy")
    assert (code, len(told.splitlines())) == (0, 1)


@pytest.mark.parametrize(
    ("what", "figures"),
    [
        ("data/results/transfer/summary.parquet", {"transfer_alpha": ["7"]}),
        (RUNS[0], {"transfer_alpha": ["7", "2-4, 9"]}),
        (RUNS[1], {"transfer_alpha": ["2-4, 9"]}),
        ("data/runs/molecules", {}),
    ],
)
def test_the_other_way_to_what_is_drawn(ask, built, what, figures):
    code, told, _ = ask("trace", what, "--json")
    found = json.loads(told)["programs"] if not code else []
    assert {each["name"]: [group["rows"] for group in each["drawn"]] for each in found} == figures


def test_several_figures_have_a_line_each(ask, built):
    programs = LEDGER["programs"]
    twice = {**programs, "transfer_arms": programs["transfer_alpha"]}
    write_json(LEDGER | {"programs": twice}, built / "src/tex/output/ledger.json")
    _, told, _ = ask("trace", "data/results/transfer/summary.parquet")
    assert told.splitlines()[:2] == [
        f"{name}  figure that draws of data/results/transfer/summary.parquet"
        for name in ("transfer_alpha", "transfer_arms")
    ]


@pytest.mark.parametrize(
    ("what", "printed"),
    [
        ("data/results/transfer/summary.parquet", ["0.058"]),
        (RUNS[0], ["-0.25", "0.058"]),
        (RUNS[1], ["-0.25"]),
        ("data/runs/transfer/mp", ["-0.25", "0.058"]),
    ],
)
def test_the_other_way_from_a_table_or_a_run_to_what_is_printed(ask, built, what, printed):
    _, told, _ = ask("trace", what)
    assert [line.rsplit(" ", 1)[1] for line in told.splitlines() if " prints " in line] == printed


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["TransferGian"], "did you mean TransferGain"),
        (["transfer_main", "Roost"], "its rows are Ours"),
        (["transfer_alpha", "Roost"], "its rows are ours"),
        (["9.99"], "name a macro, a table, a figure or a printed number"),
    ],
)
def test_what_is_nowhere_is_named_with_what_is_near(ask, built, words, hint):
    code, _, said = ask("trace", *words)
    assert code == 2
    assert hint in said


def test_without_a_build_the_hint_says_what_makes_one(ask, here):
    code, _, said = ask("trace", "TransferGain")
    assert code == 2
    assert "Hint: a build of the paper leaves it: make paper" in said
