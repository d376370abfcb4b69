# From the world to arrays: download or generate, prepare, split, featurize.
# Needs nothing but workflow/config/dataset/*.yaml; makes data/raw, data/prepared, data/splits, data/features.


rule download:
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
        code=code("workflow/scripts/download.py"),
    message:
        "Fetching {wildcards.file} of {wildcards.dataset}"
    script:
        "../scripts/download.py"


rule generate:
    output:
        manifest="data/raw/{dataset}/manifest.json",
    log:
        "data/logs/generate/{dataset}.log",
    benchmark:
        "data/benchmarks/generate/{dataset}.tsv"
    wildcard_constraints:
        dataset=either(GENERATED),
    conda:
        "../../environment.yml"
    params:
        generator=lambda wildcards: dataset(wildcards)["generator"],
        code=lambda wildcards: code(
            "workflow/scripts/generate.py",
            f"retort.datasets.{dataset(wildcards)['generator']['module']}",
        ),
    message:
        "Generating {wildcards.dataset}"
    script:
        "../scripts/generate.py"


rule prepare:
    input:
        files=raw_files,
    output:
        rows="data/prepared/{dataset}.parquet",
        rejects="data/prepared/{dataset}.rejects.parquet",
        listed="data/prepared/{dataset}.rejects.csv",
    log:
        "data/logs/prepare/{dataset}.log",
    benchmark:
        "data/benchmarks/prepare/{dataset}.tsv"
    conda:
        "../../environment.yml"
    params:
        reader=lambda wildcards: dataset(wildcards)["reader"],
        settings=lambda wildcards: dataset(wildcards).get("settings", {}),
        files=lambda wildcards: dataset(wildcards).get("files"),
        code=lambda wildcards: code(
            "workflow/scripts/prepare.py",
            f"retort.datasets.{dataset(wildcards)['reader']}",
        ),
    message:
        "Preparing {wildcards.dataset}: one tidy table, and the rows that cannot be used"
    script:
        "../scripts/prepare.py"


rule split:
    input:
        rows="data/prepared/{dataset}.parquet",
    output:
        parts="data/splits/{dataset}/{split}.parquet",
        manifest="data/splits/{dataset}/{split}.manifest.json",
    log:
        "data/logs/split/{dataset}/{split}.log",
    conda:
        "../../environment.yml"
    params:
        settings=drawn,
        seed=CONFIG["seed"],
        code=code("workflow/scripts/split.py"),
    message:
        "Splitting {wildcards.dataset} ({wildcards.split}) and checking for leaks"
    script:
        "../scripts/split.py"


rule featurize:
    input:
        rows="data/prepared/{dataset}.parquet",
    output:
        manifest="data/features/{dataset}/{view}/manifest.json",
    log:
        "data/logs/featurize/{dataset}/{view}.log",
    benchmark:
        "data/benchmarks/featurize/{dataset}/{view}.tsv"
    conda:
        "../../environment.yml"
    params:
        code=lambda wildcards: code(
            "workflow/scripts/featurize.py", f"retort.datasets.views.{wildcards.view}"
        ),
    message:
        "Computing the {wildcards.view} view of {wildcards.dataset}"
    script:
        "../scripts/featurize.py"
