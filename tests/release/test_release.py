"""What a release holds: an archive whose bytes follow from its contents, the crate's metadata, and the forms."""

import re
import subprocess
import tarfile
from pathlib import Path

import jsonschema
import polars as pl
import pytest
import yaml

from retort.release import of_runs, reforms, reviewing
from retort.release.archive import MANIFEST, digest, manifest, pack
from retort.release.crate import PROFILES, metadata
from retort.release.origin import RELEASE, origin
from retort.release.report import without_times
from retort.sealed import write_table

ROOT = Path(__file__).resolve().parents[2]
FACTS = {
    "title": "T",
    "description": "D",
    "version": "1.0",
    "commit": "c0ffee",
    "epoch": 1_767_225_600,
    "repository": "https://example.org/r",
    "scale": "smoke",
    "from": "record",
    "snakemake": "9.27",
    "authors": "A",
    "datasets": [{"name": "mine", "title": "Mine", "url": "", "licence": "none"}],
}


@pytest.fixture
def contents(tmp_path):
    script, link = tmp_path / "run.sh", tmp_path / "link"
    script.write_text("#!/bin/sh\n", encoding="utf-8")
    link.symlink_to("run.sh")
    return {"b.txt": b"two", "a/run.sh": script, "link": link, "Snakefile": b"rule all:\n"}


def test_an_archive_follows_from_its_contents_alone(contents, tmp_path):
    for name, order in (("one", contents), ("two", dict(reversed(contents.items())))):
        pack(order, tmp_path / f"{name}.tar.gz", folder="r-1", epoch=7)
    one, two = ((tmp_path / f"{name}.tar.gz").read_bytes() for name in ("one", "two"))
    assert one == two
    with tarfile.open(tmp_path / "one.tar.gz") as tar:
        members = {member.name: member for member in tar}
        assert list(members) == sorted(f"r-1/{name}" for name in contents)
        assert {(member.mtime, member.uid, member.uname) for member in members.values()} == {(7, 0, "")}
        assert members["r-1/a/run.sh"].mode == 0o755
        assert members["r-1/link"].linkname == "run.sh"
        assert tar.extractfile("r-1/b.txt").read() == b"two"


def test_the_manifest_is_what_sha256sum_reads(contents, tmp_path):
    files = {name: content for name, content in contents.items() if name != "link"}
    pack(files | {MANIFEST: manifest(files)}, tmp_path / "r.tar.gz", folder="r", epoch=7)
    with tarfile.open(tmp_path / "r.tar.gz") as tar:
        tar.extractall(tmp_path, filter="data")
    check = ["sha256sum", "--check", "--quiet", MANIFEST]
    assert subprocess.run(check, cwd=tmp_path / "r", check=False).returncode == 0
    (tmp_path / "r/b.txt").write_bytes(b"three")
    assert subprocess.run(check, cwd=tmp_path / "r", check=False, capture_output=True).returncode == 1


def test_models_that_are_too_large_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sizes = {"a/d/s/small/seed0": 8 << 20, "a/d/s/large/seed0": (8 << 20) + 1, "b/d/s/large/seed0": 30 << 20}
    folders = [Path("data/runs", name) for name in (*sizes, "b/d/s/forest/seed0")]
    for folder in folders:
        predictions = {
            "id": ["v", "t"],
            "part": ["valid", "test"],
            "value": [1.0, 2.0],
            "vector": [[0.0], [1.0]],
        }
        write_table(pl.DataFrame(predictions), folder / "predictions.parquet")
    for name, size in sizes.items():
        (Path("data/runs", name) / "model.safetensors").write_bytes(bytes(size))
    contents, left_out = of_runs.of_runs(folders)
    assert {name for name in contents if name.startswith("models/")} == {
        "models/a/d/s/small/seed0.safetensors",
        of_runs.LEFT_OUT,
    }
    told = pl.read_csv(contents[of_runs.LEFT_OUT])
    assert dict(told.iter_rows()) == {name: size for name, size in sizes.items() if "large" in name}
    predicted = pl.read_parquet(contents["predictions/b/d/s/forest/seed0.parquet"])
    assert predicted.to_dicts() == [{"id": "t", "part": "test", "value": 2.0}]
    said = of_runs.said(left_out)
    assert "above 8 MiB are left out" in said
    assert "1 of a (8 MiB), 1 of b (30 MiB)" in said
    assert of_runs.said(left_out.clear()) == ""


def test_the_crate_names_its_workflow_its_run_and_what_came_of_it(contents):
    files = contents | {"pdf/ms.pdf": b"%PDF"}
    found = metadata(FACTS, files, {"pdf/ms.pdf": "The paper.", "a/": "Scripts."})
    known = {entity["@id"]: entity for entity in found["@graph"]}
    assert len(known) == len(found["@graph"])
    root, run = known["./"], known["#run"]
    assert {each["@id"] for each in root["conformsTo"]} == set(PROFILES)
    assert root["mainEntity"] == run["instrument"] == {"@id": "Snakefile"}
    assert run["result"] == [{"@id": "pdf/ms.pdf"}]
    assert known["pdf/ms.pdf"]["sha256"] == digest(b"%PDF")
    assert {each["@id"] for each in root["hasPart"]} == {"Snakefile", "pdf/ms.pdf", "a/"}

    def named(value: object) -> set[str]:
        if isinstance(value, dict):
            own = {value["@id"]} if set(value) == {"@id"} else set()
            return own.union(*(named(each) for each in value.values()))
        return set().union(*(named(each) for each in value)) if isinstance(value, list) else set()

    elsewhere = {each for each in named(found["@graph"]) if not each.startswith("https://")}
    assert elsewhere <= known.keys() | {"docs/rulegraph.svg"}


def test_claims_have_commands_and_tolerances_and_those_without_a_verdict_are_left_out():
    row = {
        "statement": "S",
        "study": "transfer",
        "control": "fair",
        "metric": "mae",
        "low": 0.1,
        "high": 0.3,
        "margin": 0.05,
    }
    verdicts = pl.DataFrame(
        [
            row | {"id": "T1", "estimand": "level", "estimate": 0.2, "verdict": "reproduced"},
            row | {"id": "T2", "estimand": "difference", "estimate": 0.2, "verdict": "undecided"},
            row | {"id": "T3", "estimand": "gain", "estimate": 0.2, "verdict": "supported"},
            row | {"id": "T4", "estimand": "gain", "estimate": None, "verdict": "not judged"},
        ]
    )
    table = reviewing.claims(
        verdicts, scale="laptop", tolerance={"transfer": {"mae": 0.01}}, minutes={"transfer": 134.2}
    )
    assert table["claim"].to_list() == ["T1", "T2", "T3"]
    assert table["tolerance"].to_list() == [0.01, 0.02, 0.05]
    assert set(table["minutes"]) == {135}
    assert table["command"][0] == "make results SCALE=laptop STUDY=transfer; retort claims T1"


# https://codecheck.org.uk/spec/config/1.0/ as a schema: what MUST be there and of which kind. Of the author's part ..
PERSON = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "ORCID": {"type": "string", "pattern": r"^\d{4}-\d{4}-\d{4}-\d{3}[\dX]$"},
    },
}
TEXT = {"type": "string", "minLength": 1}
ADDRESS = {"type": "string", "pattern": "^https://"}
AUTHORED = {
    "type": "object",
    "required": ["version", "manifest", "paper"],
    "properties": {
        "version": {"const": "https://codecheck.org.uk/spec/config/1.0/"},
        "manifest": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["file"],
                "additionalProperties": False,
                # Relative to the file itself, and nowhere above it.
                "properties": {
                    "file": {"type": "string", "pattern": r"^(?!/|.*\.\.)[^:]+$"},
                    "comment": TEXT,
                },
            },
        },
        "paper": {
            "type": "object",
            "required": ["title", "authors", "reference"],
            "properties": {
                "title": TEXT,
                "authors": {"type": "array", "minItems": 1, "items": PERSON},
                "reference": TEXT,
            },
        },
        "source": TEXT,
        "repository": {"anyOf": [ADDRESS, {"type": "array", "minItems": 1, "items": ADDRESS}]},
        "codechecker": {"type": "array", "minItems": 1, "items": PERSON},
        "report": TEXT,
        "summary": TEXT,
        "check_time": {},
        "certificate": {"type": "string", "pattern": r"^\d{4}-\d{3}$"},
    },
    "additionalProperties": False,
}
# .. and of the whole, when the codechecker has added what is asked of that person.
CHECKED = AUTHORED | {"required": [*AUTHORED["required"], "codechecker", "report"]}


def codechecked() -> str:
    programs = {"one": {"kind": "figure"}, "two": {"kind": "table"}}
    sums = {"src/tex/figures/one.pdf": "f", "src/tex/tables/two.tex": "t"}
    shown = reviewing.shown(programs, sums, {"fig:one": "First sentence. Second one."})
    assert shown["shows"].to_list() == ["First sentence", ""]
    return reviewing.codecheck(FACTS, shown)


def test_codecheck_is_as_its_specification_asks():
    text = codechecked()
    assert "---" in text.splitlines()  # an explicit document
    found = yaml.safe_load(text)
    jsonschema.validate(found, AUTHORED)
    with pytest.raises(jsonschema.ValidationError, match="codechecker"):
        jsonschema.validate(found, CHECKED)
    by_hand = "codechecker:\n- name: A. Checker\n  ORCID: 0000-0002-1825-0097\nreport: https://doi.org/10.5281/zenodo.1\n"
    jsonschema.validate(yaml.safe_load(text + by_hand), CHECKED)


def test_codecheck_lists_what_a_checker_makes_again_where_the_release_has_it():
    assert yaml.safe_load(codechecked())["manifest"][2:] == [
        {"file": "printed/figures/one.pdf", "comment": "First sentence"},
        {"file": "printed/tables/two.tex", "comment": "two"},
    ]


# The eight modules of Table 1 of Kapoor et al. (2024), and their items.
REFORMS = {
    "1 Study goals": "abc",
    "2 Computational reproducibility": "abcde",
    "3 Data quality": "abcdefg",
    "4 Data preprocessing": "abc",
    "5 Modeling": "abcdef",
    "6 Data leakage": "abc",
    "7 Metrics and uncertainty": "abc",
    "8 Generalizability and limitations": "ab",
}
# What each item asks for, of which its answer must speak.
ASKED = {
    **{"1a": "population", "1b": "why this", "1c": "machine learning", "2a": "data sets", "2b": "commit"},
    **{
        "2c": "processor hours",
        "2d": "README.md",
        "2e": "make paper",
        "3a": "annotation",
        "3b": "sampling frame",
    },
    **{"3c": "useful", "3d": "outcome", "3e": "number of samples", "3f": "missing", "3g": "representative"},
    **{
        "4a": "excluded",
        "4b": "corrupt",
        "4c": "transformations",
        "5a": "models",
        "5b": "why these",
        "5c": "held-out",
    },
    **{
        "5d": "selection",
        "5e": "hyperparameters",
        "5f": "baselines",
        "6a": "training data only",
        "6b": "duplicates",
    },
    **{"6c": "legitimate", "7a": "metrics", "7b": "intervals", "7c": "tests", "8a": "external validity"},
    "8b": "not expected to hold",
}


def test_the_form_has_all_32_items_and_each_of_its_names_is_filled():
    template = (ROOT / "workflow/release/reforms.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", template, re.MULTILINE) == list(REFORMS)
    items = re.findall(r"\*\*(\d[a-g])\*\*", template)
    assert items == [f"{module[0]}{letter}" for module, letters in REFORMS.items() for letter in letters]
    assert len(items) == 32
    place = {
        "dataset": "d",
        "protocol": "p",
        "target": "y",
        "title": "Y",
        "generated": True,
        "splits": ["a", "b"],
    }
    place |= {f"rows_{part}": 5 for part in reforms.PARTS} | {"labels_train": 4}
    tables = {
        "places": pl.DataFrame([place]),
        "systems": pl.DataFrame([{"study": "s", "variant": "v", "title": "V", "role": "loan", "order": 0}]),
        "metrics": pl.DataFrame([dict.fromkeys(("study", "metric", "label", "unit", "better"), "m")]),
        "datasets": pl.DataFrame([{"dataset": "d", "rejects": 3}]),
        "costs": pl.DataFrame([{"device": "cpu", "cpu_seconds": 7200.0, "peak_memory_mib": 10.0}]),
        "summary": pl.DataFrame([{"n": 3}]),
        "sources": pl.DataFrame([{"dataset": "d", "title": "D|E", "url": "u", "licence": "l"}]),
    }
    facts = FACTS | {"studies": {"s": "Study"}, "lock": "l", "python": "3.11"}
    form = reforms.form(template, facts, tables)
    assert not re.search(r"\{\w+\}|TODO|FIXME", form)
    answers = dict(re.findall(r"\*\*(\d[a-g])\*\* (.*?)(?=\n\n\*\*\d|\n\n## |\Z)", form, re.DOTALL))
    assert {item: word for item, word in ASKED.items() if word.lower() not in answers[item].lower()} == {}
    assert "| d | p | 5 | 5 | 5 | 5 | 5 |" in form
    assert r"D\|E" in form
    assert "1 runs took 2.00 processor hours" in form


def test_an_unpacked_release_knows_its_commit(tmp_path):
    (tmp_path / RELEASE).write_text('{"url": "u", "commit": "c", "epoch": 5}', encoding="utf-8")
    assert origin("elsewhere", tmp_path) == {"url": "u", "commit": "c", "epoch": 5}
    assert origin("elsewhere", tmp_path / "none").keys() == {"url", "commit", "epoch"}


def test_the_drawn_rules_are_those_of_the_workflow():
    drawn = set(re.findall(r">(\w+)</text>", (ROOT / "docs/rulegraph.svg").read_text(encoding="utf-8")))
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "workflow/rules").glob("*.smk"))
    # Of downloaded data and own runs: `snakemake --config scale=laptop --rulegraph dot -- all arxiv.tar.gz`, and dot.
    assert set(re.findall(r"^ *rule (\w+):", text, re.MULTILINE)) - {"generate", "recall"} == drawn - {"all"}


def test_a_report_is_shipped_without_what_jobs_took():
    def report(*seconds):
        values = ", ".join(f'{{"rule": "cite", "runtime": {each}}}' for each in seconds)
        specs = [
            f'     var {name}_spec = {{"$schema": "s", "data": {{"values": [{values}]}}, "mark": "point"}};'
            for name in ("runtimes", "timeline")
        ]
        return "\n".join(["<p>", 'var rulegraph_spec = {"data": {"values": [1]}};', *specs, "</p>"])

    assert without_times(report(0.1, 2.5)) == without_times(report(0.3, 2.25))
    assert without_times(report(0.1)).count('"values": []') == 2
    assert '"values": [1]' in without_times(report(0.1))
    with pytest.raises(ValueError, match="0 lists of times, expected 2"):
        without_times("<p>otherwise</p>")
