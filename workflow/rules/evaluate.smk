# From runs to statistics: score, measure, collect_costs, summarize, judge.
# Needs the finished runs of a study (or, with from=record, data/record); makes data/results.


rule score:
    input:
        runs=lambda wildcards: study_runs(
            wildcards, "predictions.parquet", "history.parquet", "model.safetensors"
        ),
        data=study_data,
        code=study_code("workflow/scripts/score.py", "score"),
    output:
        scores="data/results/{study}/scores.parquet",
        by_item="data/results/{study}/items.parquet",
        history="data/results/{study}/history.parquet",
        datasets="data/results/{study}/datasets.parquet",
        origin="data/results/{study}/origin.json",
        details=directory("data/results/{study}/details"),
    log:
        "data/logs/score/{study}.log",
    benchmark:
        "data/benchmarks/{study}/score.tsv"
    conda:
        "../../environment.yml"
    params:
        runs=study_plan,
        headline=lambda wildcards: CONFIG["study"][wildcards.study]["headline"],
    message:
        "Scoring every run of {wildcards.study}"
    script:
        "../scripts/score.py"


rule recall:
    input:
        expand("data/record/{scale}/{{study}}/{name}", scale=SCALE, name=RECORDED),
    output:
        scores="data/results/{study}/scores.parquet",
        by_item="data/results/{study}/items.parquet",
        history="data/results/{study}/history.parquet",
        datasets="data/results/{study}/datasets.parquet",
        origin="data/results/{study}/origin.json",
        details=directory("data/results/{study}/details"),
    log:
        "data/logs/recall/{study}.log",
    conda:
        "../../environment.yml"
    message:
        "Taking the results of {wildcards.study} from the record"
    shell:
        "cp -r {input:q} data/results/{wildcards.study}/ 2> {log:q}"


if FROM == "record":

    ruleorder: recall > score

else:

    ruleorder: score > recall


rule collect_costs:
    input:
        runs=lambda wildcards: study_runs(wildcards, "run.json"),
        code=code("workflow/scripts/collect_costs.py"),
    output:
        "data/results/{study}/measured/costs.parquet",
    log:
        "data/logs/collect_costs/{study}.log",
    conda:
        "../../environment.yml"
    params:
        runs=study_plan,
    message:
        "Collecting what every run of {wildcards.study} cost"
    script:
        "../scripts/collect_costs.py"


rule measure:
    input:
        runs=lambda wildcards: study_runs(wildcards, "model.safetensors"),
        data=study_data,
        code=study_code("workflow/scripts/measure.py", "benchmark"),
    output:
        "data/results/{study}/measured/timings.parquet",
    log:
        "data/logs/measure/{study}.log",
    benchmark:
        "data/benchmarks/{study}/measure.tsv"
    conda:
        "../../environment.yml"
    # All cores: a timing is worth nothing while other jobs run beside it.
    threads: workflow.cores
    params:
        runs=study_plan,
    message:
        "Timing {wildcards.study}"
    script:
        "../scripts/measure.py"


rule cite_costs:
    input:
        measured("costs"),
    output:
        "data/results/{study}/costs.parquet",
    log:
        "data/logs/cite_costs/{study}.log",
    conda:
        "../../environment.yml"
    message:
        "Costs of {wildcards.study}: from {input}"
    shell:
        "cp {input:q} {output:q} 2> {log:q}"


rule cite_timings:
    input:
        measured("timings"),
    output:
        "data/results/{study}/timings.parquet",
    log:
        "data/logs/cite_timings/{study}.log",
    conda:
        "../../environment.yml"
    message:
        "Timings of {wildcards.study}: from {input}"
    shell:
        "cp {input:q} {output:q} 2> {log:q}"


rule summarize:
    input:
        scores="data/results/{study}/scores.parquet",
        by_item="data/results/{study}/items.parquet",
        code=code("workflow/scripts/summarize.py"),
    output:
        "data/results/{study}/summary.parquet",
    log:
        "data/logs/summarize/{study}.log",
    conda:
        "../../environment.yml"
    params:
        baseline=lambda wildcards: CONFIG["study"][wildcards.study]["baseline"],
        resamples=CONFIG["resamples"],
        seed=CONFIG["seed"],
    message:
        "Summarizing {wildcards.study}: trimean, intervals, paired comparisons"
    script:
        "../scripts/summarize.py"


rule judge:
    input:
        summaries=expand("data/results/{study}/summary.parquet", study=STUDIES),
        claims="workflow/config/claims.yaml",
        code=code("workflow/scripts/judge.py"),
    output:
        "data/results/claims.parquet",
    log:
        "data/logs/judge.log",
    conda:
        "../../environment.yml"
    params:
        generated=CONFIG["generated"],
    message:
        "Judging the published claims"
    script:
        "../scripts/judge.py"
