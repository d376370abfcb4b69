# Helpers of the rules: names of files and the code that each job runs. No rule stands here.
import os
import sys
import threading
from pathlib import Path

# Not workflow.basedir: showyourwork includes this project from a Snakefile of its own.
ROOT = Path(str(workflow.current_basedir)).parent.parent
sys.path.insert(0, str(ROOT / "src"))
# In every job `python` is the one that runs Snakemake, activated or not, and `retort` is this checkout's.
os.environ.update(
    PATH=os.pathsep.join(
        [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    ),
    PYTHONPATH=str(ROOT / "src"),
)

from retort import plan, provenance
from retort.configuration import ConfigurationError, load_once
from retort.report.paper import rule_line
from snakemake.exceptions import WorkflowError

try:
    from snakemake.scheduling.job_scheduler import JobScheduler
except ImportError:  # another Snakemake, as showyourwork's
    JobScheduler = None


def look_again(self, delay):
    """Let the scheduler look for jobs after `delay` seconds, unless it is to do so anyway.

    Snakemake 9.27 starts a timer with every look, and each timer causes the next look: after n jobs it looks n times a
    second, which takes most of a core towards the end of a scale.
    """
    if getattr(self, "_looks_again", False):
        return
    self._looks_again = True

    def look():
        self._looks_again = False
        self._open_jobs.release()

    threading.Timer(delay, look).start()


if hasattr(JobScheduler, "_schedule_reevalutation"):
    JobScheduler._schedule_reevalutation = look_again

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
    raise WorkflowError(str(error)) from None

SCALE = CONFIG["scale"]
# `showyourwork build` includes this project after its own rules, with many settings of its own in `config`.
SHOWYOURWORK = any(rule.name == "syw__main" for rule in workflow.rules)
unknown = set(config) - {"scale", "from", "overrides"}
if unknown and not SHOWYOURWORK:
    raise WorkflowError(
        f"command line: --config {', '.join(sorted(unknown))}: expected scale, from or overrides. "
        'Hint: other settings are overrides=["key=value"].'
    )
FROM = config.get("from", "run")
if FROM not in ("run", "record"):
    raise WorkflowError(
        f"command line: from={FROM!r}, expected run or record. Hint: FROM=record renders without training."
    )

STUDIES = sorted(CONFIG["study"])
for study in STUDIES if FROM == "record" else []:
    if not (ROOT / f"data/record/{SCALE}/{study}").is_dir():
        raise WorkflowError(
            f"data/record/{SCALE}/{study}: there is no such record. Hint: FROM=run makes the results."
        )
RUNS = {study: plan.grid(CONFIG, study) for study in STUDIES}
GENERATED = sorted(
    name for name, block in CONFIG["dataset"].items() if "generator" in block
)
DOWNLOADED = sorted(set(CONFIG["dataset"]) - set(GENERATED))
RUN_FILES = ["history.parquet", "predictions.parquet", "model.safetensors", "run.json"]
RESULT_TABLES = ["scores", "items", "history", "datasets"]
RECORDED = [f"{table}.parquet" for table in RESULT_TABLES] + ["origin.json", "details"]
PROJECT_TABLES = ["datasets", "costs", "claims"]


def either(names):
    """A wildcard constraint that allows these names and, when there are none, nothing."""
    return "|".join(names) or "(?!)"


def code(script, *modules):
    """The modules that a job runs: a change in any of them reruns it (Snakemake does not see imports)."""
    files = provenance.imported_modules(ROOT / script, *modules)
    return [path.relative_to(ROOT) for path in files]


def reader_code(wildcards):
    """The code that reads a data set."""
    block = CONFIG["dataset"][wildcards.dataset]
    return code("workflow/scripts/prepare.py", f"retort.datasets.{block['reader']}")


def generator_code(wildcards):
    """The code that generates a data set."""
    block = CONFIG["dataset"][wildcards.dataset]["generator"]
    return code("workflow/scripts/generate.py", f"retort.datasets.{block['module']}")


def raw_files(wildcards):
    """What a data set is read from: the files that its YAML names, or the folder of its generator."""
    files = CONFIG["dataset"][wildcards.dataset].get("files")
    folder = f"data/raw/{wildcards.dataset}"
    return [f"{folder}/{file['name']}" for file in files] if files else [folder]


def raw_file(wildcards):
    """The YAML entry of one raw file."""
    files = {
        file["name"]: file for file in CONFIG["dataset"][wildcards.dataset]["files"]
    }
    if wildcards.file not in files:
        raise WorkflowError(
            f"{wildcards.dataset} has no file {wildcards.file!r}; it has {', '.join(files)}."
        )
    return files[wildcards.file]


def run_key(wildcards):
    """The run that a job's wildcards name."""
    return plan.RunKey(
        wildcards.study,
        wildcards.dataset,
        wildcards.split,
        wildcards.variant,
        int(wildcards.seed),
    )


def used_models(wildcards):
    """The models of the runs that this one stands on."""
    used = plan.uses(CONFIG, run_key(wildcards)).values()
    return [f"{key.folder}/model.safetensors" for keys in used for key in keys]


def used_folders(wildcards):
    """The same runs' folders, by role."""
    used = plan.uses(CONFIG, run_key(wildcards)).items()
    return {role: [str(key.folder) for key in keys] for role, keys in used}


def features(wildcards):
    """The feature folders that a run of the study reads."""
    return [
        plan.view_folder(wildcards.dataset, view)
        for view in CONFIG["study"][wildcards.study]["views"]
    ]


def study_code(script, module):
    """An input function: the script's modules and those of the study's own `module`."""
    return lambda wildcards: code(script, f"retort.studies.{wildcards.study}.{module}")


def study_runs(wildcards, *names):
    """Files of all scored runs of a study."""
    return [f"{key.folder}/{name}" for key in RUNS[wildcards.study] for name in names]


def study_data(wildcards):
    """Prepared tables, splits and manifests that a study's runs were made from."""
    pairs = sorted({(key.dataset, key.split) for key in RUNS[wildcards.study]})
    prepared = [f"data/prepared/{dataset}.parquet" for dataset, _ in pairs]
    rejects = [f"data/prepared/{dataset}.rejects.parquet" for dataset, _ in pairs]
    splits = [f"data/splits/{dataset}/{split}.parquet" for dataset, split in pairs]
    manifests = [
        f"data/splits/{dataset}/{split}.manifest.json" for dataset, split in pairs
    ]
    views = CONFIG["study"][wildcards.study]["views"]
    features = sorted(
        {plan.view_folder(dataset, view) for dataset, _ in pairs for view in views}
    )
    return prepared + rejects + splits + manifests + features


def study_plan(wildcards):
    """What scoring must know of every run: its place, its settings, the runs it used."""
    views = CONFIG["study"][wildcards.study]["views"]
    return [
        {
            "dataset": key.dataset,
            "split": key.split,
            "variant": key.variant,
            "seed": key.seed,
            "paired": plan.paired(CONFIG, key),
            "settings": plan.run_settings(CONFIG, key),
            "uses": {
                role: [str(k.folder) for k in keys]
                for role, keys in plan.uses(CONFIG, key).items()
            },
            "features": {
                Path(view).name: plan.view_folder(key.dataset, view) for view in views
            },
        }
        for key in RUNS[wildcards.study]
    ]


def study_of(kind, name):
    """The study whose YAML lists this figure or table; None for the tables of the whole paper."""
    return next(
        (study for study in STUDIES if name in CONFIG["study"][study][kind]), None
    )


def results_of(study):
    """Everything that a figure or table of a study may read."""
    tables = [*RESULT_TABLES, "summary", "costs", "timings"]
    return [f"data/results/{study}/{table}.parquet" for table in tables] + [
        f"data/results/{study}/origin.json",
        f"data/results/{study}/details",
    ]


def listed(kind):
    """Every figure or table that a study's YAML lists."""
    return [name for study in STUDIES for name in CONFIG["study"][study][kind]]


def table_titles(wildcards):
    """The YAML files that a table takes titles, licences and citations from."""
    study = study_of("tables", wildcards.table)
    studies = [study] if study else STUDIES
    used = sorted({key.dataset for name in studies for key in RUNS[name]})
    return [f"workflow/config/study/{name}.yaml" for name in studies] + [
        f"workflow/config/dataset/{name}.yaml" for name in used
    ]


def figure_results(wildcards):
    """Inputs of one figure."""
    return results_of(study_of("figures", wildcards.figure))


def table_results(wildcards):
    """Inputs of one table: its study's results, or all studies' for a table of the whole paper."""
    study = study_of("tables", wildcards.table)
    results = [path for name in [study] if name for path in results_of(name)]
    everyone = [path for name in STUDIES for path in results_of(name)] + [
        "data/results/claims.parquet"
    ]
    return results or everyone


def figures(*studies):
    """The figures of these studies, in the order of their YAML."""
    return [
        f"src/tex/figures/{name}.pdf"
        for study in studies
        for name in CONFIG["study"][study]["figures"]
    ]


def tables(*studies):
    """The tables of these studies, in the order of their YAML."""
    return [
        f"src/tex/tables/{name}.tex"
        for study in studies
        for name in CONFIG["study"][study]["tables"]
    ]


def measured(table):
    """An input function: the record's measurement where there is one, otherwise this machine's.

    A time belongs to one machine and one day. Printing the record's keeps two builds of a commit equal to the byte.
    """
    return lambda wildcards: next(
        (
            str(path)
            for path in [Path(f"data/record/{SCALE}/{wildcards.study}/{table}.parquet")]
            if (ROOT / path).exists()
        ),
        f"data/results/{wildcards.study}/measured/{table}.parquet",
    )


def measurements():
    """This machine's times and memory; a record has no runs that could be measured."""
    tables = ["costs", "timings"] if FROM == "run" else []
    return [
        f"data/results/{study}/measured/{table}.parquet"
        for study in STUDIES
        for table in tables
    ]


def paper_inputs():
    """Everything that ms.tex includes."""
    return (
        figures(*STUDIES)
        + tables(*STUDIES)
        + [f"src/tex/tables/{name}.tex" for name in PROJECT_TABLES]
        + ["src/tex/output/numbers.tex"]
    )


def paper_sources():
    """The written sources of the paper besides ms.tex: sections, styles, bibliography."""
    tex = ROOT / "src/tex"
    found = [path for path in tex.rglob("*") if path.suffix in (".tex", ".bib", ".sty")]
    generated = ("figures", "tables", "output")
    written = [
        path
        for path in found
        if path.relative_to(tex).parts[0] not in (*generated, "ms.tex")
    ]
    return sorted(str(path.relative_to(ROOT)) for path in written)


def paper_origin():
    """What links and dates of the paper follow from."""
    url = provenance.repository_url(CONFIG["repository"])
    return {
        "url": url,
        "commit": provenance.commit(),
        "epoch": provenance.commit_time(),
    }


def paper_rules():
    """Where each generated TeX file is made, for the icon in the margin."""
    rules = ROOT / "workflow/rules/render.smk"
    made_by = {"output": "collect_numbers", "tables": "render_table"}
    places = {
        folder: rule_line(rules, rule).removeprefix(f"{ROOT}/")
        for folder, rule in made_by.items()
    }
    files = [
        path.removeprefix("src/tex/")
        for path in paper_inputs()
        if "/figures/" not in path
    ]
    return {file: places[file.split("/")[0]] for file in files}
