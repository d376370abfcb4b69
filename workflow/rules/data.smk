# From the world to arrays: download or generate, prepare, split, featurize.
# Needs nothing but workflow/config/dataset/*.yaml; makes data/raw, data/prepared, data/splits, data/features.


rule download:
    input:
        code=code("workflow/scripts/download.py"),
    output:
        ensure(
            "data/raw/{dataset}/{file}",
            sha256=lambda wildcards: raw_file(wildcards)["sha256"],
        ),
    log:
        "data/logs/download/{dataset}/{file}.log",
    wildcard_constraints:
        dataset=either(DOWNLOADED),
    retries: 3
    conda:
        "../../environment.yml"
    params:
        file=raw_file,
    message:
        "Fetching {wildcards.file} of {wildcards.dataset}"
    script:
        "../scripts/download.py"


rule generate:
    input:
        code=generator_code,
    output:
        directory("data/raw/{dataset}"),
    log:
        "data/logs/generate/{dataset}.log",
    wildcard_constraints:
        dataset=either(GENERATED),
    conda:
        "../../environment.yml"
    params:
        generator=lambda wildcards: CONFIG["dataset"][wildcards.dataset]["generator"],
    message:
        "Generating {wildcards.dataset}"
    script:
        "../scripts/generate.py"


rule prepare:
    input:
        files=raw_files,
        code=reader_code,
    output:
        rows="data/prepared/{dataset}.parquet",
        rejects="data/prepared/{dataset}.rejects.parquet",
    log:
        "data/logs/prepare/{dataset}.log",
    conda:
        "../../environment.yml"
    params:
        reader=lambda wildcards: CONFIG["dataset"][wildcards.dataset]["reader"],
        settings=lambda wildcards: CONFIG["dataset"][wildcards.dataset].get(
            "settings", {}
        ),
    message:
        "Preparing {wildcards.dataset}: one tidy table, and the rows that cannot be used"
    script:
        "../scripts/prepare.py"


rule split:
    input:
        rows="data/prepared/{dataset}.parquet",
        code=code("workflow/scripts/split.py"),
    output:
        parts="data/splits/{dataset}/{split}.parquet",
        manifest="data/splits/{dataset}/{split}.manifest.json",
    log:
        "data/logs/split/{dataset}/{split}.log",
    conda:
        "../../environment.yml"
    params:
        settings=lambda wildcards: CONFIG["dataset"][wildcards.dataset]["splits"][
            wildcards.split
        ],
        seed=CONFIG["seed"],
    message:
        "Splitting {wildcards.dataset} ({wildcards.split}) and checking for leaks"
    script:
        "../scripts/split.py"


rule featurize:
    input:
        rows="data/prepared/{dataset}.parquet",
        code=lambda wildcards: code(
            "workflow/scripts/featurize.py", f"retort.datasets.views.{wildcards.view}"
        ),
    output:
        directory("data/features/{dataset}/{view}"),
    log:
        "data/logs/featurize/{dataset}/{view}.log",
    conda:
        "../../environment.yml"
    message:
        "Computing the {wildcards.view} view of {wildcards.dataset}"
    script:
        "../scripts/featurize.py"
