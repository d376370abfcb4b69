# The configuration of the rules, the plan that follows from it, and what starts with a build. No rule stands here.
import functools
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

# Not workflow.basedir: showyourwork includes this project from a Snakefile of its own.
ROOT = Path(str(workflow.current_basedir)).parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "workflow")]
# In every job `python` is the one that runs Snakemake, activated or not, and `retort` is this checkout's.
os.environ.update(
    PATH=os.pathsep.join(
        [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    ),
    PYTHONPATH=str(ROOT / "src"),
)

from retort import provenance
from retort.configuration import ConfigurationError, load_once
from retort.files import sha256, write_whole
from retort.plan import Plan, named_after_content
from retort.record import FOLDERS, TABLES, unrecorded
from retort.recorded_claims import STANDARD
from retort.release.origin import origin
from retort.report.captions import captions, restructured
from alone import alone, state
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger


def refuse(message):
    """End with one line and exit status 2: what Snakemake says of an exception in a rule file helps nobody."""
    print(message.replace(f"{ROOT}/", ""), file=sys.stderr)
    sys.exit(2)


try:
    CONFIG = load_once(
        ROOT / "workflow/config",
        scale=config.get("scale", "smoke"),
        overrides=(
            [given] if isinstance(given := config.get("overrides", []), str) else given
        ),
        cache=ROOT / ".snakemake/retort",
    )
except ConfigurationError as error:
    refuse(str(error))

# Snakemake's scheduler writes to TMPDIR. Where that is full or missing, the folder that Python finds usable serves.
TEMPORARY = tempfile.gettempdir()
given = os.environ.get("TMPDIR", TEMPORARY)
if os.path.abspath(given) != TEMPORARY:
    if workflow.is_main_process:
        logger.warning(
            f"TMPDIR={given} is full or cannot be written to; {TEMPORARY} serves in its place."
        )
    os.environ.update(TMPDIR=TEMPORARY)

SCALE = CONFIG["scale"]
# `showyourwork build` includes this project after its own rules, with many settings of its own in `config`.
SHOWYOURWORK = any(rule.name == "syw__main" for rule in workflow.rules)
unknown = set(config) - {"scale", "from", "overrides"}
if unknown and not SHOWYOURWORK:
    refuse(
        f"command line: --config {', '.join(sorted(unknown))}: expected scale, from or overrides. "
        'Hint: other settings are overrides=["key=value"].'
    )
FROM = config.get("from", "run")
if FROM not in ("run", "record"):
    refuse(
        f"command line: from={FROM!r}, expected run or record. Hint: FROM=record renders without training."
    )


# The templates of Snakemake's report see the configuration, and no job is started with this one.
if any(given.startswith("--report") for given in sys.argv):
    config["captions"] = {
        label: restructured(text) for label, text in captions(ROOT / "src/tex").items()
    }

# How the lock was when this build was planned.
LOCK = state(ROOT)


# Before the first job, in the process that starts them all.
onstart:
    alone(ROOT, LOCK)
    if not SHOWYOURWORK:  # whose Snakemake is another
        import unchanged

        unchanged.spare(workflow.dag)
    if workflow.local_exec:
        # Snakemake 9.27 looks for jobs n times a second after n jobs: every look starts a timer, every timer causes a
        # look. On this machine no rate of submissions needs to be kept.
        workflow.scheduler.job_rate_limiter = None
        if not SHOWYOURWORK:
            import warm

            warm.install(workflow, ROOT)
    elif workflow.executor_plugin.name == "slurm":
        # The plugin (2.8) starts each job of a group by an srun and one more Snakemake, one after the other, and srun
        # without SLURM_CONF. Without that step a group's jobs run side by side, on as many cores as it was given.
        workflow.scheduler._executor.additional_general_args = str


# A job of a cluster.
if not SHOWYOURWORK and workflow.remote_exec:
    import warm

    warm.install_late(workflow, ROOT)


def lay_beside_data(name):
    """Let what Snakemake keeps in `.snakemake/<name>` lie in data/, so that a copy of data/ knows how it was made."""
    kept, folder = Path(".snakemake", name), Path("data/.snakemake", name)
    if not kept.is_symlink():
        folder.parent.mkdir(parents=True, exist_ok=True)
        if kept.is_dir() and not folder.exists():
            kept.rename(folder)
        shutil.rmtree(kept, ignore_errors=True)
        kept.parent.mkdir(exist_ok=True)
        kept.symlink_to(Path("..") / folder)
    folder.mkdir(parents=True, exist_ok=True)


# Checksums and parameters of finished jobs, and marks of unfinished ones.
if workflow.is_main_process:
    for name in ("metadata", "incomplete"):
        lay_beside_data(name)


provenance.remember_imports(ROOT / ".snakemake/retort/imports.json")
PLAN = Plan(CONFIG)
STUDIES = sorted(CONFIG["study"])
# A study that has no record yet is left out of a paper that is rendered from the record.
UNRECORDED = [
    study
    for study in STUDIES
    if FROM == "record" and not (ROOT / f"data/record/{SCALE}/{study}").is_dir()
]
STUDIES = [study for study in STUDIES if study not in UNRECORDED]
if UNRECORDED and not STUDIES:
    refuse(
        f"data/record/{SCALE}: no study has a record there. Hint: FROM=run makes the results."
    )
if UNRECORDED and workflow.is_main_process:
    logger.warning(
        f"Left out of the paper: {', '.join(UNRECORDED)} (no data/record/{SCALE}/<study>)."
    )
if FROM == "record" and workflow.is_main_process:
    if own := unrecorded(CONFIG, ROOT / f"data/record/{SCALE}"):
        logger.warning(
            f"Left out of the paper: own data, {', '.join(own)} (not in data/record/{SCALE}; FROM=run trains on them)."
        )
RUNS = {study: PLAN.runs(study) for study in STUDIES}
# Not a setting: who trains on one generated data set gets the stamp, and no claim is judged.
STAMPED = any(place.generated for study in STUDIES for place in PLAN.places(study))
GENERATED = sorted(
    name for name, block in CONFIG["dataset"].items() if "generator" in block
)
DOWNLOADED = sorted(set(CONFIG["dataset"]) - set(GENERATED))
# Folders of small tables stand in rules by their manifests, which follow their content.
MANIFESTS = [f"{folder}/manifest.json" for folder in FOLDERS]
# By name: Snakemake makes nothing anew that lies between two files that are there.
RESULTS = [*(f"{table}.parquet" for table in TABLES), "origin.json", *MANIFESTS]
RESULTS += ["summary.parquet", "contrasts.parquet", "gains.parquet"]
# Of the whole paper: programs of src/scripts that read every study's results.
PROJECT_FIGURES = ["loans", "synthesis", "claims_forest", "operating"]
PROJECT_TABLES = [
    "datasets",
    "costs",
    "claims",
    "claims_headline",
    "answer",
    "robust_gains",
]
MANUSCRIPTS = ["src/tex/ms.tex", "src/tex/supplement.tex"]


def either(names):
    """A wildcard constraint that allows these names and, when there are none, nothing."""
    return "|".join(names) or "(?!)"


def code(script, *modules):
    """The digest of a job's code: of its script, of `modules` (which it imports by name), and of all that they import."""
    digest = provenance.digest(ROOT / script, *modules)
    listed = Path("data/.snakemake/code", f"{digest}.json")
    # `make why` names the files in which two digests differ.
    if workflow.is_main_process and not listed.exists():
        files = provenance.content(ROOT / script, *modules)
        write_whole(listed, json.dumps(files, indent=1))
    return digest


def study_code(script, *modules):
    """A function of the wildcards: the digest of a script and of the study's own `modules`."""
    return lambda wildcards: code(
        script,
        *(f"retort.studies.{wildcards.study}.{module}" for module in modules),
    )
