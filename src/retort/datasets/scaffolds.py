"""Splits by scaffold, as the field makes them.

`deterministic` is DeepChem's `ScaffoldSplitter`, MolCLR's and that of Hu et al.: scaffolds in the order of their size,
the largest first, fill train, then valid, then test. `balanced` is chemprop's and GROVER's: scaffolds that are larger
than half a part go first, the others in random order. Molecules without rings share the scaffold '', one large group.
"""

import hashlib
from collections.abc import Callable, Sequence


def deterministic(
    groups: Sequence[str], train: float, valid: float
) -> tuple[list[int], list[int], list[int]]:
    """Rows of train, valid and test, each in the order in which the published code adds them.

    Args:
        groups: the scaffold of each of N rows.
        train, valid: shares of the rows; a part takes a whole group as long as it then holds no more.

    Of equally large groups that with the later first row comes first, as in the published code.
    """
    members = _members(groups)
    # By size, then by first row, both descending.
    order = sorted(members.values(), key=lambda rows: (len(rows), rows[0]), reverse=True)
    first, second = train * len(groups), (train + valid) * len(groups)
    return _fill(order, lambda train, valid, more: (train + more <= first, train + valid + more <= second))


def balanced(
    groups: Sequence[str], train: float, valid: float, seed: str
) -> tuple[list[int], list[int], list[int]]:
    """Rows of train, valid and test; groups larger than half of valid or of test go first, into train.

    Args:
        seed: draws the order of the large groups and that of the small ones, by the names of the groups.
    """
    members = _members(groups)
    drawn = {name: hashlib.sha256(f"{seed}:{name}".encode()).hexdigest() for name in members}
    small = min(valid, 1 - train - valid) * len(groups) / 2
    order = sorted(members, key=lambda name: (len(members[name]) <= small, drawn[name]))
    # Large groups may not fit train any more; they are then tried in the other parts, as in the published code. There
    # valid has its own share, whereas above it may also take what train has left.
    first, second = train * len(groups), valid * len(groups)
    return _fill(
        [members[name] for name in order],
        lambda train, valid, more: (train + more <= first, valid + more <= second),
    )


def _members(groups: Sequence[str]) -> dict[str, list[int]]:
    members: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        members.setdefault(group, []).append(row)
    return members


def _fill(
    order: list[list[int]], room: Callable[[int, int, int], tuple[bool, bool]]
) -> tuple[list[int], list[int], list[int]]:
    """Each group to the first part with room for it: `room(rows of train, of valid, of the group)`."""
    train: list[int] = []
    valid: list[int] = []
    test: list[int] = []
    for rows in order:
        in_train, in_valid = room(len(train), len(valid), len(rows))
        if in_train:
            train += rows
        elif in_valid:
            valid += rows
        else:
            test += rows
    return train, valid, test
