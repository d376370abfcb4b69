"""What the Makefile asks before it starts anything: `python workflow/make.py help|check TARGET|targets TARGET`.

Standard library only, as it runs before the set-up too. Settings come as environment variables of the Makefile's names.
"""

import ast
import difflib
import os
import re
import sys
from collections.abc import Collection
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ("SCALE", "CORES", "FROM", "NAME", "STUDY", "OVERRIDES", "PYTHON")
# A data set of the project's that a command has models for; the others answer for data sets of the user's own.
EXAMPLES = {"property": "bbbp"}
# Every program of src/scripts draws one figure or writes one table.
DRAWS = "figure_arguments"


def names(folder: str, suffix: str) -> list[str]:
    """The files of a folder with this suffix, without it."""
    return sorted(path.stem for path in (ROOT / folder).glob(f"*{suffix}"))


def programs() -> tuple[list[str], list[str]]:
    """The figures and the tables by name."""
    drawn: dict[bool, list[str]] = {True: [], False: []}
    for name in names("src/scripts", ".py"):
        text = (ROOT / f"src/scripts/{name}.py").read_text(encoding="utf-8")
        drawn[DRAWS in text].append(name)
    return drawn[True], drawn[False]


def records() -> dict[str, list[str]]:
    """The studies that have a record, by scale."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "data/record").glob("*/*/sha256.json")):
        found.setdefault(path.parent.parent.name, []).append(path.parent.name)
    return found


def models() -> dict[str, dict]:
    """What the commands of `retort` answer with, by name: the `MODELS` of each study's use.py, and the study."""
    found = {}
    for path in sorted((ROOT / "src/retort/studies").glob("*/use.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MODELS":
                each = ast.literal_eval(node.value)
                found |= {name: {"study": path.parent.name, **block} for name, block in each.items()}
    return found


def check_model(name: str) -> None:
    """Refuse a name for which `make model` makes nothing: a command's, or that and a data set, `property/bbbp`."""
    known, (command, _, dataset) = models(), name.partition("/")
    if "place" in known.get(name, {}):
        return
    choose("NAME", command, sorted(known))
    if "split" not in known[command]:
        own = ", ".join(each for each in known if each.partition("/")[0] == command)
        refuse(f"NAME={name}: {command} has no such model. Hint: NAME is one of {own}")
    if not dataset:
        own = "" if command in EXAMPLES else ", one of your own: docs/own-data.md"
        refuse(f"NAME={name}: of which data set? Hint: NAME={example(command)}{own}")
    choose("NAME", name, [f"{command}/{each}" for each in names("workflow/config/dataset", ".yaml")])


def example(command: str) -> str:
    """A name for `make model` of a command that answers for one data set at a time."""
    return f"{command}/{EXAMPLES.get(command, '<data set>')}"


def refuse(message: str) -> None:
    """End with one line and exit status 2."""
    print(message, file=sys.stderr)
    sys.exit(2)


def choose(setting: str, value: str, allowed: Collection[str]) -> None:
    """Refuse a value that is none of the allowed ones, with the nearest of them."""
    if value in allowed:
        return
    near = difflib.get_close_matches(value, list(allowed), n=1, cutoff=0.5)
    listed = ", ".join(allowed) if len(allowed) <= 12 else f"one of {len(allowed)} names"
    said = f"did you mean {near[0]}?" if near else "make help lists them."
    refuse(f"{setting}={value}: expected {listed or 'nothing, as there is none'}. Hint: {said}")


def check(target: str) -> None:
    """Refuse, in one line, settings with which nothing could start."""
    # What was written behind `make`, as make hands it on; a misspelt setting would count for nothing.
    for given in re.findall(r"(?<!\\)\s(\w+)=", os.environ.get("MAKEFLAGS", "").partition("--")[2]):
        near = difflib.get_close_matches(given.upper(), SETTINGS, n=1, cutoff=0.6)
        if given not in SETTINGS and near:
            refuse(f"{given}=: no setting of this Makefile. Hint: did you mean {near[0]}=?")
    scale, cores, source, name, study = (os.environ.get(key, "") for key in SETTINGS[:5])
    studies, recorded = names("workflow/config/study", ".yaml"), records()
    if not re.fullmatch("[1-9][0-9]*", cores):
        refuse(
            f"CORES={cores}: expected a number of processes, at least 1. Hint: leave it out for all cores."
        )
    choose("SCALE", scale, names("workflow/config/scale", ".yaml"))
    choose("FROM", source, ["run", "record", *(["here"] if target == "verify" else [])])
    if study:
        choose("STUDY", study, studies)
    # Elsewhere NAME may be anything: some systems set it.
    if target == "figure":
        choose("NAME", name, [each for kind in programs() for each in kind])
    if target == "model":
        check_model(name)
    if source == "record" or target in ("verify", "plan", "costs", "models", "machine"):
        hint = f"make record SCALE={scale}{f' STUDY={study}' if study else ''} makes it."
        if scale not in recorded:
            kept = ", ".join(recorded) or "none"
            refuse(f"data/record/{scale}: no record of this scale; scales with one: {kept}. Hint: {hint}")
        if study and study not in recorded[scale]:
            refuse(f"data/record/{scale}/{study}: no record of this study. Hint: {hint}")


def targets(target: str) -> list[str]:
    """What Snakemake is asked for; nothing for the paper."""
    scale, name, study = (os.environ.get(key, "") for key in ("SCALE", "NAME", "STUDY"))
    if target == "plan":
        return [f"data/results/{each}/places.parquet" for each in records().get(scale, [])]
    figures, tables = programs()
    if name in [*figures, *tables] and target in ("figure", "why"):
        return [f"src/tex/figures/{name}.pdf" if name in figures else f"src/tex/tables/{name}.tex"]
    if target == "results" and study:
        measured = [f"data/results/{study}/measured/{table}.parquet" for table in ("costs", "timings")]
        return [f"{study}_results", *measured]
    return ["results", "measurements"] if target == "results" else [study] if study else []


def show_help() -> None:
    """The targets of the Makefile, its settings with their values, and every figure and table by name."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target, text in re.findall(r"^([a-z]+):[^#\n]*## (.*)$", makefile, re.MULTILINE):
        print(f"  make {target:<11}{text}")
    recorded = records()
    scales = [
        scale + (f" (record of {', '.join(recorded[scale])})" if scale in recorded else "")
        for scale in names("workflow/config/scale", ".yaml")
    ]
    figures, tables = programs()
    answering = [name if "place" in block else example(name) for name, block in models().items()]
    print("Settings:")
    print(f"  SCALE=      {'; '.join(scales)}")
    print(f"  STUDY=      {', '.join(names('workflow/config/study', '.yaml'))}")
    print("  FROM=       run, record\n  CORES=      how many processes at once")
    print("  OVERRIDES=  '[\"study.precursors.run.training.steps=60\"]', keys of workflow/config")
    print(f"  NAME=       of a figure or table, as below; of a model, {', '.join(answering)}")
    print("Figures:", *figures, sep="\n  ")
    print("Tables:", *tables, sep="\n  ")


if __name__ == "__main__":
    if sys.argv[1] == "help":
        show_help()
    elif sys.argv[1] == "check":
        check(sys.argv[2])
    else:
        print(*targets(sys.argv[2]))
