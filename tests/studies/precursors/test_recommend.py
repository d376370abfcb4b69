"""Proposals worked out by hand, and what must hold for any."""

import math

import numpy as np
import pytest

from retort.studies.precursors import recommend
from retort.studies.precursors.data import NONE, Archive
from retort.studies.precursors.methods import common_scores, log_usage
from retort.studies.precursors.recommend import ORIGINS, Shelf

from . import shelf_of_five

ORDER = ["LiCoO2", "LiMn2O4", "Li2MnO3", "NaCoO2", "NaMnO2"]


@pytest.fixture
def archive() -> Archive:
    return shelf_of_five.archive()


def asked(archive: Archive, formula: str) -> Shelf:
    return Shelf.of(archive, np.array([archive.targets.index(formula)]))


def walk(archive: Archive, formula: str, *, common_first: bool, limit: int = 10, scores=None, **options):
    shelf = asked(archive, formula)
    first = recommend.common_sets(shelf, np.arange(1), archive.precursor_weight) if common_first else None
    scores = scores or common_scores(log_usage(archive))
    near = shelf_of_five.similarity(archive, ORDER)
    return recommend.propose(shelf, archive.known, near, scores, limit=limit, first=first, **options)


def test_copies_and_completes_in_the_order_of_similarity(archive):
    found = walk(archive, "LiCoMnO4", common_first=True)
    # Li2CO3 + Co3O4 of LiCoO2 is completed to the common set, which stands already.
    assert shelf_of_five.named(archive, found) == [
        {"Li2CO3", "Co3O4", "MnO2"},
        {"LiOH", "CoO", "MnO2"},
        {"LiOH", "Co3O4", "MnO2"},
    ]
    assert [ORIGINS[origin] for origin in found.origin] == ["common", "completed", "completed"]
    assert [archive.targets[row] for row in found.reference[1:]] == ["LiCoO2", "LiMn2O4"]
    assert found.reference[0] == NONE
    np.testing.assert_allclose(found.similarity, [0, 0.9, 0.8])
    assert found.rank.tolist() == [1, 2, 3]


def test_a_set_that_suffices_is_copied_as_it_is(archive):
    found = walk(archive, "Li3CoO3", common_first=False)
    assert shelf_of_five.named(archive, found) == [{"Li2CO3", "Co3O4"}, {"LiOH", "CoO"}, {"LiOH", "Co3O4"}]
    assert [ORIGINS[origin] for origin in found.origin] == ["retrieved", "retrieved", "completed"]


def test_limit_and_horizon(archive, monkeypatch):
    assert len(walk(archive, "Li3CoO3", common_first=False, limit=2).owner) == 2
    only_the_nearest = walk(archive, "LiCoMnO4", common_first=False, neighbours=1)
    assert shelf_of_five.named(archive, only_the_nearest) == [
        {"Li2CO3", "Co3O4", "MnO2"},
        {"LiOH", "CoO", "MnO2"},
    ]
    whole = walk(archive, "LiCoMnO4", common_first=True)
    monkeypatch.setattr(recommend, "HORIZONS", (1, 2, 5))
    in_steps = walk(archive, "LiCoMnO4", common_first=True)
    assert in_steps.sets.tolist() == whole.sets.tolist()


def test_nothing_is_proposed_for_an_element_without_a_source(archive):
    # TiCl4 is the only precursor with Ti, and chlorine is foreign to TiO2.
    assert not len(walk(archive, "TiO2", common_first=False).owner)


def test_the_common_set_has_no_member_for_an_element_that_training_never_supplies(archive):
    # TiCl4, the only source of Ti, occurs in the test part alone.
    for formula, expected in (("TiO2", set()), ("LiCoMnO4", {"Li2CO3", "Co3O4", "MnO2"})):
        chosen = recommend.common_sets(asked(archive, formula), np.arange(1), archive.precursor_weight)
        assert {archive.precursors[p] for p in chosen[0] if p != NONE} == expected


def test_completion_can_be_asked_again_after_each_addition(archive):
    place = {name: index for index, name in enumerate(archive.precursors)}

    def contrary(owner, chosen):
        scores = np.zeros((len(owner), len(place)), np.float32)
        scores[:, place["Co3O4"]] = 1
        # LiOH is wanted beside CoO or Co3O4, Li2CO3 otherwise.
        beside = np.isin(chosen, [place["CoO"], place["Co3O4"]]).any(axis=1)
        scores[:, place["LiOH"]], scores[:, place["Li2CO3"]] = beside, 0.5
        return scores

    shelf = asked(archive, "LiCoMnO4")
    start = np.array([[place["MnO2"]]])
    for again, lithium in ((False, "Li2CO3"), (True, "LiOH")):
        sets, possible = recommend.complete(shelf, np.zeros(1, int), start, contrary, again=again)
        assert possible.all()
        # Elements are visited in the order of the archive: Co before Li.
        assert {archive.precursors[p] for p in sets[0] if p >= 0} == {"MnO2", "Co3O4", lithium}


def test_composition_ranks_by_the_product_of_shares(archive):
    shelf = asked(archive, "Li3CoO3")
    usage = log_usage(archive)
    found, log = recommend.compose(shelf, np.zeros(1, int), usage[None], limit=10)
    assert shelf_of_five.named(archive, found) == [
        {"Li2CO3", "Co3O4"},  # 3/5 * 3/4
        {"LiOH", "Co3O4"},  # 2/5 * 3/4
        {"Li2CO3", "CoO"},  # 3/5 * 1/4
        {"LiOH", "CoO"},  # 2/5 * 1/4
    ]
    np.testing.assert_allclose(np.exp(log), [0.45, 0.3, 0.15, 0.1], rtol=1e-5)
    ours = recommend.log_share(shelf, np.zeros(1, int), found.owner, found.sets, usage[None])
    np.testing.assert_allclose(np.exp(ours), [0.45, 0.3, 0.15, 0.1], rtol=1e-5)


def test_a_useless_member_costs_a_fixed_amount(archive):
    shelf = asked(archive, "Li3CoO3")
    place = archive.precursors.index
    sets = np.array([[place("Co3O4"), place("CoO"), place("Li2CO3")]])
    value = recommend.log_share(shelf, np.zeros(1, int), np.zeros(1, int), sets, log_usage(archive)[None])
    assert value[0] == pytest.approx(math.log(0.45) - recommend.SURPLUS, rel=1e-5)


def test_combined_ranking_against_plain_python(archive):
    shelf = asked(archive, "LiCoMnO4")
    usage = log_usage(archive)
    near = shelf_of_five.similarity(archive, ORDER)
    found = recommend.combine(
        shelf, archive.known, near, common_scores(usage), usage[None], limit=10, neighbours=3
    )
    votes = {ORDER[i]: math.exp((0.9 - 0.1 * i - 1) / recommend.TEMPERATURE) for i in range(3)}
    support = {  # what each reaction of the three nearest leads to, see the walk above
        frozenset({"Li2CO3", "Co3O4", "MnO2"}): 2 * votes["LiCoO2"] + votes["Li2MnO3"],
        frozenset({"LiOH", "CoO", "MnO2"}): votes["LiCoO2"],
        frozenset({"LiOH", "Co3O4", "MnO2"}): votes["LiMn2O4"],
    }
    share = {"Li2CO3": 3 / 5, "LiOH": 2 / 5, "Co3O4": 3 / 4, "CoO": 1 / 4, "MnO2": 1}
    candidates = [frozenset({li, co, "MnO2"}) for li in ("Li2CO3", "LiOH") for co in ("Co3O4", "CoO")]
    value = {
        members: sum(math.log(share[name]) for name in members)
        + recommend.TRUST * math.log(support.get(members, 0) + recommend.FLOOR)
        for members in candidates
    }
    assert shelf_of_five.named(archive, found) == sorted(candidates, key=value.get, reverse=True)


def test_a_set_that_more_reactions_report_has_more_support(archive):
    shelf = asked(archive, "Li3CoO3")
    everything_alike = np.zeros((1, len(archive.precursors)), np.float32)
    found = recommend.combine(
        shelf,
        archive.known,
        shelf_of_five.similarity(archive, ORDER),
        common_scores(log_usage(archive)),
        everything_alike,
        limit=10,
        neighbours=1,
    )
    # Every source has the same share, so only support is left: two reactions of LiCoO2 against one, then none.
    assert shelf_of_five.named(archive, found)[:2] == [{"Li2CO3", "Co3O4"}, {"LiOH", "CoO"}]
    _, support = recommend._copy(
        shelf,
        archive.known,
        shelf_of_five.similarity(archive, ORDER),
        np.zeros(1, int),
        recommend.nearest(shelf_of_five.similarity(archive, ORDER), 1),
        common_scores(log_usage(archive)),
    )
    np.testing.assert_allclose(support, [2 * np.exp(-0.1 / 0.02), np.exp(-0.1 / 0.02)])


def random_archive(seed: int) -> Archive:
    generator = np.random.default_rng(seed)
    elements = np.array(["C", "H", "N", "O", *(f"M{i}" for i in range(70))])  # more than one word of bits
    supplied = np.zeros((150, len(elements)), bool)
    supplied[np.arange(150), 4 + np.arange(150) % 70] = True
    supplied |= (generator.random(supplied.shape) < 0.2) & np.isin(elements, ["C", "H", "N", "O"])
    supplied[100:] |= generator.random((50, len(elements))) < 0.02
    targets = generator.random((60, len(elements))) < 0.05
    targets[:, 4] = targets[:, 3] = True
    sets = np.sort(np.argsort(generator.random((200, 150)), axis=1)[:, :4], axis=1)
    return Archive(
        elements=tuple(elements),
        targets=[f"t{i:02d}" for i in range(60)],
        formulas=[f"t{i:02d}" for i in range(60)],
        precursors=[f"p{i:03d}" for i in range(150)],
        target_fractions=(targets / targets.sum(axis=1, keepdims=True)).astype(np.float32),
        precursor_fractions=(supplied / supplied.sum(axis=1, keepdims=True)).astype(np.float32),
        ids=[f"r{i}" for i in range(200)],
        part=np.where(np.arange(200) % 60 < 40, "train", "test"),
        target=np.arange(200) % 60,
        sets=sets,
        weight=np.ones(200),
    )


@pytest.mark.parametrize("seed", [0, 1])
def test_every_checked_proposal_brings_all_elements_and_none_that_is_foreign(seed):
    archive = random_archive(seed)
    targets = archive.targets_of("test")
    generator = np.random.default_rng(seed)
    shelf = Shelf.of(archive, targets)
    near = generator.random((len(targets), len(archive.known.targets)))
    wanted = generator.normal(size=(len(targets), 150)).astype(np.float32)

    def scores(owner, chosen):
        return wanted[owner]

    methods = {
        "walk": recommend.propose(shelf, archive.known, near, scores, limit=10),
        "again": recommend.propose(shelf, archive.known, near, scores, limit=10, again=True),
        "composed": recommend.compose(shelf, np.arange(len(targets)), wanted, limit=10)[0],
        "combined": recommend.combine(shelf, archive.known, near, scores, wanted, limit=10),
    }
    elements = np.array(archive.elements)
    for name, found in methods.items():
        assert len(found.owner) > 50, name
        seen = set()
        for owner, members in zip(found.owner.tolist(), found.sets.tolist(), strict=True):
            target = set(elements[archive.target_fractions[targets[owner]] > 0])
            chosen = [set(elements[archive.precursor_fractions[p] > 0]) for p in members if p >= 0]
            assert target - {"O", "H"} <= set().union(*chosen), name
            assert set().union(*chosen) <= target | {"C", "H", "O", "N"}, name
            key = owner, frozenset(members)
            assert key not in seen, f"{name}: a set is proposed twice"
            seen.add(key)
        assert found.rank.max() <= 10


def test_distinct_finds_the_first_of_each_row_on_both_its_paths():
    generator = np.random.default_rng(0)
    owner = generator.integers(0, 3, 400)
    for width in (3, 40):  # narrow rows fit into one number, wide ones do not
        sets = np.repeat(generator.integers(-1, 3, (400, 2)), [1, width - 1], axis=1)
        first, group = recommend.distinct(owner, sets)
        rows = [(o, *s) for o, s in zip(owner.tolist(), sets.tolist(), strict=True)]
        order = list(dict.fromkeys(rows))
        assert [rows[i] for i in first] == order
        assert [order[g] for g in group] == rows


def test_nearest_breaks_ties_by_position():
    values = np.array([[0.1, 0.5, 0.5, 0.9], [0.2, 0.2, 0.2, 0.1]])
    assert recommend.nearest(values, 4).tolist() == [[3, 1, 2, 0], [0, 1, 2, 3]]
    assert recommend.nearest(values, 2)[0].tolist() == [3, 1]


def test_known_sets_stand_by_falling_count(archive):
    known = archive.known
    cobaltate = known.targets.tolist().index(archive.targets.index("LiCoO2"))
    rows = slice(*known.start[cobaltate : cobaltate + 2])
    assert known.count[rows].tolist() == [2, 1]
    assert [archive.targets[target] for target in known.targets] == sorted(shelf_of_five.KNOWN)


def test_vocabulary_is_ordered_by_use(archive):
    names = [archive.precursors[p] for p in archive.vocabulary(2)]
    assert names == ["Co3O4", "Li2CO3", "MnO2", "LiOH", "Na2CO3"]
    with pytest.raises(ValueError, match="Hint"):
        archive.vocabulary(4)
