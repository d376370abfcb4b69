# One run: a variant of a study on a split of a data set with a seed.
# Needs prepared table, split, feature views and the runs that the variant uses; makes the four files of a run.
# A killed job goes on from its checkpoint: Snakemake deletes unfinished outputs, and the checkpoint is none.


rule train:
    input:
        rows="data/prepared/{dataset}.parquet",
        parts="data/splits/{dataset}/{split}.parquet",
        features=features,
        used=used_models,
        code=study_code("workflow/scripts/train.py", "train"),
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
        settings=lambda wildcards: plan.run_settings(CONFIG, run_key(wildcards)),
        used=used_folders,
        device=CONFIG["device"],
    message:
        "Running {wildcards.study}: {wildcards.variant}, seed {wildcards.seed}, on {wildcards.dataset}"
    script:
        "../scripts/train.py"
