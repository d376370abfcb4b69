# From results to the paper: ms.pdf, and the bundle for arXiv.
# Needs src/tex and everything generated below it; makes ms.pdf and arxiv.tar.gz.


def paper_inputs():
    """Everything that ms.tex includes."""
    tables_of_all = expand("src/tex/tables/{name}.tex", name=PROJECT_TABLES)
    return [*figures(*STUDIES), *tables(*STUDIES), *tables_of_all, "src/tex/output/numbers.tex"]


def paper_sources():
    """The written sources of the paper besides ms.tex: sections, styles, bibliography.

    The section of a study that is left out is none of them.
    """
    tex, generated = ROOT / "src/tex", ("figures", "tables", "output")
    left_out = {f"sections/{study}.tex" for study in UNRECORDED} | {"ms.tex"}
    found = {path for path in tex.rglob("*") if path.suffix in (".tex", ".bib", ".sty")}
    names = {path.relative_to(tex).as_posix() for path in found} - left_out
    return sorted(f"src/tex/{name}" for name in names if not name.startswith(generated))


def paper_origin():
    """What links and dates of the paper follow from."""
    url = provenance.repository_url(CONFIG["repository"])
    commit, epoch = provenance.commit(), provenance.commit_time()
    return {"url": url, "commit": commit, "epoch": epoch}


def paper_rules():
    """Where each generated TeX file is made, for the icon in the margin."""
    made_by = {"output": "collect_numbers", "tables": "render_table"}
    places = {}
    for folder, name in made_by.items():
        made = workflow.get_rule(name)
        places[folder] = f"{Path(made.snakefile).relative_to(ROOT)}#L{made.lineno}"
    files = [path.removeprefix("src/tex/") for path in paper_inputs()]
    return {file: places[file.split("/")[0]] for file in files if file.split("/")[0] in places}


# `showyourwork build` includes this file too, and makes both files by its own rules from the same sources.
if not SHOWYOURWORK:

    rule compile_paper:
        input:
            manuscript="src/tex/ms.tex",
            sources=paper_sources(),
            generated=paper_inputs(),
        output:
            report("ms.pdf", caption="../report/paper.rst", category="Paper"),
        log:
            "data/logs/compile_paper.log",
        conda:
            "../../environment.yml"
        params:
            origin=paper_origin(),
            rules=paper_rules(),
            code=code("workflow/scripts/compile_paper.py"),
        message:
            "Compiling the paper: {output}"
        script:
            "../scripts/compile_paper.py"

    rule bundle_arxiv:
        input:
            manuscript="src/tex/ms.tex",
            sources=paper_sources(),
            generated=paper_inputs(),
        output:
            "arxiv.tar.gz",
        log:
            "data/logs/bundle_arxiv.log",
        conda:
            "../../environment.yml"
        params:
            origin=paper_origin(),
            rules=paper_rules(),
            code=code("workflow/scripts/bundle_arxiv.py"),
        message:
            "Packing the paper for arXiv: {output}"
        script:
            "../scripts/bundle_arxiv.py"
