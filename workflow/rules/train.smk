# One run: a variant of a study on a split of a data set with a seed.
# Needs prepared table, split, feature views and the runs that the variant uses; makes the four files of a run.
# A killed job goes on from its checkpoint: Snakemake deletes unfinished outputs, and the checkpoint is none.


rule train:
    input:
        rows="data/prepared/{dataset}.parquet",
        parts="data/splits/{dataset}/{split}.parquet",
        features=lambda wildcards: manifests(run(wildcards).inputs.features),
        used=used_models,
    output:
        history="data/runs/{study}/{dataset}/{split}/{variant}/seed{seed}/history.parquet",
        predictions="data/runs/{study}/{dataset}/{split}/{variant}/seed{seed}/predictions.parquet",
        model="data/runs/{study}/{dataset}/{split}/{variant}/seed{seed}/model.safetensors",
        run="data/runs/{study}/{dataset}/{split}/{variant}/seed{seed}/run.json",
    log:
        "data/logs/train/{study}/{dataset}/{split}/{variant}/seed{seed}.log",
    benchmark:
        "data/benchmarks/{study}/{dataset}/{split}/{variant}/seed{seed}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
    params:
        run=run_facts,
        device=CONFIG["device"],
        code=study_code("workflow/scripts/train.py", "train"),
    message:
        "Running {wildcards.study}: {wildcards.variant}, seed {wildcards.seed}, on {wildcards.dataset}"
    script:
        "../scripts/train.py"
