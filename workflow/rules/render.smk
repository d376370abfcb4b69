# From statistics to TeX: a figure, a table, the numbers of the prose.
# Needs data/results and the programs of src/scripts; makes src/tex/figures, tables and output. Nothing here trains.


rule plot_figure:
    input:
        results=figure_results,
        script="src/scripts/{figure}.py",
        titles=lambda wildcards: f"workflow/config/study/{study_of('figures', wildcards.figure)}.yaml",
        code=lambda wildcards: code(f"src/scripts/{wildcards.figure}.py"),
    output:
        report(
            "src/tex/figures/{figure}.pdf",
            caption="../report/figure.rst",
            category="Figures",
        ),
    log:
        "data/logs/plot_figure/{figure}.log",
    wildcard_constraints:
        figure=either(listed("figures")),
    conda:
        "../../environment.yml"
    message:
        "Drawing {wildcards.figure}"
    shell:
        "python {input.script:q} --output {output:q} 2>&1 | tee {log:q}"


rule render_table:
    input:
        results=table_results,
        script="src/scripts/{table}.py",
        titles=table_titles,
        code=lambda wildcards: code(f"src/scripts/{wildcards.table}.py"),
    output:
        report(
            "src/tex/tables/{table}.tex",
            caption="../report/table.rst",
            category="Tables",
        ),
    log:
        "data/logs/render_table/{table}.log",
    wildcard_constraints:
        table=either(listed("tables") + PROJECT_TABLES),
    conda:
        "../../environment.yml"
    message:
        "Writing table {wildcards.table}"
    shell:
        "python {input.script:q} --output {output:q} 2>&1 | tee {log:q}"


rule collect_numbers:
    input:
        results=[path for study in STUDIES for path in results_of(study)],
        code=code("workflow/scripts/collect_numbers.py"),
    output:
        "src/tex/output/numbers.tex",
    log:
        "data/logs/collect_numbers.log",
    conda:
        "../../environment.yml"
    params:
        studies=CONFIG["study"],
        generated=CONFIG["generated"],
        seed=CONFIG["seed"],
        resamples=CONFIG["resamples"],
    message:
        "Collecting the numbers of the prose"
    script:
        "../scripts/collect_numbers.py"
