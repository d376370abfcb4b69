# What jobs read: lookups in the plan, most of them functions of the wildcards. No rule stands here.


def dataset(wildcards):
    """The resolved YAML of a data set."""
    return CONFIG["dataset"][wildcards.dataset]


def raw_files(wildcards):
    """What a data set is read from: the files that its YAML names, or the manifest of what its generator made."""
    files = dataset(wildcards).get("files", [{"name": "manifest.json"}])
    return [f"data/raw/{wildcards.dataset}/{file['name']}" for file in files]


def raw_file(wildcards):
    """The YAML entry of one raw file."""
    files = {file["name"]: file for file in dataset(wildcards)["files"]}
    if wildcards.file not in files:
        raise WorkflowError(
            f"{wildcards.dataset} has no file {wildcards.file!r}; it has {', '.join(files)}."
        )
    return files[wildcards.file]


def drawn(wildcards):
    """The settings of a split that decide which rows it puts where; what it is called or predicts is none of them."""
    settings = dataset(wildcards)["splits"][wildcards.split]
    return {
        key: value
        for key, value in settings.items()
        if key not in ("protocol", "family")
    }


def run(wildcards):
    """The run that a job's wildcards name."""
    given = (wildcards.study, wildcards.dataset, wildcards.split, wildcards.variant)
    return PLAN.run(*given, int(wildcards.seed))


def run_facts(wildcards):
    """All that a job must know of its run."""
    return run(wildcards).to_json()


def manifests(*features):
    """The manifests of views, given as folders by name."""
    folders = {str(path) for each in features for path in each.values()}
    return [f"{folder}/manifest.json" for folder in sorted(folders)]


def used_models(wildcards):
    """The models of the runs that a run stands on."""
    used = run(wildcards).inputs.uses.values()
    return [f"{folder}/model.safetensors" for folders in used for folder in folders]


def study_runs(*names):
    """A function of the wildcards: files of these names of all scored runs of a study."""
    return lambda wildcards: [
        f"{each.folder}/{name}" for each in RUNS[wildcards.study] for name in names
    ]


def study_data(wildcards):
    """Prepared tables, splits and manifests of splits and of all of a study's views, for the data sets of its runs."""
    runs = RUNS[wildcards.study]
    inputs = [each.inputs for each in runs]
    prepared = {given.prepared for given in inputs}
    splits = {given.split for given in inputs}
    paths = prepared | {path.with_suffix(".rejects.parquet") for path in prepared}
    paths |= splits | {path.with_suffix(".manifest.json") for path in splits}
    datasets = {each.dataset for each in runs}
    views = [PLAN.views(wildcards.study, dataset) for dataset in datasets]
    return sorted(map(str, paths)) + manifests(*views)


def study_places(wildcards):
    """Prepared tables and splits of a study's places."""
    inputs = [each.inputs for each in RUNS[wildcards.study]]
    return sorted(
        {str(path) for given in inputs for path in (given.prepared, given.split)}
    )


def recorded(wildcards):
    """The files of a study's record that take the place of results; `details/` and `illustrations/` file by file."""
    record = Path("data/record", SCALE, wildcards.study)
    folders = [record / name for name in FOLDERS]
    inside = sorted(
        f"{folder}/{file.name}"
        for folder in folders
        for file in (ROOT / folder).glob("*.parquet")
    )
    return [f"{record}/{table}.parquet" for table in TABLES] + [
        f"{record}/origin.json",
        *inside,
    ]


def recorded_sums(wildcards):
    """The checksum of a study's record, None where it has none."""
    sums = ROOT / f"data/record/{SCALE}/{wildcards.study}/sha256.json"
    return sha256(sums) if sums.exists() else None


@functools.cache
def plan_file(study, kind):
    """The part of a study's plan that jobs read, in a file that is named after its content."""
    text = {"runs": PLAN.runs_json, "layout": PLAN.layout_json}[kind](study)
    return str(named_after_content(Path("data/plan"), f"{study}-{kind}", text))


def planned(kind):
    """A function of the wildcards: `plan_file` of a study."""
    return lambda wildcards: plan_file(wildcards.study, kind)


def measured(wildcards):
    """The record's costs or timings where there are some, otherwise this machine's.

    A time belongs to one machine and one day. Printing the record's keeps two builds of a commit equal to the byte.
    """
    recorded = f"data/record/{SCALE}/{wildcards.study}/{wildcards.table}.parquet"
    own = f"data/results/{wildcards.study}/measured/{wildcards.table}.parquet"
    return recorded if (ROOT / recorded).exists() else own


# Before Snakemake looks which files there are. A job finds them written, and asks for its own only.
if workflow.is_main_process and FROM == "run":
    for study in STUDIES:
        for kind in ("runs", "layout"):
            plan_file(study, kind)


def study_of(kind, name):
    """The study whose YAML lists this figure or table; None for those of the whole paper."""
    return next(
        (study for study in STUDIES if name in CONFIG["study"][study][kind]), None
    )


def results_of(*studies):
    """Everything that a figure or table of these studies may read."""
    tables = [*TABLES, "summary", "contrasts", "gains", "costs", "timings"]
    files = [f"{table}.parquet" for table in tables] + MANIFESTS
    return [f"data/results/{study}/{file}" for study in studies for file in files] + [
        "data/results/published.parquet"
    ]


def judged(*studies):
    """What the claims of these studies stand on."""
    files = [*(f"{table}.parquet" for table in STANDARD), "details/manifest.json"]
    return [f"data/results/{study}/{file}" for study in studies for file in files]


def recorded_claims():
    """The verdicts of the record, whose margins must not have changed; none before the first record."""
    path = f"data/record/{SCALE}/claims.parquet"
    return [path] if (ROOT / path).exists() else []


def listed(kind, *studies):
    """The figures or tables that the YAML of these studies lists, in its order."""
    return [name for study in studies for name in CONFIG["study"][study][kind]]


def program_results(kind):
    """A function of the wildcards: what a figure or table reads.

    Its study's results, or for one of the whole paper all studies', the claims and the simulation of their rule.
    """

    def results(wildcards):
        (name,) = wildcards
        study = study_of(kind, name)
        everyone = results_of(*STUDIES) + expand(
            "data/results/{table}.parquet", table=["claims", "operating"]
        )
        return results_of(study) if study else everyone

    return results


def category(kind):
    """A function of the wildcards: the part of Snakemake's report in which a figure or table stands."""

    def title(wildcards):
        (name,) = wildcards
        study = study_of(kind, name)
        # In the order of the names: Snakemake sorts what it lists.
        return CONFIG["study"][study]["title"] if study else "All studies"

    return title


def of_studies(kind):
    """A function of the wildcards: what a figure or table of the whole paper is told, the studies that are in it."""

    def told(wildcards):
        (name,) = wildcards
        return "" if study_of(kind, name) else f"--studies {' '.join(STUDIES)}"

    return told


def program_code(wildcards):
    """The digest of a figure's or table's program."""
    (name,) = wildcards
    return code("workflow/scripts/run_program.py", ROOT / f"src/scripts/{name}.py")


def figures(*studies):
    """The figures of these studies, in the order of their YAML."""
    return expand("src/tex/figures/{name}.pdf", name=listed("figures", *studies))


def tables(*studies):
    """The tables of these studies, in the order of their YAML."""
    return expand("src/tex/tables/{name}.tex", name=listed("tables", *studies))


def paper_inputs():
    """Everything that manuscript and supplement include."""
    return [
        *figures(*STUDIES),
        *tables(*STUDIES),
        *expand("src/tex/figures/{name}.pdf", name=PROJECT_FIGURES),
        *expand("src/tex/tables/{name}.tex", name=PROJECT_TABLES),
        "src/tex/output/numbers.tex",
        "src/tex/output/ledger.tex",
    ]


def accounts():
    """What is known of the numbers of everything that is printed, in the order of the paper."""
    shown = [path for path in paper_inputs() if Path(path).name != "ledger.tex"]
    return [str(Path(path).with_suffix(".json")) for path in shown]


def paper_sources():
    """The written sources of the paper besides the manuscripts: sections, styles, bibliography.

    What is written of a study that is left out, in whatever folder, is none of them.
    """
    tex, generated = ROOT / "src/tex", ("figures", "tables", "output")
    found = {path for path in tex.rglob("*") if path.suffix in (".tex", ".bib", ".sty")}
    names = {
        f"src/tex/{path.relative_to(tex)}"
        for path in found
        if path.stem not in UNRECORDED
    }
    return sorted(
        name
        for name in names - set(MANUSCRIPTS)
        if not name.startswith(tuple(f"src/tex/{folder}/" for folder in generated))
    )


def paper_origin():
    """What links and dates of the paper follow from."""
    return origin(CONFIG["repository"])


def paper_rules():
    """Where each generated TeX file is made, for the icon in the margin."""
    made_by = {"output": "collect_numbers", "tables": "render_table"}
    places = {}
    for folder, name in made_by.items():
        made = workflow.get_rule(name)
        places[folder] = f"{Path(made.snakefile).relative_to(ROOT)}#L{made.lineno}"
    files = [Path(path).relative_to("src/tex") for path in paper_inputs()]
    return {
        str(file): places[file.parts[0]] for file in files if file.parts[0] in places
    }
