# From results to the paper: ms.pdf, supplement.pdf, and the bundle for arXiv.
# Needs src/tex and everything generated below it; makes ms.pdf, supplement.pdf and arxiv.tar.gz.


# `showyourwork build` includes this file too, and makes ms.pdf and arxiv.tar.gz by its own rules from the same sources.
if not SHOWYOURWORK:

    rule compile_paper:
        input:
            manuscripts=MANUSCRIPTS,
            sources=paper_sources(),
            generated=paper_inputs(),
        output:
            report("ms.pdf", caption="../report/paper.rst", category="Paper"),
            report("supplement.pdf", caption="../report/paper.rst", category="Paper"),
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
            manuscripts=MANUSCRIPTS,
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
