"""What the Makefile says before it starts anything, and `make why`."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .project import RESULTS, SMALL

ROOT = Path(__file__).resolve().parents[2]
GIVEN = {"SCALE": "smoke", "CORES": "2", "FROM": "run", "NAME": "", "STUDY": "", "OVERRIDES": "[]"}


def ask(*arguments, **settings):
    environment = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    return subprocess.run(
        [sys.executable, ROOT / "workflow/make.py", *arguments],
        env=environment | GIVEN | settings,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize(
    ("target", "settings", "said"),
    [
        ("paper", {"CORES": "0"}, "CORES=0: expected a number of processes"),
        ("paper", {"CORES": "abc"}, "CORES=abc: "),
        ("paper", {"SCALE": "lap"}, "SCALE=lap: expected full, laptop, smoke. Hint: did you mean laptop?"),
        ("results", {"STUDY": "transfr"}, "Hint: did you mean transfer?"),
        ("results", {"STUDY": "zzz"}, "Hint: make help lists them."),
        ("paper", {"FROM": "recrd"}, "Hint: did you mean record?"),
        ("paper", {"FROM": "here"}, "FROM=here: expected run, record."),
        ("figure", {"NAME": ""}, "NAME=: expected one of "),
        ("figure", {"NAME": "precursor_losses"}, "Hint: did you mean precursors_losses?"),
        ("model", {"NAME": "precursor"}, "Hint: did you mean precursors?"),
        ("model", {"NAME": "property"}, "NAME=property: of which data set? Hint: NAME=property/bbbp"),
        (
            "model",
            {"NAME": "formula-property"},
            "Hint: NAME=formula-property/<data set>, one of your own: docs/",
        ),
        ("model", {"NAME": "property/bbp"}, "Hint: did you mean property/bbbp?"),
        (
            "model",
            {"NAME": "rank/jarvis"},
            "NAME=rank/jarvis: rank has no such model. Hint: NAME is one of rank",
        ),
        ("paper", {"FROM": "record", "SCALE": "full"}, "data/record/full: no record of this scale; "),
        (
            "paper",
            {"MAKEFLAGS": "w -- SCAEL=laptop"},
            "SCAEL=: no setting of this Makefile. Hint: did you mean SCALE=",
        ),
    ],
)
def test_a_wrong_setting_gets_one_line(target, settings, said):
    done = ask("check", target, **settings)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("target", "settings"),
    [
        ("paper", {"NAME": "DESKTOP-7", "MAKEFLAGS": 'w -- OVERRIDES=["study.toy.scael=3"] SHELL=/bin/sh'}),
        ("verify", {"FROM": "here"}),
        ("why", {"FROM": "record", "STUDY": "transfer"}),
        ("figure", {"NAME": "costs"}),
        ("model", {"NAME": "yield/suzuki"}),
        ("model", {"NAME": "precursors"}),
    ],
)
def test_a_right_setting_passes(target, settings):
    done = ask("check", target, **settings)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("target", "settings", "expected"),
    [
        ("paper", {}, ""),
        ("figure", {"NAME": "costs"}, "src/tex/tables/costs.tex"),
        ("figure", {"NAME": "transfer_parity"}, "src/tex/figures/transfer_parity.pdf"),
        ("results", {}, "results measurements"),
        ("why", {"STUDY": "transfer"}, "transfer"),
        ("why", {"NAME": "transfer_parity"}, "src/tex/figures/transfer_parity.pdf"),
        ("why", {"NAME": "DESKTOP-7"}, ""),
    ],
)
def test_what_snakemake_is_asked_for(target, settings, expected):
    assert ask("targets", target, **settings).stdout.strip() == expected


def test_help_lists_studies_records_figures_and_targets_at_once():
    began = time.monotonic()
    text = ask("help").stdout
    assert time.monotonic() - began < 5  # 0.1 s on an idle machine
    for said in (
        "make why ",
        "molecules, precursors, scitext, transfer",
        "smoke (record of ",
        "  transfer_parity\n",
        "  costs\n",
    ):
        assert said in text
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    assert sum(text.count(f"  make {line.partition(':')[0]} ") for line in lines if " ## " in line) >= 10


def why(project, *targets, overrides=SMALL):
    return subprocess.run(
        [
            *[sys.executable, "workflow/why.py", "--config", "scale=smoke", "from=run"],
            *[f"overrides={list(overrides)}", "--", *targets],
        ],
        cwd=project.folder,
        env=project.environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_why_says_in_a_line_a_rule_what_changed(finished):
    changed = [*SMALL, "study.precursors.run.training.batch=33"]
    lines = why(finished, RESULTS, overrides=changed).stdout.splitlines()
    assert [line.split(maxsplit=2) for line in lines] == [
        ["lay_out", "1", "its part of the plan changed"],
        ["train", "4", "settings.training.batch is 33, was 128"],
        ["score", "1", "its part of the plan changed"],
        ["summarize", "1", "follows lay_out, score"],
    ]
    assert why(finished, RESULTS).stdout == "Nothing would run.\n"


def test_why_names_the_file_of_code_and_of_data(finished):
    module = finished.folder / "src/retort/studies/precursors/model.py"
    text = module.read_text(encoding="utf-8")
    module.write_text(text + "\n# edited\n", encoding="utf-8")
    try:
        said = why(finished, RESULTS).stdout
    finally:
        module.write_text(text, encoding="utf-8")
    assert "retort/studies/precursors/model.py changed" in said
    assert max(map(len, said.splitlines())) < 110


def test_why_hands_on_what_keeps_snakemake_from_planning(finished):
    done = why(finished, "precursor")
    assert done.returncode
    assert "No rule to produce precursor" in done.stderr


def test_what_why_asks_snakemake_for_is_still_there():
    import snakemake.cli  # first: the modules import one another
    from snakemake.dag import DAG
    from snakemake.persistence import PersistenceBase
    from snakemake.workflow import Workflow

    assert snakemake.cli.main
    assert callable(Workflow._build_dag)
    for name in ("needrun", "toposorted", "reason"):
        assert callable(getattr(DAG, name))
    for name in ("_params", "params", "params_changed", "input_changed"):
        assert callable(getattr(PersistenceBase, name))
