"""A finished span model reads texts of the user's as it read its own documents, and odd ones too."""

import pytest
import torch

from retort.runs import RunInputs
from retort.sealed import write_tensors
from retort.studies.scitext.data import Document
from retort.studies.scitext.extractor import predict
from retort.studies.scitext.finetune import noted
from retort.studies.scitext.span_models import restored
from tests.studies.scitext.documents import three
from tests.studies.scitext.small_extractor import settings, small


@pytest.fixture
def finished(tmp_path):
    """A run of a model of random weights: the model and its reader, and what reads as it does."""
    torch.manual_seed(0)
    model, reader = small(tmp_path / "word_pieces")
    write_tensors(model.state_dict(), tmp_path / "model.safetensors")
    record = {"settings": settings(), "facts": noted(model, reader, [])}
    inputs = RunInputs(tmp_path, tmp_path, {"word_pieces": tmp_path / "word_pieces"})
    return model.eval(), reader, restored(tmp_path, record, inputs)


def test_it_says_what_the_run_said(finished):
    model, reader, read = finished
    said = read(three())
    assert said == predict(model, reader, three())
    assert any(one.entities for one in said)
    # A text is read alone as among others.
    alone = [read([document])[0] for document in three()]
    for one, other in zip(said, alone, strict=True):
        assert [each[:3] for each in one.entities] == [each[:3] for each in other.entities]
        assert [each[:5] for each in one.relations] == [each[:5] for each in other.relations]
        assert one.clusters == other.clusters


@pytest.mark.parametrize(
    "sentences",
    [
        [["word"]],
        [["."], ["we", "parse", "."]],
        [["long" * 40, "model"], ["we", "parse", "."]],  # one word has more pieces than are read
        [["we", "parse", "."], ["long" * 40]],
        [["a", "model"] * 60],
    ],
)
def test_odd_texts_are_read(finished, sentences):
    document = Document("odd", sentences)
    (said,) = finished[2]([document])
    words = len(document.words)
    assert all(0 <= one.start < one.end <= words for one in said.entities)
