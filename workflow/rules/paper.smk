# From results to the paper: ms.pdf, and the bundle for arXiv.
# Needs src/tex and everything generated below it; makes ms.pdf and arxiv.tar.gz.


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
