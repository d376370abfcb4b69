"""What is timed, on documents that take no time."""

from dataclasses import replace

import numpy as np
import pytest

from retort.studies.scitext.benchmark import SCHEMA, measure
from tests.studies.scitext.judged import corpus, run
from tests.studies.scitext.small_view import ENCODER, TRAINING, view

SPANS = {
    "widest": 8,
    "width_embedding": 4,
    "hidden": 16,
    "layers": 2,
    "dropout": 0.1,
    "relation_share": 0.5,
    "keep_annotated": False,
    "coreference_share": 0.3,
    "antecedents": 10,
    "propagation": 1,
}


def test_every_optimiser_is_timed(tmp_path):
    inputs = replace(corpus(tmp_path), features={"word_pieces": view(tmp_path / "view")})
    one = run(tmp_path, inputs, "science", 0)
    settings = one.settings | {"encoder": ENCODER, "spans": SPANS, "training": TRAINING}
    table = measure([replace(one, settings=settings)])
    assert dict(table.schema) == SCHEMA
    found = dict(table.select("quantity", "value").iter_rows())
    assert list(found) == [
        "documents extracted",
        *(f"step of {name}" for name in ("Adam", "AdamW", "AdamP", "RAdam")),
        "AdamP over AdamW, ln",
    ]
    assert all(value > 0 for name, value in found.items() if not name.endswith("ln"))
    assert found["AdamP over AdamW, ln"] == pytest.approx(
        np.log(found["step of AdamP"] / found["step of AdamW"])
    )
    # As many as train has, and as a step of training reads.
    assert table["n"].to_list() == [6, *[TRAINING["batch"]] * 5]


def test_nothing_is_timed_without_an_extractor(tmp_path):
    relations = run(tmp_path, corpus(tmp_path), "science", 0, "relations")
    assert measure([relations]).is_empty()
