"""How `retort trace` says what is known of a number, a table or a figure: lines of text."""

import re
from collections.abc import Iterator, Mapping

MOST = 12  # numbers, cells or groups of rows that are told in full
MOST_RUNS = 6
# Whether a table of results is still the one that was read.
STATES = {True: "", False: " (changed since)", None: " (gone)"}


def digits(text: str) -> str:
    """A number as people type it: no thin spaces, no mathematics, a plain minus."""
    return text.replace("$", "").replace("\\,", "").replace("\u2212", "-").replace(" ", "").rstrip("%")


def called(told: Mapping) -> str:
    """What a number is called: its macro, or where in a table it stands."""
    if "name" in told:
        return f"\\{told['name']}"
    return f"{told['in']}, {told['row']}" + (f", {told['column']}" if told["column"] else "")


def line(told: Mapping) -> str:
    """A number in one line."""
    cells = "; ".join(f"{cell['file']} {cell['column']} ({words(cell['row'])})" for cell in told["cells"][:1])
    more = f" and {len(told['cells']) - 1} more cells" if len(told["cells"]) > 1 else ""
    return f"{called(told)}  {digits(told['text'])}  {cells or 'a count of rows'}{more}"


def words(row: Mapping) -> str:
    """What names a row: where, which system, held against which, and the rest."""
    first = [key for key in ("study", "dataset", "split", "variant", "against") if key in row]
    return ", ".join(f"{key} {row[key]}" for key in (*first, *(key for key in row if key not in first)))


def lines(told: Mapping) -> Iterator[str]:
    """A number with all that is known of it."""
    yield f"{called(told)}  prints {digits(told['text'])}"
    if not told["cells"]:
        yield "from      a count of what the table shows; no single cell of the results"
    else:
        yield f"value     {told['value']:.17g}" + (", computed from all of these" if told["computed"] else "")
    for cell in told["cells"][:MOST]:
        yield f"from      {cell['file']}, column {cell['column']}{STATES[cell['unchanged']]}"
        yield f"row       {words(cell['row'])}"
        yield f"made by   {cell['made by']}; sha256 {cell['sha256'][:16]}"
    if len(told["cells"]) > MOST:
        yield f"          and {len(told['cells']) - MOST} more cells"
    yield f"printed by {told['rule']}, at scale {told['scale']}, commit {told['commit'][:10]}"
    yield from run_lines(told["runs"])


def run_lines(runs: Mapping[str, Mapping]) -> Iterator[str]:
    """The runs behind a number, those of all seeds in one line, with the checksums of what they read."""
    groups: dict[str, list[str]] = {}
    for name in runs:
        groups.setdefault(name.rpartition("/")[0], []).append(name)
    for folder, names in list(groups.items())[:MOST_RUNS]:
        seeds = ", ".join(sorted((re.sub(r".*seed", "", name) for name in names), key=int))
        facts = runs[names[0]]
        hashes = ", ".join(f"{key} {facts[key][:10]}" for key in ("prepared", "split", "settings", "code"))
        yield f"runs      {folder}, seeds {seeds}"
        commits = ", ".join(dict.fromkeys(runs[name]["commit"][:10] for name in names))
        yield f"          inputs: {hashes}; commit {commits}"
    if len(groups) > MOST_RUNS:
        yield f"          and {sum(map(len, list(groups.values())[MOST_RUNS:]))} more runs (--json has all)"


def program_line(told: Mapping) -> str:
    """A figure in one line: from which tables it draws rows that are meant."""
    tables = ", ".join(sorted({group["file"] for group in told["drawn"]}))
    return f"{told['name']}  {told['kind']} that draws of {tables}"


def program_lines(told: Mapping) -> Iterator[str]:
    """A whole figure or table: its program, what that reads, and of a figure the rows that it draws and their runs."""
    yield (
        f"{told['name']}  {told['kind']}, drawn by {told['program']} (rule {told['rule']}), "
        f"at scale {told['scale']}, commit {told['commit'][:10]}"
    )
    for read in told["reads"]:
        state = STATES[read["unchanged"]]
        yield f"reads     {read['file']}, made by {read['made by']}; sha256 {read['sha256'][:16]}{state}"
    for group in told["drawn"][:MOST]:
        yield f"draws     {group['file']}, {', '.join(group['columns'])}, rows {shortened(group['rows'])}"
        if group["row"]:
            yield f"          {words(group['row'])}"
    if len(told["drawn"]) > MOST:
        yield f"          and {len(told['drawn']) - MOST} more (a variant as a further word chooses; --json has all)"
    yield from run_lines(told["runs"])


def shortened(rows: str) -> str:
    """Numbers of rows; of many ranges the first ones."""
    parts = rows.split(", ")
    return rows if len(parts) <= MOST else ", ".join([*parts[:MOST], ".."])
