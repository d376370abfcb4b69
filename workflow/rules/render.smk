# From statistics to TeX: a figure, a table, the numbers of the prose.
# Needs data/results and the programs of src/scripts; makes src/tex/figures, tables and output. Nothing here trains.


rule plot_figure:
    input:
        results=program_results("figures"),
        script="src/scripts/{figure}.py",
    output:
        report(
            "src/tex/figures/{figure}.pdf",
            caption="../report/figure.rst",
            category="Figures",
        ),
    log:
        "data/logs/plot_figure/{figure}.log",
    wildcard_constraints:
        figure=either(listed("figures", *STUDIES) + PROJECT_FIGURES),
    conda:
        "../../environment.yml"
    params:
        studies=of_studies("figures"),
        code=program_code,
    message:
        "Drawing {wildcards.figure}"
    script:
        "../scripts/run_program.py"


rule render_table:
    input:
        results=program_results("tables"),
        script="src/scripts/{table}.py",
    output:
        report(
            "src/tex/tables/{table}.tex",
            caption="../report/table.rst",
            category="Tables",
        ),
    log:
        "data/logs/render_table/{table}.log",
    wildcard_constraints:
        table=either(listed("tables", *STUDIES) + PROJECT_TABLES),
    conda:
        "../../environment.yml"
    params:
        studies=of_studies("tables"),
        code=program_code,
    message:
        "Writing table {wildcards.table}"
    script:
        "../scripts/run_program.py"


rule collect_numbers:
    input:
        results=results_of(*STUDIES),
    output:
        "src/tex/output/numbers.tex",
    log:
        "data/logs/collect_numbers.log",
    conda:
        "../../environment.yml"
    params:
        studies={
            study: {key: CONFIG["study"][study][key] for key in ("numbers", "primary")}
            for study in STUDIES
        },
        left_out={
            study: list(CONFIG["study"][study]["numbers"]) for study in UNRECORDED
        },
        generated=STAMPED,
        code=code("workflow/scripts/collect_numbers.py"),
    message:
        "Collecting the numbers of the prose"
    script:
        "../scripts/collect_numbers.py"
