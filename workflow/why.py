"""Say in a line a rule what would run and because of what: `python workflow/why.py --config scale=smoke -- [TARGET]`.

Snakemake plans as for `snakemake --dry-run` with the same arguments; then its jobs are asked for their reasons.
"""

import ast
import io
import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from snakemake import cli
from snakemake.dag import DAG
from snakemake.jobs import Job
from snakemake.persistence import PersistenceBase
from snakemake.workflow import Workflow

CAUSES = 3  # that are named for a rule
PLAN = "data/plan/"  # whose files are named after their content
CODE = Path("data/.snakemake/code")  # which files a digest of code stands for; common.smk writes them


def causes(dag: DAG, job: Job) -> Iterator[str]:
    """Why a job would run on its own account, in words short enough for a line."""
    reason, persistence = dag.reason(job), dag.workflow.persistence
    if reason.forced:  # an unfinished job is so, too
        unfinished = persistence._filter_incomplete_keys(job.output)
        yield "was interrupted" if unfinished else "asked for"
    if reason.missing_output:
        yield "not made yet"
        return
    known = set().union(*(persistence.input(file) or [] for file in job.output))
    if changed := sorted(known & set(reason.updated_input - reason.updated_input_run)):
        yield f"{_first(changed)} changed"
    # Snakemake does not look into jobs that run anyway because of others.
    if any(persistence.input_changed(job)):
        new = sorted(set(job.input) - known)
        if any(file.startswith(PLAN) for file in new):
            yield "its part of the plan changed"
        else:
            yield f"{_first(new)} is new" if new else "it reads fewer files"
    if persistence.params_changed(job):
        yield from settings(persistence, job)
    if reason.software_stack_changed:
        yield "its environment changed"


def settings(persistence: PersistenceBase, job: Job) -> Iterator[str]:
    """Which of a job's parameters changed, and which files where its code did."""
    recorded = next((params for file in job.output if (params := persistence.params(file))), [])
    now = persistence._params(job)
    old = [_value(text) for text in recorded if text not in now]
    new = [_value(text) for text in now if text not in recorded]
    for before in old:
        for after in new:
            if code := _code(before, after):
                yield code
            elif isinstance(before, dict) and isinstance(after, dict) and before.keys() & after.keys():
                yield from _entries(before, after)
            elif type(before) is type(after) and not isinstance(before, dict | str):
                yield f"{_short(before)} is now {_short(after)}"


def _value(text: str) -> object:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    if isinstance(value, list) and value and all(isinstance(one, dict) and "name" in one for one in value):
        return {one["name"]: one for one in value}  # the files of a data set
    return value


def _code(before: object, after: object) -> str | None:
    """Which files changed between two digests of code, as far as both are known."""
    if not all(isinstance(each, str) and len(each) == 64 for each in (before, after)):
        return None
    files = [CODE / f"{each}.json" for each in (before, after)]
    if not all(file.exists() for file in files):
        return "its code changed"
    old, new = (json.loads(file.read_text(encoding="utf-8")) for file in files)
    changed = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    return f"{_first(changed)} changed"


def _first(names: list[str]) -> str:
    return names[0] + (f" and {len(names) - 1} more" if names[1:] else "")


def _entries(before: dict, after: dict, place: str = "") -> Iterator[str]:
    """Keys of two nested dicts whose values differ; of a file that it did."""
    if before.get("sha256") != after.get("sha256"):
        yield f"{after.get('name', before.get('name'))} changed"
        return
    for key in [*before, *(after.keys() - before.keys())]:
        old, new = before.get(key), after.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            yield from _entries(old, new, f"{place}{key}.")
        elif old != new:
            yield f"{place}{key} is {_short(new)}, was {_short(old)}"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 24 else f"{text[:21]}..."


def tell(dag: DAG) -> None:
    """Print a line for each rule whose jobs would run, in the order of the work."""
    jobs: Counter[str] = Counter()
    said: dict[str, Counter[str]] = {}
    origins: dict[Job, set[str]] = {}  # rules in which what makes a job run began
    for level in dag.toposorted():
        for job in sorted((job for job in level if dag.needrun(job) and job.output), key=str):
            own = list(causes(dag, job))
            before = set().union(*(origins.get(other, set()) for other in dag.dependencies[job]))
            origins[job] = {job.rule.name} if own else before
            jobs[job.rule.name] += 1
            said.setdefault(job.rule.name, Counter()).update(own or [f"follows {', '.join(sorted(before))}"])
    for rule, count in jobs.items():
        named = said[rule].most_common(CAUSES)
        words = [text if number == count else f"{text} ({number})" for text, number in named]
        more = len(said[rule]) - CAUSES
        print(f"{rule:<16}{count:>6}  {'; '.join(words)}" + (f"; {more} more" if more > 0 else ""))
    if not jobs:
        print("Nothing would run.")


def main(arguments: list[str]) -> None:
    build, output, plan = Workflow._build_dag, sys.stdout, io.StringIO()

    def build_and_tell(workflow: Workflow) -> None:
        build(workflow)
        with redirect_stdout(output):
            tell(workflow.dag)
        sys.exit()

    Workflow._build_dag = build_and_tell
    try:
        # What Snakemake says on its way is of interest only where it ends there.
        with redirect_stdout(plan), redirect_stderr(plan):
            cli.main(["--dry-run", "--quiet", "all", "--cores", "1", *arguments])
    except SystemExit as end:
        if end.code:
            lines = [line for line in plan.getvalue().splitlines() if line and not line.startswith("Using ")]
            print("\n".join(lines[-2:]), file=sys.stderr)
            raise


if __name__ == "__main__":
    main(sys.argv[1:])
