"""Coreference against the worked examples of the literature and by what must hold of any clusters."""

import numpy as np
import pytest

from retort.statistics.coreference import b_cubed, ceaf_e, muc, scores

# Bagga and Baldwin (1998): twelve mentions, and two responses that MUC cannot tell apart.
KEY = ["12345", "67", "89ABC"]
JOINS_SMALL, JOINS_LARGE = ["12345", "6789ABC"], ["1234589ABC", "67"]
# Pradhan et al., "Scoring coreference partitions of predicted mentions", ACL 2014: mentions h and i are not in the key.
PARTITION, FOUND = ["abc", "defg"], ["ab", "cd", "fghi"]


def shares(counted):
    return counted.precise / counted.response, counted.recalled / counted.key


@pytest.mark.parametrize(
    ("response", "muc_precision", "b3_precision"),
    [(JOINS_SMALL, 9 / 10, (5 + 4 / 7 + 25 / 7) / 12), (JOINS_LARGE, 9 / 10, 7 / 12)],
)
def test_the_textbook_example(response, muc_precision, b3_precision):
    assert shares(muc(KEY, response)) == pytest.approx((muc_precision, 1))
    assert shares(b_cubed(KEY, response)) == pytest.approx((b3_precision, 1))


def test_the_example_with_mentions_of_one_side():
    assert muc(PARTITION, FOUND) == pytest.approx((2, 5, 2, 5))
    assert b_cubed(PARTITION, FOUND) == pytest.approx((35 / 12, 7, 4, 8))
    assert ceaf_e(PARTITION, FOUND) == pytest.approx((1.3, 2, 1.3, 3))
    found = scores([PARTITION], [FOUND])
    f1 = {name: float(score.f1.value) for name, score in found.items()}
    b3, ceafe = 2 * (35 / 84) * 0.5 / (35 / 84 + 0.5), 2 * 0.65 * (1.3 / 3) / (0.65 + 1.3 / 3)
    assert f1 == pytest.approx({"muc": 0.4, "b3": b3, "ceafe": ceafe, "conll": (0.4 + b3 + ceafe) / 3})


def test_clusters_are_matched_one_to_one_for_the_largest_sum():
    key, response = ["abcd", "ef"], ["abcdef", "ab"]
    # abcd-abcdef 8/10 is the best pair, but leaves ef-ab with 0; abcd-ab 4/6 and ef-abcdef 4/8 are more together.
    assert ceaf_e(key, response).recalled == pytest.approx(4 / 6 + 4 / 8)


def test_sides_change_places():
    for measure in (muc, b_cubed, ceaf_e):
        forth, back = measure(PARTITION, FOUND), measure(FOUND, PARTITION)
        assert forth[:2] == pytest.approx(back[2:])
        assert forth[2:] == pytest.approx(back[:2])


def test_what_is_right_is_one_and_what_is_missing_zero():
    perfect, nothing = scores([KEY, PARTITION], [KEY, PARTITION]), scores([KEY], [[]])
    assert {float(each.value) for score in perfect.values() for each in score} == {1.0}
    assert {float(each.value) for score in nothing.values() for each in score} == {0.0}
    # A document without clusters adds nothing to either side.
    beside = scores([PARTITION, []], [FOUND, []])
    assert float(beside["conll"].f1.value) == pytest.approx(
        float(scores([PARTITION], [FOUND])["conll"].f1.value)
    )


def test_a_mention_that_stands_twice_counts_once():
    assert b_cubed(["aab"], ["ab"]) == b_cubed(["ab"], ["ab"])
    assert muc(["aab"], ["ab"]) == muc(["ab"], ["ab"])


def test_documents_are_summed_and_their_pseudo_values_average_to_the_score():
    found = scores([KEY, PARTITION], [JOINS_SMALL, FOUND])
    assert float(found["muc"].precision.value) == pytest.approx((9 + 2) / (10 + 5))
    for score in found.values():
        for estimate in score:
            assert estimate.pseudo_values.shape == (2,)
            assert estimate.pseudo_values.mean() == pytest.approx(float(estimate.value))
            assert np.ptp(estimate.influence) > 0


def test_both_sides_need_the_same_documents():
    with pytest.raises(ValueError, match="same documents"):
        scores([KEY], [])
