"""From a target to ranked precursor sets: copy the nearest known material, keep what fits, complete the rest.

Pure functions over arrays, without a loop over targets. Who is near (`similarity`) and what completes (`scores`)
are arguments, so that every combination of the two can be compared. Sets of elements are bit masks.

Sets are rows of precursor indices, ascending, filled up with `NONE` (see `data`). `owner` says for each row of a
batch to which target it belongs.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from retort.studies.precursors.data import FREE, NEUTRAL, NONE, Archive, Known, ascending

# scores(owner (n,), chosen (n, W)) -> (n, P): how much each precursor is wanted beside the chosen ones.
Scores = Callable[[np.ndarray, np.ndarray], np.ndarray]
# How many neighbours to look at before looking at more, for the targets that still lack proposals.
HORIZONS = (32, 256, 3000)
# Targets of one pass: small enough for the cache, large enough that the loop over passes costs nothing.
BLOCK = 128

# The constants of `combine`. They were chosen on the validation part; the optimum is flat.
SHARPNESS = 8.0  # of logits before a softmax: the circle loss keeps them between 0 and 1
TEMPERATURE = 0.02  # of a neighbour's vote, in units of cosine
TRUST = 0.5  # weight of the neighbours' log support beside the elements' log share
FLOOR = 1e-4  # support of a set that no neighbour suggests
SURPLUS = 3.0  # log cost of a member that supplies nothing
UNHEARD_OF = -30.0  # log share of a source outside the vocabulary


@dataclass(frozen=True)
class Shelf:
    """What the precursors can do for a batch of targets.

    Attributes:
        fits: (A, P) the precursor brings nothing foreign to the target (C, H, N and O are never foreign).
        needed: (A, M) elements of the target that need a source (all but O and H).
        supplies: (P + 1, M) elements of a precursor; the last row, which the index `NONE` meets, is empty.
        has: (E, P) as booleans, one row per element.
        elements: E, the number of elements behind the M words of 64 bits.
    """

    fits: np.ndarray
    needed: np.ndarray
    supplies: np.ndarray
    has: np.ndarray
    elements: int

    @classmethod
    def of(cls, archive: Archive, targets: np.ndarray) -> "Shelf":
        inside = archive.target_fractions[targets] > 0  # (A, E)
        supplied = archive.precursor_fractions > 0  # (P, E)
        neutral = np.isin(archive.elements, NEUTRAL)
        foreign = (~inside).astype(np.float32) @ (supplied & ~neutral).T.astype(np.float32)  # (A, P)
        nothing = np.zeros((1, supplied.shape[1]), bool)
        return cls(
            fits=foreign == 0,
            needed=pack(inside & ~np.isin(archive.elements, FREE)),
            supplies=pack(np.concatenate([supplied, nothing])),
            has=supplied.T,
            elements=len(archive.elements),
        )

    def missing(self, owner: np.ndarray, sets: np.ndarray) -> np.ndarray:
        """(n, E) elements of the targets that the sets (n, W) do not supply."""
        supplied = np.bitwise_or.reduce(self.supplies[sets], axis=1)  # (n, M)
        return unpack(self.needed[owner] & ~supplied, self.elements)


def pack(members: np.ndarray) -> np.ndarray:
    """Booleans (n, E) to bit masks (n, M) in words of 64 bits."""
    padded = np.pad(members, ((0, 0), (0, -members.shape[1] % 64)))
    return np.packbits(padded, axis=1).view(np.uint64)


def unpack(masks: np.ndarray, elements: int) -> np.ndarray:
    """Bit masks (n, M) to booleans (n, E)."""
    return np.unpackbits(np.ascontiguousarray(masks).view(np.uint8), axis=1, count=elements).view(bool)


def complete(
    shelf: Shelf, owner: np.ndarray, sets: np.ndarray, scores: Scores, *, again: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Add the best-scored fitting precursor for each element that is missing, in the order of the elements.

    Args:
        sets: (n, W).
        again: score anew after each addition; the paper scores once.

    Returns:
        Completed sets (n, W') and whether each supplies its target (n,).
    """
    possible = np.ones(len(owner), bool)
    sets, open_rows = sets.copy(), np.arange(len(owner))
    wanted: np.ndarray | None = None
    while (missing := shelf.missing(owner[open_rows], sets[open_rows])).any():
        lacking = missing.any(axis=1)
        open_rows, missing = open_rows[lacking], missing[lacking]
        wanted = scores(owner[open_rows], sets[open_rows]) if wanted is None or again else wanted[lacking]
        element = missing.argmax(axis=1)
        value = np.where(shelf.has[element] & shelf.fits[owner[open_rows]], wanted, -np.inf)
        best = value.argmax(axis=1)
        found = value[np.arange(len(best)), best] > -np.inf
        possible[open_rows[~found]] = False
        open_rows, wanted = open_rows[found], wanted[found]
        sets = widen(sets, sets.shape[1] + 1)
        sets[open_rows, -1] = best[found]
    return trim(ascending(sets)), possible


def propose(
    shelf: Shelf,
    known: Known,
    similarity: np.ndarray,
    scores: Scores,
    *,
    limit: int,
    first: np.ndarray | None = None,
    again: bool = False,
    neighbours: int = HORIZONS[-1],
) -> "Proposals":
    """Walk the known targets by falling similarity and propose what they were made from.

    Of each reported set, what fits the target is kept. If that supplies the target's elements it is proposed,
    otherwise it is completed first; what cannot be completed is passed over, repeats are skipped.

    Args:
        shelf: for A targets.
        similarity: (A, K) with `known.targets`.
        scores: the completer.
        limit: proposals per target.
        first: (A, W) sets to propose before all others, unchecked, or None.
        again: see `complete`.
        neighbours: how many known targets to look at.
    """
    count = len(similarity)
    blocks = []
    for start in range(0, count, BLOCK):
        rows = np.arange(start, min(start + BLOCK, count))
        found = Proposals.empty(known.sets.shape[1])
        if first is not None:
            blank = np.zeros(len(rows))
            found = Proposals(rows, first[rows], np.full(len(rows), COMMON), np.full(len(rows), NONE), blank)
        seen = 0
        for horizon in [*(h for h in HORIZONS if h < neighbours), neighbours]:
            horizon = min(horizon, len(known.targets))
            if seen == horizon or not rows.size:
                break
            near = nearest(similarity[rows], horizon)[:, seen:]
            copied, _ = _copy(shelf, known, similarity, rows, near, scores, again=again)
            found = found.then(copied).ranked(limit)
            enough = np.bincount(found.owner, minlength=count) >= limit
            rows, seen = rows[~enough[rows]], horizon
        blocks.append(found)
    return Proposals.concatenate(blocks)


def nearest(similarity: np.ndarray, count: int) -> np.ndarray:
    """(A, count) columns of the largest values, falling; equal values in the order of their columns."""
    if count < similarity.shape[1]:
        columns = np.sort(np.argpartition(-similarity, count - 1, axis=1)[:, :count], axis=1)
    else:
        columns = np.broadcast_to(np.arange(similarity.shape[1]), similarity.shape)
    order = np.argsort(-np.take_along_axis(similarity, columns, axis=1), axis=1, kind="stable")
    return np.take_along_axis(columns, order, axis=1)


def _copy(
    shelf: Shelf,
    known: Known,
    similarity: np.ndarray,
    targets: np.ndarray,
    near: np.ndarray,
    scores: Scores,
    *,
    again: bool = False,
) -> "tuple[Proposals, np.ndarray]":
    """The distinct proposals from the neighbours `near` (a, h) of `targets` (a,), in the order of the walk.

    Returns:
        The proposals and the support of each (n,): of every reaction that leads to it, `vote(similarity)`.
    """
    rows, place = expand(known.start[near.ravel()], known.start[near.ravel() + 1])
    owner = np.repeat(targets, near.shape[1])[place]
    neighbour = near.ravel()[place]
    sets = known.sets[rows]
    fits = shelf.fits[owner[:, None], np.maximum(sets, 0)]
    kept = ascending(np.where(fits, sets, NONE))
    once, group = distinct(owner, kept)
    support = np.bincount(group, known.count[rows] * vote(similarity[owner, neighbour]), minlength=len(once))
    owner, neighbour, kept = owner[once], neighbour[once], kept[once]
    lacking = shelf.missing(owner, kept).any(axis=1)
    completed, possible = complete(shelf, owner[lacking], kept[lacking], scores, again=again)
    final = widen(kept, max(completed.shape[1], kept.shape[1]))
    final[lacking] = widen(completed, final.shape[1])
    good = np.ones(len(owner), bool)
    good[lacking] = possible
    origin = np.where(lacking, COMPLETED, RETRIEVED)
    found = Proposals(owner, final, origin, known.targets[neighbour], similarity[owner, neighbour])
    return found.of(good), support[good]


def vote(similarity: np.ndarray) -> np.ndarray:
    """How much a reaction of a known target counts, from 1 at the same vector down to nothing."""
    return np.exp((similarity.astype(float) - 1) / TEMPERATURE)


def combine(
    shelf: Shelf,
    known: Known,
    similarity: np.ndarray,
    scores: Scores,
    wanted: np.ndarray,
    *,
    limit: int,
    neighbours: int = 200,
) -> "Proposals":
    """Rank what the neighbours suggest and what the elements suggest together (not in He et al.).

    Candidates are the copied and completed sets of all `neighbours`, and the sets composed without any. A
    candidate's score is the log of its share (`log_share`) plus half the log of its support: the votes of all
    neighbouring reactions that lead to it, not of the nearest alone. The constants were chosen on validation.

    Args:
        similarity: (A, K), cosines.
        scores: the completer.
        wanted: (A, P) sharpened logits of the bare targets.
    """
    blocks = []
    for start in range(0, len(similarity), BLOCK):
        rows = np.arange(start, min(start + BLOCK, len(similarity)))
        near = nearest(similarity[rows], min(neighbours, len(known.targets)))
        copied, support = _copy(shelf, known, similarity, rows, near, scores)
        composed, _ = compose(shelf, rows, wanted[rows], limit=2 * limit)
        pool = copied.then(composed)
        once, group = distinct(pool.owner, pool.sets)
        support = np.bincount(group, np.append(support, np.zeros(len(composed.owner))), minlength=len(once))
        pool = pool.of(once)
        value = log_share(shelf, rows, pool.owner - start, pool.sets, wanted[rows])
        value += TRUST * np.log(support + FLOOR)
        blocks.append(pool.of(np.lexsort((-value, pool.owner))).ranked(limit))
    return Proposals.concatenate(blocks)


def log_share(
    shelf: Shelf, targets: np.ndarray, owner: np.ndarray, sets: np.ndarray, wanted: np.ndarray
) -> np.ndarray:
    """How likely the elements alone make each set: the sum, over the elements that need a source, of the log of
    the largest share that a member has among all fitting precursors with that element.

    A member that is nobody's largest costs `SURPLUS`.

    Args:
        targets: (A,) rows of `shelf`.
        owner: (n,) rows of `targets`.
        sets: (n, W).
        wanted: (A, P) log-scale.

    Returns:
        (n,)
    """
    value = np.where(shelf.fits[targets], wanted, -np.inf).astype(float)  # (A, P)
    value -= np.maximum(value.max(axis=1, keepdims=True), -1e30)
    total = np.exp(value) @ shelf.has.T  # (A, E) over all fitting precursors with the element
    needed = unpack(shelf.needed[targets], shelf.elements)[owner]  # (n, E)
    contains = np.append(shelf.has.T, np.zeros((1, shelf.elements), bool), axis=0)[sets]  # (n, W, E)
    member = np.where(sets == NONE, -np.inf, value[owner[:, None], sets])  # (n, W)
    best = np.where(contains, member[:, :, None], -np.inf)  # (n, W, E)
    which = best.argmax(axis=1)  # (n, E)
    log_shares = best.max(axis=1) - np.log(np.maximum(total, 1e-300))[owner]
    useful = ((which[:, None] == np.arange(sets.shape[1])[:, None]) & needed[:, None]).any(axis=2)  # (n, W)
    surplus = ((sets != NONE) & ~useful).sum(axis=1)
    # A source outside the vocabulary has no share at all; it is very unlikely, not impossible.
    return np.where(needed, np.maximum(log_shares, UNHEARD_OF), 0).sum(axis=1) - SURPLUS * surplus


def compose(
    shelf: Shelf, owner: np.ndarray, scores: np.ndarray, *, limit: int, choices: int = 6
) -> tuple["Proposals", np.ndarray]:
    """Sets without any neighbour: one source per missing element, ranked by the product of their shares.

    A beam over the elements in their order. The share of a precursor is exp(score) divided by that of all
    fitting precursors with the element; an element that an earlier choice supplied costs nothing.

    Args:
        owner: (A,) rows of `shelf`.
        scores: (A, P) log-scale; -inf excludes.
        choices: sources tried per element and beam.

    Returns:
        The proposals and the log of the product of each (n,).
    """
    blocks = [
        _compose(shelf, owner[i : i + BLOCK], scores[i : i + BLOCK], limit, choices)
        for i in range(0, len(owner), BLOCK)
    ]
    return Proposals.concatenate([found for found, _ in blocks]), np.concatenate([log for _, log in blocks])


def _compose(
    shelf: Shelf, owner: np.ndarray, scores: np.ndarray, limit: int, choices: int
) -> "tuple[Proposals, np.ndarray]":
    count, beams = len(owner), 2 * limit
    needed = shelf.missing(owner, np.full((count, 1), NONE))  # (A, E)
    steps = needed.sum(axis=1)
    order = np.argsort(~needed, axis=1, kind="stable")
    sets = np.full((count, 1, 1), NONE)  # (A, B, W)
    total = np.zeros((count, 1))  # (A, B)
    for step in range(steps.max(initial=0)):
        element = order[:, step]
        running = step < steps
        allowed = shelf.has[element] & shelf.fits[owner]
        value = np.where(allowed, scores, -np.inf)
        top = nearest(value, min(choices, value.shape[1]))  # (A, C)
        share = np.take_along_axis(value, top, axis=1)
        peak = np.maximum(share[:, :1], -1e30)
        share = share - peak - np.log(np.maximum(np.exp(value - peak).sum(axis=1, keepdims=True), 1e-30))
        # One more choice, "nothing", for beams that have the element already and for targets that are done.
        flat = sets.reshape(-1, sets.shape[2])
        lacks = shelf.missing(np.repeat(owner, sets.shape[1]), flat)
        lacks = lacks[np.arange(len(flat)), np.repeat(element, sets.shape[1])].reshape(sets.shape[:2])
        lacks &= running[:, None]
        branch = np.concatenate(
            [
                np.where(lacks[:, :, None], share[:, None], -np.inf),
                np.where(lacks, -np.inf, 0)[:, :, None],
            ],
            axis=2,
        )  # (A, B, C + 1)
        grown = (total[:, :, None] + branch).reshape(count, -1)
        keep = nearest(grown, min(beams, grown.shape[1]))
        parent, choice = np.divmod(keep, branch.shape[2])
        added = np.take_along_axis(np.pad(top, ((0, 0), (0, 1)), constant_values=NONE), choice, axis=1)
        sets = np.concatenate(
            [np.take_along_axis(sets, parent[:, :, None], axis=1), added[:, :, None]], axis=2
        )
        total = np.take_along_axis(grown, keep, axis=1)
    real = np.isfinite(total) & (steps > 0)[:, None]
    rows, _ = np.nonzero(real)
    found = ascending(sets[real])
    index, _ = distinct(owner[rows], found)
    index = index[_rank(owner[rows][index]) < limit]
    blank = np.full(len(index), NONE)
    proposals = Proposals(
        owner[rows][index], found[index], np.full(len(index), COMPOSED), blank, np.zeros(len(index))
    )
    return proposals, total[real][index]


def common_sets(shelf: Shelf, owner: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(A, W) the most used precursor of each element that needs a source, whether it fits or not.

    Args:
        weight: (P,) how often each precursor is used.
    """
    usable = np.where(shelf.has & (weight > 0), weight, -1.0)  # (E, P)
    # An element that no reaction has ever supplied gets no source.
    favourite = np.where(usable.max(axis=1) > 0, usable.argmax(axis=1), NONE)  # (E,)
    needed = shelf.missing(owner, np.full((len(owner), 1), NONE))
    chosen = ascending(np.where(needed, favourite, NONE))
    repeated = np.zeros_like(chosen, bool)
    repeated[:, 1:] = chosen[:, 1:] == chosen[:, :-1]
    chosen = ascending(np.where(repeated, NONE, chosen))
    return trim(chosen)


COMMON, RETRIEVED, COMPLETED, COMPOSED = range(4)
ORIGINS = ("common", "retrieved", "completed", "composed")


@dataclass(frozen=True)
class Proposals:
    """n proposed sets in the order of their rank within each target.

    Attributes:
        owner: (n,) row of the target in its batch.
        sets: (n, W).
        origin: (n,) index into `ORIGINS`.
        reference: (n,) known target that the set was copied from, or `NONE`.
        similarity: (n,) of that target, 0 without one.
    """

    owner: np.ndarray
    sets: np.ndarray
    origin: np.ndarray
    reference: np.ndarray
    similarity: np.ndarray

    @classmethod
    def empty(cls, width: int) -> "Proposals":
        none = np.zeros(0, int)
        return cls(none, np.zeros((0, width), int), none, none, np.zeros(0))

    def of(self, rows: np.ndarray) -> "Proposals":
        """The proposals of a mask or of indices, in that order."""
        return Proposals(
            self.owner[rows],
            self.sets[rows],
            self.origin[rows],
            self.reference[rows],
            self.similarity[rows],
        )

    @classmethod
    def concatenate(cls, parts: list["Proposals"]) -> "Proposals":
        """All proposals, one part after the other."""
        width = max(part.sets.shape[1] for part in parts)
        return cls(
            np.concatenate([part.owner for part in parts]),
            np.concatenate([widen(part.sets, width) for part in parts]),
            np.concatenate([part.origin for part in parts]),
            np.concatenate([part.reference for part in parts]),
            np.concatenate([part.similarity for part in parts]),
        )

    def then(self, other: "Proposals") -> "Proposals":
        """These, followed by those."""
        return Proposals.concatenate([self, other])

    def ranked(self, limit: int) -> "Proposals":
        """Sorted by target, repeats removed, at most `limit` each; the order within a target stays."""
        once = self.of(distinct(self.owner, self.sets)[0])
        once = once.of(np.argsort(once.owner, kind="stable"))
        return once.of(_rank(once.owner) < limit)

    @property
    def rank(self) -> np.ndarray:
        """(n,) 1 for a target's first proposal; the rows must be sorted by target."""
        return _rank(self.owner) + 1


def _rank(owner: np.ndarray) -> np.ndarray:
    """Position of each row within its run of equal owners."""
    fresh = np.flatnonzero(np.diff(owner, prepend=-1))
    return np.arange(len(owner)) - np.repeat(fresh, np.diff(np.append(fresh, len(owner))))


def distinct(owner: np.ndarray, sets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Indices, ascending, of the first occurrence of each (owner, set), and each row's place among them."""
    rows = np.column_stack([owner, sets + 1])
    bases = rows.max(axis=0, initial=0) + 1
    if np.log2(bases.astype(float)).sum() < 62:
        # A row as one number in mixed radix: sorting numbers is several times faster than sorting rows.
        radix = np.append(np.cumprod(bases[:0:-1])[::-1], 1)
        _, index, group = np.unique(rows @ radix, return_index=True, return_inverse=True)
    else:
        _, index, group = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(index)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return index[order], place[group.ravel()]


def widen(sets: np.ndarray, width: int) -> np.ndarray:
    """Fill up rows to `width` with `NONE`; narrower is not possible."""
    return np.pad(sets, ((0, 0), (0, width - sets.shape[1])), constant_values=NONE)


def trim(sets: np.ndarray) -> np.ndarray:
    """Cut off the columns that no row uses; rows must be ascending."""
    return sets[:, : max(1, (sets != NONE).sum(axis=1).max(initial=0))]


def expand(start: np.ndarray, stop: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All integers of the ranges `start[i]..stop[i]`, one range after the other, and each one's i."""
    length = stop - start
    place = np.repeat(np.arange(len(length)), length)
    before = np.cumsum(length) - length
    return start[place] + np.arange(len(place)) - before[place], place
