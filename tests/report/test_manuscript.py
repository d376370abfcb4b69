"""The project's own text, and what is read from the source of any."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from retort.configuration.typed import written
from retort.report import dialect
from retort.report.captions import captions

from .needs import needs_latex, needs_stylesheet

ROOT = Path(__file__).resolve().parents[2]
TEX = ROOT / "src/tex"


class TestDialect:
    def source(self, tmp_path, text):
        path = tmp_path / "section.tex"
        path.write_text(text)
        return [path]

    def figure(self, *parts):
        return "\n".join(["", r"\begin{figure}[t]", *parts, r"\end{figure}"])

    def test_figure_with_label_and_script(self, tmp_path):
        text = self.figure(r"\caption{A {nested} one.}", r"\label{fig:a}", r"\script{a.py}")
        comment = "% " + text.replace("\n", " ")
        assert dialect.figures(self.source(tmp_path, comment + text)) == [dialect.Figure("fig:a", "a.py")]

    @pytest.mark.parametrize(
        ("parts", "expected"),
        [
            ([r"\caption{A.}", r"\label{fig:a}"], ":2: a figure needs"),
            ([r"\label{fig:a}", r"\caption{A.}", r"\script{a.py}"], ":2: the order is"),
            ([r"\caption{A.}", r"\script{a.py}", r"\label{fig:a}"], ":2: the order is"),
            ([r"\caption{A {\variable{output/n.tex}}.}", r"\label{fig:a}", r"\script{a.py}"], ":3: .*inside"),
        ],
    )
    def test_what_showyourwork_would_refuse(self, tmp_path, parts, expected):
        with pytest.raises(dialect.PaperError, match=expected):
            dialect.figures(self.source(tmp_path, self.figure(*parts)))


class TestTheManuscript:
    """The project's own text."""

    sources = tuple(written(TEX))

    # What ms.tex reads, of all studies.
    manuscript = tuple(path for path in sources if "supplement" not in str(path) and path.stem != "ms")

    def test_each_figure_has_a_program_of_its_name(self):
        texts = "".join(path.read_text() for path in self.sources)
        for figure in dialect.figures(self.sources):
            name = Path(figure.script).stem
            assert figure.label == f"fig:{name}"
            assert f"{{figures/{name}.pdf}}" in texts

    def test_each_figure_and_table_has_a_caption_whose_label_is_its_program(self):
        # By it the report finds captions, and the ledger of numbers refers to them.
        labels = {label.partition(":")[2] for label in captions(TEX)}
        assert {path.stem for path in (ROOT / "src/scripts").glob("*.py")} <= labels

    def test_what_is_cited_is_listed_and_the_other_way_round(self):
        texts = "".join(path.read_text() for path in self.sources)
        keys = {
            key.strip() for group in re.findall(r"\\cite[tp]?\{([^}]+)\}", texts) for key in group.split(",")
        }
        entries = re.findall(r"^@\w+\{(\w+),", (TEX / "references.bib").read_text(), re.MULTILINE)
        # A data set, a system, a quoted value and a claim are cited where they are printed, in a generated table.
        configured = "".join(path.read_text() for path in (ROOT / "workflow/config").rglob("*.yaml"))
        configured += " ".join(path.stem for path in (ROOT / "workflow/config/published").glob("*.yaml"))
        assert keys <= set(entries)
        assert [key for key in entries if key not in keys and key not in configured] == []
        assert entries == sorted(entries)

    @pytest.mark.parametrize(
        "numbers", sorted((ROOT / "workflow/config/numbers").glob("*.yaml")), ids=lambda path: path.stem
    )
    def test_each_number_of_the_prose_is_defined_and_each_defined_one_is_printed(self, numbers):
        names = set(yaml.safe_load(numbers.read_text()))
        defined = {name + end for name in names for end in ("", "Low", "High")}
        texts = "".join(path.read_text() for path in self.sources)
        study = numbers.stem.capitalize()
        printed = set(re.findall(rf"\\({study}[A-Z]\w*)", texts))
        decided = set(re.findall(rf"\\verdict\{{({study}\w+)\}}", texts))
        assert printed <= defined
        assert decided <= names
        # What no sentence prints needs no line.
        assert names == {re.sub("(Low|High)$", "", name) for name in printed} | decided

    def test_no_number_of_the_prose_stands_in_mathematics(self):
        # A negative one, $-$0.3, would end it there and print a hyphen.
        names = "|".join(path.stem.capitalize() for path in (ROOT / "workflow/config/numbers").glob("*.yaml"))
        for path in self.sources:
            mathematics = "".join(path.read_text().replace(r"\$", "").split("$")[1::2])
            assert re.findall(rf"\\(?:{names})[A-Z]\w*", mathematics) == []

    def test_showyourwork_knows_what_the_paper_reads(self):
        known = yaml.safe_load((ROOT / "showyourwork.yml").read_text())["dependencies"]["src/tex/ms.tex"]
        read = [*TEX.glob("*.bib"), *TEX.glob("*.sty"), *self.manuscript]
        assert sorted(known) == sorted(path.relative_to(ROOT).as_posix() for path in read)

    def test_the_address_is_that_of_the_configuration(self):
        repository = yaml.safe_load((ROOT / "workflow/config/config.yaml").read_text())["repository"]
        assert rf"\def\syw@url{{{repository}}}" in (TEX / "showyourwork.sty").read_text()

    @needs_stylesheet
    @needs_latex
    def test_showyourwork_reads_it_before_any_number_exists(self, tmp_path):
        for path in [*self.sources, *TEX.glob("*.sty")]:
            place = tmp_path / path.relative_to(TEX)
            place.parent.mkdir(exist_ok=True)
            shutil.copy(path, place)
        shutil.copy(dialect.stylesheet().with_name("preprocess.tex"), tmp_path / "showyourwork.tex")
        done = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "ms"],
            cwd=tmp_path,
            env=os.environ | {"max_print_line": "10000"},
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:]
        seen = re.findall("<SCRIPT>(.*?)</SCRIPT>", (tmp_path / "showyourwork.xml").read_text())
        # In the order of the paper, which is not that of the names.
        assert sorted(seen) == sorted(figure.script for figure in dialect.figures(self.manuscript))
