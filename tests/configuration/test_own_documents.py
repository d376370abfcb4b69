"""As docs/own-data.md says: a user's annotated documents are a data set of `scitext` by one YAML file."""

import json
import re
from pathlib import Path

import pytest

from retort.configuration import load
from retort.datasets import annotated_documents, rejects, splits
from retort.plan import Plan
from tests import own_data

KIND = "annotated documents"
# As the page says: those that learn relations and clusters.
GUESTS = "study.scitext.guests.variants=[random, general, science]"
METHODS = ("parser", "tagger", "ranker", "chunker")
TASKS = ("parsing", "tagging", "ranking", "chunking", "reading")


def abstracts() -> str:
    """40 documents as JSON lines, then three that cannot be used."""
    lines = []
    for number in range(40):
        method, task = METHODS[number % len(METHODS)], TASKS[number % len(TASKS)]
        # The second sentence begins with word 8.
        sentences = [
            ["We", "present", "a", f"neural{number % 7}", method, "for", task, "."],
            ["The", method, "is", "good", "at", task, "."],
        ]
        lines.append(
            {
                "id": f"mine-{number}",
                "sentences": sentences,
                "entities": [[3, 5, "Method"], [6, 7, "Task"], [9, 10, "Method"], [13, 14, "Task"]],
                "relations": [[3, 5, 6, 7, "USED-FOR"]],
                "clusters": [[[3, 5], [9, 10]], [[6, 7], [13, 14]]],
            }
        )
    across, outside, again = (json.loads(json.dumps(lines[number])) for number in range(3))
    across |= {"id": "across", "entities": [[6, 9, "Task"]]}
    outside |= {"id": "outside", "relations": [[3, 5, 15, 16, "USED-FOR"]]}
    return "".join(json.dumps(line) + "\n" for line in [*lines, across, outside, again])


@pytest.fixture
def own(edited) -> Path:
    """The configuration with the section's block; the folder of its file."""
    own_data.add(KIND, abstracts(), edited, edited.parent)
    return edited.parent


def test_ten_lines_of_yaml_join_the_study(edited, own):
    assert len(own_data.block(KIND).strip().splitlines()) == 10
    config = load(edited)
    guests = config["study"]["scitext"]["guests"]
    assert config["study"]["scitext"]["grid"][-1] == {
        "name": "my_abstracts",
        "title": "My abstracts",
        "dataset": "my_abstracts",
        **guests,
    }
    runs = [run for run in Plan(config).runs("scitext") if run.dataset == "my_abstracts"]
    assert {run.variant for run in runs} == set(guests["variants"])
    assert {run.settings["target"] for run in runs} == {"entities"}
    # Those that borrow an encoder, and the one that all are compared with.
    assert any(run.inputs.uses for run in runs)
    assert config["study"]["scitext"]["baseline"] in guests["variants"]


@pytest.mark.parametrize("target", ["relations", "coreference"])
def test_its_relations_and_clusters_are_learned_where_that_is_asked_for(edited, own, target):
    overrides = [f"study.scitext.guests.split={target}", GUESTS]
    config = load(edited, overrides=overrides)
    runs = [run for run in Plan(config).runs("scitext") if run.dataset == "my_abstracts"]
    assert {run.settings["target"] for run in runs} == {target}
    told = " ".join(own_data.section(KIND).split())
    assert f'"study.scitext.guests.split=relations", "{GUESTS}"' in told


def test_weights_of_others_are_one_more_system(edited, own):
    (written,) = re.findall(r"OVERRIDES='(\[\"\+.*?\])'", " ".join(own_data.section(KIND).split()))
    config = load(edited, scale="full", overrides=json.loads(written))
    (settings,) = {
        json.dumps(run.settings["encoder"])
        for run in Plan(config).runs("scitext")
        if (run.dataset, run.variant) == ("my_abstracts", "deberta")
    }
    encoder = json.loads(settings)
    assert (encoder["kind"], encoder["folder"]) == ("local", "/models/deberta-base")


def test_bad_documents_are_named_by_line_and_span(edited, own):
    dataset = load(edited)["dataset"]["my_abstracts"]
    prepared = annotated_documents.read(own, dataset["settings"])
    assert prepared.rows["id"].to_list() == [f"mine-{number}" for number in range(40)]
    listed = rejects.spreadsheet(prepared, dataset["settings"]).rows()
    assert [(file, row) for file, row, *_ in listed] == [("abstracts.jsonl", line) for line in (41, 42, 43)]
    said = {row: f"{value}: {reason}" for _, row, value, reason in listed}
    assert "[6, 9]" in said[41]
    assert "begins in sentence 0 and ends in sentence 1" in said[41]
    assert "[15, 16]" in said[42]
    assert "expected 0 <= start < end <= 15" in said[42]
    assert "another document has this id" in said[43]
    parts = splits.split(prepared.rows, dataset["splits"]["entities"], 0)
    assert set(parts["part"]) == {"train", "valid", "test"}


def test_the_document_of_the_page_is_sound(tmp_path):
    (tmp_path / "one.jsonl").write_text(own_data.block(KIND, "json"))
    prepared = annotated_documents.read(tmp_path, {"file": "one.jsonl"})
    assert len(prepared.rejects) == 0
    assert prepared.rows["entities"].to_list() == [[{"start": 2, "end": 3, "type": "Material"}]]
