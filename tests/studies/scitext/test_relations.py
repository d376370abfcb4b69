"""Relations: the class of every pair, and which pairs there are."""

import torch

from retort.studies.scitext.relations import ScoredPairs, classes
from tests.studies.scitext.documents import three
from tests.studies.scitext.small_extractor import read, small


def test_every_pair_of_kept_spans_of_a_sentence_is_scored_once(tmp_path):
    model, reader = small(tmp_path)
    batch = read(reader, three())
    found = model(batch).relations
    pairs = list(zip(found.head.tolist(), found.tail.tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    assert all(batch.sentence[head] == batch.sentence[tail] for head, tail in pairs)
    # ceil(words / 2) spans of each sentence, by all of them, itself included.
    assert len(pairs) == sum(((len(text) + 1) // 2) ** 2 for each in three() for text in each.sentences)
    assert (found.scores[:, 0] == 0).all()


def test_annotated_relations_are_not_pruned_while_it_learns(tmp_path):
    model, reader = small(tmp_path, spans={"keep_annotated": True, "relation_share": 0.3})
    batch = read(reader, three())
    wanted = {(head, tail) for head, tail, _ in batch.relations.tolist()}

    def scored() -> set[tuple[int, int]]:
        found = model(batch).relations
        return set(zip(found.head.tolist(), found.tail.tolist(), strict=True))

    assert wanted <= scored()
    sizes = len(scored())
    # When it is asked, its own scores decide, and as many are kept.
    model.eval()
    assert not wanted <= scored()
    assert len(scored()) == sizes


def test_the_class_of_a_pair(tmp_path):
    _, reader = small(tmp_path)
    batch = read(reader, three())
    # The relations of the first document and the narrow one of the second.
    assert sorted(batch.relations[:, 2].tolist()) == [1, 2, 2, 2]
    head, tail, _ = batch.relations.unbind(dim=1)
    pairs = ScoredPairs(torch.cat([head, tail, head]), torch.cat([tail, head, head]), torch.zeros(12, 3))
    expected = torch.cat([batch.relations[:, 2], torch.zeros(8, dtype=torch.long)])
    assert torch.equal(classes(pairs, batch), expected)
    nothing = read(reader, three()[2:])
    assert classes(ScoredPairs(head[:2], tail[:2], torch.zeros(2, 3)), nothing).tolist() == [0, 0]
