"""Table: how much the spelling of a molecule gives away: models of strings, by which string they read."""

import sys

from retort.files import write_whole
from retort.report.protocols import AUC, STRICT, measure, middle, title
from retort.report.results import Results, present, table_arguments
from retort.report.tables import Column, escape, tabular

# System: (group, what it reads).
COLUMNS = {
    "ngram-raw": ("n-grams", "as in the file"),
    "ngram-canonical": ("n-grams", "canonical"),
    "ngram": ("n-grams", "standardised"),
    "smiles-raw": ("transformer", "as in the file"),
    "smiles": ("transformer", "standardised"),
    "forest": ("forest", "standardised"),
}
DETECTOR = "ngram-raw"
SPLITS = ("scaffold", STRICT)


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "molecules", argv)
    scores = results.scores.filter(part="test")
    names = detected(results)
    places = {name: results.at(scores, name) for name in names}
    have = {system for rows in places.values() for system in present(COLUMNS, rows)}
    titles, splits = [], []
    for name, rows in places.items():
        titles.append(f"{escape(title(results, name))} ({escape(measure(rows).label)})")
        splits.append(escape(results.block(name)[1]))
    columns = [Column("Set", titles or ["not run at this scale"]), Column("Split", splits or [""])]
    for system, (group, reads) in COLUMNS.items():
        if system not in have:
            continue
        cells = []
        for rows in places.values():
            how = measure(rows)
            value, low, high = middle(rows.filter(variant=system, metric=how.metric)["value"])
            cells.append(f"{how.number(value)} & {how.interval(low, high)}")
        columns.append(Column(rf"\shortstack{{{group},\\{reads}}}", cells, r"r@{\,}l", 2))
    notes = ["Trimean over seeds, with its interval where there are three."] if names else []
    write_whole(output, tabular(columns, source="src/scripts/molecules_leak.py", notes=notes))


def detected(results: Results) -> list[str]:
    """One block for each data set on which the detector read raw strings: the published protocol before ours."""
    rows = results.scores.filter(variant=DETECTOR, part="test")
    scored = set(rows.select("dataset", "split").iter_rows())
    found: dict[str, str] = {}
    for split in SPLITS:
        for name, block in results.blocks.items():
            if block["split"] == split and (block["dataset"], split) in scored:
                found.setdefault(block["dataset"], name)
    order = list(results.blocks)
    by_metric = {
        name: measure(results.at(results.scores, name)).metric != AUC.metric for name in found.values()
    }
    return sorted(found.values(), key=lambda name: (by_metric[name], order.index(name)))


if __name__ == "__main__":
    main(sys.argv[1:])
