# Retort: from public data to the paper. `snakemake` makes ms.pdf and supplement.pdf; `make help` lists what else there is.
# Configuration lives in workflow/config; choose with --config scale=smoke|laptop|full from=run|record.
from snakemake.utils import min_version

min_version("9.0")


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/render.smk"
include: "workflow/rules/paper.smk"


wildcard_constraints:
    dataset=either(CONFIG["dataset"]),
    split=r"[\w-]+",
    study=either(STUDIES),
    variant=r"[\w-]+",
    seed=r"\d+",
    view=r"\w+",
    figure=r"\w+",
    table=r"\w+",


rule all:
    default_target: True
    input:
        "ms.pdf",
        # showyourwork makes the manuscript only.
        [] if SHOWYOURWORK else "supplement.pdf",


rule figures:
    input:
        figures(*STUDIES),


rule tables:
    input:
        tables(*STUDIES),


rule results:
    input:
        expand("data/results/{study}/{name}", study=STUDIES, name=RESULTS),
        "data/results/claims.parquet",


rule measurements:
    input:
        # A record has no runs that could be measured.
        expand(
            "data/results/{study}/measured/{table}.parquet",
            study=STUDIES if FROM == "run" else [],
            table=["costs", "timings"],
        ),


rule arxiv:
    input:
        "arxiv.tar.gz",


# `snakemake <study>`: everything of one study; `<study>_results`: its scores and statistics. The one place where rules
# are made in a loop, because a study is added by its folder and YAML, without a line here.
for study in STUDIES:

    rule:
        name:
            study
        input:
            figures(study),
            tables(study),

    rule:
        name:
            f"{study}_results"
        input:
            expand("data/results/{study}/{name}", study=study, name=RESULTS),
