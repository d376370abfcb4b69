# From statistics to TeX: a figure, a table, the numbers of the prose.
# Needs data/results and the programs of src/scripts; makes src/tex/figures, tables and output. Nothing here trains.
# Beside each of them is its account, in JSON: what was read, and what each number follows from.


rule plot_figure:
    input:
        results=program_results("figures"),
        script="src/scripts/{figure}.py",
    output:
        shown=report(
            "src/tex/figures/{figure}.pdf",
            caption="../report/figure.rst",
            category=category("figures"),
            subcategory="Figures",
            labels={"figure": "{figure}"},
        ),
        account="src/tex/figures/{figure}.json",
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
        shown="src/tex/tables/{table}.tex",
        page=report(
            "src/tex/tables/{table}.html",
            caption="../report/table.rst",
            category=category("tables"),
            subcategory="Tables",
            labels={"table": "{table}"},
        ),
        account="src/tex/tables/{table}.json",
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
        shown="src/tex/output/numbers.tex",
        account="src/tex/output/numbers.json",
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


rule write_ledger:
    input:
        accounts=accounts(),
        places=expand("data/results/{study}/places.parquet", study=STUDIES),
    output:
        facts="src/tex/output/ledger.json",
        shown="src/tex/output/ledger.tex",
    log:
        "data/logs/write_ledger.log",
    conda:
        "../../environment.yml"
    params:
        kinds={
            **dict.fromkeys(listed("figures", *STUDIES) + PROJECT_FIGURES, "figure"),
            **dict.fromkeys(listed("tables", *STUDIES) + PROJECT_TABLES, "table"),
        },
        facts={
            "scale": SCALE,
            "from": FROM,
            "commit": paper_origin()["commit"],
        },
        code=code("workflow/scripts/write_ledger.py"),
    message:
        "Writing the ledger of numbers"
    script:
        "../scripts/write_ledger.py"
