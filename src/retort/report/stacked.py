"""Wide tables: columns that do not fit beside each other continue below, with a header of their own."""

from collections.abc import Mapping, Sequence

from retort.report.tables import Column

PAIR = r"r@{\,}l"  # a number and its interval


def stacked(
    first: str,
    labels: Sequence[str],
    groups: Sequence[Mapping[str, Sequence[str]]],
    *,
    rules: Sequence[int] = (),
    across: int = 5,
) -> tuple[list[Column], list[int]]:
    """Columns for `tables.tabular`, and the rows above which it should leave space.

    Args:
        first: header above the labels.
        labels: of the rows, LaTeX.
        groups: column header (LaTeX) to its cells, each of them a number and an interval with `&` between. Columns
            of two groups never stand in one line.
        rules: rows above which there is a little space.
        across: most columns beside each other.

    Raises:
        ValueError: a column is not as long as the labels.
    """
    for group in groups:
        for header, cells in group.items():
            if len(cells) != len(labels):
                raise ValueError(f"column {header!r} has {len(cells)} cells for {len(labels)} labels.")
    lines = [line for group in groups for line in _evenly(list(group.items()), across)]
    if not lines or not labels:
        return [Column(first, ["not run at this scale"])], []
    width = max(map(len, lines))
    names: list[str] = []
    columns: list[list[str]] = [[] for _ in range(width)]
    spaces = []
    for number, line in enumerate(lines):
        filled = line + [("", [" & "] * len(labels))] * (width - len(line))
        if number:
            names.append(rf"\midrule {first}")
            for column, (header, _) in zip(columns, filled, strict=True):
                column.append(rf"\multicolumn{{2}}{{c}}{{{header}}}")
        start = len(names)
        names += [(r"\midrule " if number else "") + labels[0], *labels[1:]]
        spaces += [start + row for row in rules if row]
        for column, (_, cells) in zip(columns, filled, strict=True):
            column += cells
    headers = [header for header, _ in lines[0]] + [""] * (width - len(lines[0]))
    pairs = zip(headers, columns, strict=True)
    return [Column(first, names), *(Column(header, cells, PAIR, 2) for header, cells in pairs)], spaces


def _evenly(columns: list, most: int) -> list[list]:
    """Columns in as few lines as hold them, which are about equally long."""
    lines = -(-len(columns) // most)
    length = max(1, -(-len(columns) // max(1, lines)))
    return [columns[start : start + length] for start in range(0, len(columns), length)]
