"""The corpus as windows: every piece once an epoch, an end after each document, and nothing but the step counts."""

import numpy as np
import pytest

from retort.studies.scitext.pieces import END, Pieces
from retort.studies.scitext.windows import Windows, in_order

LENGTHS = [3, 5, 2, 6]
CORPUS = Pieces(
    np.arange(10, 26, dtype=np.int32),
    np.cumsum([0, *LENGTHS]),
    np.array(list("abcd")),
    np.array(["science"] * 4),
)


def test_documents_are_joined_with_an_end_after_each():
    stream, owner = CORPUS.joined(np.array([2, 0]))
    assert stream.tolist() == [18, 19, END, 10, 11, 12, END]
    assert owner.tolist() == [2, 2, 2, 0, 0, 0, 0]
    assert [each.tolist() for each in CORPUS.joined(np.array([], dtype=int))] == [[], []]


def test_an_epoch_has_every_piece_once():
    windows = Windows(CORPUS, np.arange(4), 5, 2, [0])  # 16 pieces and 4 ends fill four windows
    assert windows.count == 4
    epochs = [np.concatenate([windows(2 * epoch), windows(2 * epoch + 1)]) for epoch in range(3)]
    for epoch in epochs:
        assert sorted(epoch.ravel()) == sorted([*range(10, 26), *[END] * 4])
    assert not (epochs[0] == epochs[1]).all()


def test_a_step_is_the_same_whatever_was_asked_before():
    steps = [Windows(CORPUS, np.arange(4), 5, 3, [7])(step).tolist() for step in range(5)]
    again = Windows(CORPUS, np.arange(4), 5, 3, [7])
    assert [again(step).tolist() for step in (4, 0, 2, 1, 3)] == [steps[step] for step in (4, 0, 2, 1, 3)]
    assert steps[0] != Windows(CORPUS, np.arange(4), 5, 3, [8])(0).tolist()


def test_measuring_takes_them_in_order_and_fills_up():
    found, owner = in_order(CORPUS, np.array([0, 1]), 4)
    assert found.tolist() == [[10, 11, 12, END], [13, 14, 15, 16], [17, END, 10, 11]]
    assert owner.tolist() == [[0] * 4, [1] * 4, [1, 1, -1, -1]]


def test_too_few_pieces():
    with pytest.raises(ValueError, match="Hint"):
        Windows(CORPUS, np.array([0]), 5, 2, [0])
