# From runs to statistics: lay_out, score, illustrate, measure, collect_costs, summarize, operate, quote, judge.
# Needs the finished runs of a study (or, with from=record, data/record); makes data/results.


rule lay_out:
    input:
        plan=planned("layout"),
        data=study_places,
    output:
        places="data/results/{study}/places.parquet",
        systems="data/results/{study}/systems.parquet",
        metrics="data/results/{study}/metrics.parquet",
        sources="data/results/{study}/sources.parquet",
        loans="data/results/{study}/loans.parquet",
    log:
        "data/logs/lay_out/{study}.log",
    conda:
        "../../environment.yml"
    params:
        code=code("workflow/scripts/lay_out.py"),
    message:
        "Laying out the plan of {wildcards.study}: places, systems, metrics, sources, loans"
    script:
        "../scripts/lay_out.py"


rule score:
    input:
        runs=study_runs("predictions.parquet", "history.parquet", "run.json"),
        data=study_data,
        plan=planned("runs"),
    output:
        scores="data/results/{study}/scores.parquet",
        history="data/results/{study}/history.parquet",
        datasets="data/results/{study}/datasets.parquet",
        origin="data/results/{study}/origin.json",
        by_item="data/results/{study}/items/manifest.json",
        details="data/results/{study}/details/manifest.json",
    log:
        "data/logs/score/{study}.log",
    benchmark:
        "data/benchmarks/{study}/score.tsv"
    conda:
        "../../environment.yml"
    params:
        metrics=lambda wildcards: sorted(CONFIG["study"][wildcards.study]["metrics"]),
        quantities=lambda wildcards: PLAN.quantities(wildcards.study),
        code=study_code("workflow/scripts/score.py", "score", "tables"),
    message:
        "Scoring every run of {wildcards.study}"
    script:
        "../scripts/score.py"


rule illustrate:
    input:
        runs=study_runs("predictions.parquet", "model.safetensors"),
        data=study_data,
        plan=planned("runs"),
    output:
        manifest="data/results/{study}/illustrations/manifest.json",
    log:
        "data/logs/illustrate/{study}.log",
    benchmark:
        "data/benchmarks/{study}/illustrate.tsv"
    conda:
        "../../environment.yml"
    params:
        code=study_code("workflow/scripts/illustrate.py", "illustrations", "tables"),
    message:
        "Making what the pictures of {wildcards.study} show: maps, examples"
    script:
        "../scripts/illustrate.py"


rule recall:
    input:
        files=recorded,
        sums=f"data/record/{SCALE}/{{study}}/sha256.json",
    output:
        expand("data/results/{{study}}/{table}.parquet", table=TABLES),
        "data/results/{study}/origin.json",
        expand("data/results/{{study}}/{name}", name=MANIFESTS),
    log:
        "data/logs/recall/{study}.log",
    conda:
        "../../environment.yml"
    params:
        # Also where one record takes another's place with its old times.
        sums=recorded_sums,
        code=code("workflow/scripts/recall.py"),
    message:
        "Taking the results of {wildcards.study} from the record"
    script:
        "../scripts/recall.py"


if FROM == "record":

    ruleorder: recall > score
    ruleorder: recall > lay_out
    ruleorder: recall > illustrate

else:

    ruleorder: score > recall
    ruleorder: lay_out > recall
    ruleorder: illustrate > recall


rule collect_costs:
    input:
        runs=study_runs("run.json"),
        plan=planned("runs"),
    output:
        "data/results/{study}/measured/costs.parquet",
    log:
        "data/logs/collect_costs/{study}.log",
    conda:
        "../../environment.yml"
    params:
        code=code("workflow/scripts/collect_costs.py"),
    message:
        "Collecting what every run of {wildcards.study} cost"
    script:
        "../scripts/collect_costs.py"


rule measure:
    input:
        runs=study_runs("model.safetensors"),
        data=study_data,
        plan=planned("runs"),
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
        code=study_code("workflow/scripts/measure.py", "benchmark"),
    message:
        "Timing {wildcards.study}"
    script:
        "../scripts/measure.py"


rule cite:
    input:
        measured,
    output:
        "data/results/{study}/{table}.parquet",
    log:
        "data/logs/cite/{study}/{table}.log",
    wildcard_constraints:
        table=either(["costs", "timings"]),
    conda:
        "../../environment.yml"
    params:
        sums=recorded_sums,
        code=code("workflow/scripts/cite.py"),
    message:
        "The {wildcards.table} of {wildcards.study}: from {input}"
    script:
        "../scripts/cite.py"


rule summarize:
    input:
        scores="data/results/{study}/scores.parquet",
        by_item="data/results/{study}/items/manifest.json",
        places="data/results/{study}/places.parquet",
        metrics="data/results/{study}/metrics.parquet",
    output:
        summary="data/results/{study}/summary.parquet",
        contrasts="data/results/{study}/contrasts.parquet",
        gains="data/results/{study}/gains.parquet",
    log:
        "data/logs/summarize/{study}.log",
    conda:
        "../../environment.yml"
    params:
        families=lambda wildcards: PLAN.families(wildcards.study),
        titles=lambda wildcards: PLAN.contrast_titles(wildcards.study),
        loans=lambda wildcards: CONFIG["study"][wildcards.study]["loans"],
        code=code("workflow/scripts/summarize.py"),
    message:
        "Summarizing {wildcards.study}: levels, intervals, every comparison, gains"
    script:
        "../scripts/summarize.py"


rule operate:
    output:
        "data/results/operating.parquet",
    log:
        "data/logs/operate.log",
    conda:
        "../../environment.yml"
    params:
        seed=CONFIG["seed"],
        code=code("workflow/scripts/operate.py"),
    message:
        "Judging the judge: coverage of intervals and wrong verdicts, simulated"
    script:
        "../scripts/operate.py"


rule quote:
    output:
        "data/results/published.parquet",
    log:
        "data/logs/quote.log",
    conda:
        "../../environment.yml"
    params:
        published=CONFIG["published"],
        code=code("workflow/scripts/quote.py"),
    message:
        "Quoting the published values"
    script:
        "../scripts/quote.py"


rule judge:
    input:
        results=judged(*STUDIES),
        recorded=recorded_claims(),
    output:
        "data/results/claims.parquet",
    log:
        "data/logs/judge.log",
    conda:
        "../../environment.yml"
    params:
        claims=[claim for claim in CONFIG["claims"] if claim["study"] in STUDIES],
        acknowledged=CONFIG["acknowledged"],
        scale=SCALE,
        code=code("workflow/scripts/judge.py"),
    message:
        "Judging the published claims"
    script:
        "../scripts/judge.py"
