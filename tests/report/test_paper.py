import contextlib
import re
import shutil
import subprocess
import tarfile
import zlib
from pathlib import Path

import pytest

from retort.files import DamagedFile, NoRoomError
from retort.report import dialect, paper
from retort.sealed import write_generated

from ..full_disk import no_file_beyond
from .needs import needs_latex, needs_pdftotext, needs_stylesheet

ROOT = Path(__file__).resolve().parents[2]
TEX = ROOT / "src/tex"
ORIGIN = dialect.Origin(url="https://example.org/team/paper", commit="0123456789" * 4, epoch=1_767_225_600)
RULES = {
    "output/numbers.tex": "workflow/rules/paper.smk#L7",
    "tables/grid.tex": "workflow/rules/paper.smk#L9",
}

MANUSCRIPT = r"""\documentclass{article}
\usepackage{lmodern}
\usepackage{natbib}
\usepackage{retort}
\usepackage{showyourwork}
\beside{supplement}
\ifpdftex\pdfobjcompresslevel=0 \fi
\begin{document}
\variable{output/numbers.tex}%
\stampgenerated
\input{sections/curve}
\newpage
The second page.
\bibliographystyle{plainnat}
\bibliography{references}
\end{document}
"""
SUPPLEMENT = r"""\documentclass{article}
\usepackage{lmodern}
\usepackage{natbib}
\usepackage{retort}
\usepackage{showyourwork}
\beside{ms}
\numbersbegin{S}
\begin{document}
\input{output/numbers}
\stampgenerated
\section{More}
\label{sec:more}
It adds to Figure~\ref{fig:curve} of \citet{tukey}; see Section~\ref{sec:more}.
\bibliographystyle{plainnat}
\bibliography{references}
\end{document}
"""
SECTION = r"""See Figure~\ref{fig:curve}, Section~\ref{sec:more} and \citet{tukey}.
Score: \Score{}. \verdict{Gain}{HELPS}{HARMS}{UNDECIDED}
\begin{figure}
  \includegraphics{figures/curve.pdf}
  \caption{A curve.}
  \label{fig:curve}
  \script{curve.py}
\end{figure}
"""
TABLE = r"""
\begin{table}
  \caption{A grid.}
  \label{tab:grid}
  \begin{tablebox}
    \variable{tables/grid.tex}%
  \end{tablebox}
\end{table}
"""
GRID = r"""\begin{tabular}{ll}
  81.5 & {\scriptsize \ci{80.1}{82.9}} \\
\end{tabular}
\tablenotes{Of nobody.}
"""
NUMBERS = r"""\generatedtrue
\newcommand{\Score}{81.5}
\newcommand{\GainSign}{+}
"""
BIBLIOGRAPHY = "@book{tukey, author={Tukey, John W.}, title={Exploratory}, publisher={A-W}, year={1977}}\n"


class Manuscript:
    """A small paper in a folder, with the project's own style files."""

    def __init__(self, folder, section=SECTION, numbers=NUMBERS):
        self.folder = folder
        tex = folder / "src/tex"
        for name, text in {
            "ms.tex": MANUSCRIPT,
            "supplement.tex": SUPPLEMENT,
            "sections/curve.tex": section,
            "output/numbers.tex": numbers,
            "references.bib": BIBLIOGRAPHY,
        }.items():
            (tex / name).parent.mkdir(parents=True, exist_ok=True)
            if name.startswith("output"):
                write_generated(tex / name, text)
            else:
                (tex / name).write_text(text)
        for style in TEX.glob("*.sty"):
            shutil.copy(style, tex)
        self.main = tex / "ms.tex"
        self.documents = [self.main, tex / "supplement.tex"]
        self.pdf = folder / "ms.pdf"
        self.pdfs = [self.pdf, folder / "supplement.pdf"]
        draw(tex / "figures/curve.pdf")

    @property
    def files(self):
        found = {path for path in self.main.parent.rglob("*") if path.is_file()}
        return sorted(found - set(self.documents))

    def compile(self):
        scratch = self.folder / "build/paper"
        given = {"pdfs": self.pdfs, "folder": scratch, "origin": ORIGIN, "rules": RULES}
        return paper.build(self.documents, self.files, **given)

    def bundle(self):
        archive = self.folder / "arxiv.tar.gz"
        paper.bundle(
            self.documents,
            self.files,
            archive=archive,
            folder=self.folder / "build/arxiv",
            origin=ORIGIN,
            rules=RULES,
        )
        return archive


def draw(path):
    """One black square as a PDF, written by hand: neither matplotlib nor a date is in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    square = b"10 10 80 80 re f"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]/Resources<<>>/Contents 4 0 R>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(square), square),
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    write_generated(path, out + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start)


def text_of(pdf):
    """The text of each page."""
    pages = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True)
    return pages.stdout.removesuffix("\f").split("\f")


def sizes_of_type(pdf):
    """The sizes that a PDF of pdfTeX sets type in, in TeX's points."""
    found = set()
    for packed in re.findall(rb"stream\r?\n(.*?)endstream", pdf.read_bytes(), re.DOTALL):
        with contextlib.suppress(zlib.error):
            content = zlib.decompress(packed)
            found |= {float(size) for size in re.findall(rb"/F\d+ ([\d.]+) Tf", content)}
    return {round(size * 72.27 / 72, 1) for size in found}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    manuscript = Manuscript(tmp_path_factory.mktemp("one"))
    assert manuscript.compile() == []
    return manuscript


@pytest.fixture(scope="module")
def bundled(compiled):
    return compiled.bundle()


@needs_latex
@needs_stylesheet
class TestCompile:
    def test_two_folders_give_the_same_bytes(self, compiled, tmp_path, monkeypatch):
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
        other = Manuscript(tmp_path / "a folder, deeper")
        other.compile()
        for first, second in zip(compiled.pdfs, other.pdfs, strict=True):
            assert first.read_bytes() == second.read_bytes()

    def test_another_commit_is_another_paper(self, compiled, tmp_path):
        scratch = tmp_path / "build"
        origin = dialect.Origin(url=ORIGIN.url, commit="f" * 40, epoch=ORIGIN.epoch)
        pdfs = [tmp_path / "ms.pdf", tmp_path / "supplement.pdf"]
        paper.build(compiled.documents, compiled.files, pdfs=pdfs, folder=scratch, origin=origin)
        assert pdfs[0].read_bytes() != compiled.pdf.read_bytes()

    @needs_pdftotext
    def test_the_two_documents_refer_to_each_other(self, compiled):
        first, second = ("".join(text_of(pdf)) for pdf in compiled.pdfs)
        assert "Section S1" in first
        assert re.search(r"Figure 1 of .*; see Section S1", second)
        assert "??" not in first + second

    @needs_pdftotext
    def test_a_document_alone_has_an_s_for_what_is_in_the_other(self, compiled, tmp_path):
        """As showyourwork makes it, which knows of the manuscript only."""
        alone = [tmp_path / "ms.pdf"]
        paper.build([compiled.main], compiled.files, pdfs=alone, folder=tmp_path / "build", origin=ORIGIN)
        assert re.search(r"Section S\b(?!1)", "".join(text_of(alone[0])))

    @needs_pdftotext
    def test_captions_lead_to_script_and_rule_at_the_commit(self, tmp_path):
        manuscript = Manuscript(tmp_path, section=SECTION + TABLE)
        write_generated(manuscript.main.parent / "tables/grid.tex", GRID)
        assert manuscript.compile() == []
        content = manuscript.pdf.read_bytes()
        base = f"{ORIGIN.url}/blob/{ORIGIN.commit}"
        assert f"({base}/src/scripts/curve.py)".encode() in content
        assert f"({base}/workflow/rules/paper.smk#L9)".encode() in content
        (text, *_) = text_of(manuscript.pdf)
        assert re.search(r"Figure 1: A curve\. source", text)
        assert re.search(r"Table 1: A grid\. source", text)

    @needs_pdftotext
    def test_labels_are_not_printed(self, compiled):
        assert "fig:curve" not in "".join(text_of(compiled.pdf))

    @needs_pdftotext
    def test_each_page_of_generated_data_says_so(self, compiled, tmp_path):
        assert all("generated data" in page for page in text_of(compiled.pdf))
        real = Manuscript(tmp_path, numbers=NUMBERS.replace("generatedtrue", "generatedfalse"))
        real.compile()
        assert not any("generated data" in page.lower() for page in text_of(real.pdf))

    @needs_pdftotext
    def test_verdicts_follow_the_signs(self, tmp_path):
        signs = {"Up": "+", "Down": "-", "Level": "0"}
        numbers = NUMBERS + "".join(rf"\newcommand{{\{name}Sign}}{{{sign}}}" for name, sign in signs.items())
        verdicts = "".join(rf"\verdict{{{name}}}{{HELPS }}{{HARMS }}{{UNDECIDED}}" for name in signs)
        manuscript = Manuscript(tmp_path, section=SECTION + verdicts, numbers=numbers)
        manuscript.compile()
        found = re.findall("HELPS|HARMS|UNDECIDED", text_of(manuscript.pdf)[0])
        assert found == [
            "HELPS",
            "HELPS",
            "HARMS",
            "UNDECIDED",
        ]  # the first is that of the section, of a gain

    @pytest.mark.parametrize(
        ("columns", "body", "brackets"), [(14, 10, 8), (15, 9, 8), (17, 8, 7.2), (20, 7.4, 7)]
    )
    def test_a_table_is_in_the_largest_type_that_fits(self, tmp_path, columns, body, brackets):
        manuscript = self.with_columns(tmp_path, columns)
        assert manuscript.compile() == []
        assert {body, brackets} <= sizes_of_type(manuscript.pdf)
        assert min(sizes_of_type(manuscript.pdf)) >= 7

    def test_a_table_that_fits_turned_is_turned(self, tmp_path):
        manuscript = self.with_columns(tmp_path, 21)
        assert manuscript.compile() == []
        assert min(sizes_of_type(manuscript.pdf)) >= 7

    def test_a_table_below_seven_points_is_refused(self, tmp_path):
        manuscript = self.with_columns(tmp_path, 40)
        with pytest.raises(
            dialect.PaperError, match=r"src/tex/tables/grid\.tex: needs .* in type of 7 points"
        ):
            manuscript.compile()

    def with_columns(self, folder, columns):
        manuscript = Manuscript(folder, section=SECTION + TABLE)
        row = " & ".join([r"5 {\scriptsize 5}"] * columns)
        table = rf"\begin{{tabular}}{{{'l' * columns}}}{row} \\ \end{{tabular}}"
        write_generated(manuscript.main.parent / "tables/grid.tex", table)
        return manuscript

    @needs_pdftotext
    def test_a_long_table_goes_on_over_pages_with_its_caption_and_link(self, tmp_path):
        body = r"\longcaption HEAD \\ \endfirsthead HEAD \\ \endhead" + r"5 & {\scriptsize 5} \\" * 120
        box = r"\begin{longtablebox}{A grid.}{tab:grid} \variable{tables/grid.tex}\end{longtablebox}"
        manuscript = Manuscript(tmp_path, section=SECTION + box + r" Table~\ref{tab:grid}.")
        table = rf"\begin{{longtable}}{{ll}}{body}\end{{longtable}}"
        write_generated(manuscript.main.parent / "tables/grid.tex", table)
        assert manuscript.compile() == []
        pages = text_of(manuscript.pdf)
        assert [page.count("HEAD") for page in pages if "HEAD" in page] == [1] * (len(pages) - 1)
        assert re.search(r"Table 1: A grid\. source", "".join(pages))
        assert {8, 7.2} <= sizes_of_type(manuscript.pdf)

    @needs_pdftotext
    def test_what_is_written_of_a_study_is_taken_in_and_what_is_not_is_left_out(self, tmp_path):
        text = r"\studies{later, alloys, glass}\eachstudy{glance}\eachstudy{sections}"
        text += r"\ifstudy{glass}{WITH}{WITHOUT} \ifstudy{alloys}{WITH}{WITHOUT} in \studysections."
        manuscript = Manuscript(tmp_path, section=SECTION + text)
        for name in ("glance/alloys", "sections/alloys"):
            path = manuscript.main.parent / f"{name}.tex"
            path.parent.mkdir(exist_ok=True)
            path.write_text(rf"[{name}]" + r"\label{sec:alloys}" * (name == "sections/alloys"))
        manuscript.compile()
        seen = " ".join("".join(text_of(manuscript.pdf)).split())
        assert "[glance/alloys] [sections/alloys] WITHOUT WITH in Section" in seen

    @needs_pdftotext
    def test_sections_of_studies_are_listed_as_they_are_there(self, tmp_path):
        names = ("alloys", "glass", "later", "stones")
        text = rf"\studies{{{', '.join(names)}}}\par In \studysections.\eachstudy{{sections}}"
        manuscript = Manuscript(tmp_path, section=SECTION + text)
        for name in ("alloys", "glass", "stones"):
            path = manuscript.main.parent / f"sections/{name}.tex"
            path.parent.mkdir(exist_ok=True)
            path.write_text(rf"\section{{On {name}}}\label{{sec:{name}}}")
        manuscript.compile()
        assert "In Sections 1, 2 and 3." in " ".join("".join(text_of(manuscript.pdf)).split())

    @needs_pdftotext
    def test_an_interval_that_there_is_not_is_said_to_be_none(self, tmp_path):
        numbers = {"FewLow": "n/a", "FewHigh": "n/a", "ManyLow": r"$-$0.1", "ManyHigh": "0.2"}
        text = "".join(rf"\newcommand{{\{name}}}{{{value}}}" for name, value in numbers.items())
        text += r"\par Few \ci{\FewLow}{\FewHigh}, many \ci{\ManyLow}{\ManyHigh}."
        manuscript = Manuscript(tmp_path, section=SECTION + text)
        manuscript.compile()
        seen = " ".join("".join(text_of(manuscript.pdf)).split())
        assert "Few (no interval), many [−0.1, 0.2]." in seen

    def test_a_text_that_is_too_long_is_refused(self, tmp_path, monkeypatch):
        monkeypatch.setattr(paper, "MAIN_PAGES", 1)
        short = Manuscript(tmp_path / "short", section=SECTION + r"\label{end:text}")
        assert short.compile() == []
        long = Manuscript(tmp_path / "long", section=SECTION + r"\newpage More. \label{end:text}")
        with pytest.raises(dialect.PaperError, match=r"ms\.tex: 2 pages before the references, at most 1"):
            long.compile()

    def test_a_box_that_sticks_out_is_named(self, tmp_path):
        manuscript = Manuscript(tmp_path, section=SECTION + "\n\n\\noindent\\rule{500pt}{1pt}\n\nMore.\n")
        (warning,) = manuscript.compile()
        assert re.search(r"src/tex/sections/curve\.tex:\d+: sticks out by 1\d\d\.\d pt\.", warning)

    def test_a_float_that_no_page_holds_is_named(self, tmp_path):
        tall = r"\begin{table}\rule{1pt}{900pt}\end{table}"
        (warning,) = Manuscript(tmp_path, section=f"{SECTION}\n\n{tall}\n").compile()
        assert re.search(
            r"src/tex/sections/curve\.tex:\d+: a float is \d+\.\d pt too tall for its page\.", warning
        )


@needs_latex
class TestFailures:
    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            (
                r"\Score{}",
                r"\Unmade{}",
                r"sections/curve\.tex:2: undefined command \\Unmade\n.*\nHint: .*numbers",
            ),
            (
                r"\ref{fig:curve}",
                r"\ref{fig:lost}",
                r"sections/curve\.tex:1: reference 'fig:lost' is undefined",
            ),
            (r"\citet{tukey}", r"\citet{nobody}", r"sections/curve\.tex:1: citation 'nobody' is undefined"),
            ("figures/curve.pdf", "figures/lost.pdf", r"sections/curve\.tex:4: .*figures/lost\.pdf"),
            (r"\verdict{Gain}", r"\verdict{Loss}", r"sections/curve\.tex:2: .*Number Loss is missing"),
            ("Score: ", "Score: \\label{fig:curve}", r"label 'fig:curve' is multiply defined"),
            (
                "Score: ",
                r"Score: [\GainLow, \GainHigh] ",
                r"sections/curve\.tex:2: an interval in bare .*ci\{\\GainLow\}",
            ),
            ("Score: ", "Score: \\label{sec:more}", r"label 'sec:more' is multiply defined"),
        ],
    )
    def test_the_place_is_named_and_the_old_paper_stays(self, tmp_path, old, new, expected):
        manuscript = Manuscript(tmp_path, section=SECTION.replace(old, new))
        manuscript.pdf.write_text("the old paper")
        with pytest.raises(dialect.PaperError) as error:
            manuscript.compile()
        assert re.search(expected, str(error.value))
        assert len(str(error.value).splitlines()) <= 4
        assert manuscript.pdf.read_text() == "the old paper"

    def test_no_text_starts_a_program(self, tmp_path, monkeypatch):
        """Not even where the machine's TeX allows it."""
        monkeypatch.setenv("shell_escape", "t")
        section = SECTION + rf"\immediate\write18{{touch {tmp_path}/started}}" + "\n"
        Manuscript(tmp_path, section=section).compile()
        assert not (tmp_path / "started").exists()

    def test_a_full_disk_is_called_one(self, tmp_path, monkeypatch):
        manuscript = Manuscript(tmp_path)
        with no_file_beyond(100), pytest.raises(NoRoomError, match=r"build/paper/.*: file too large. Hint"):
            manuscript.compile()
        monkeypatch.setattr(paper, "LEAST_ROOM", 1 << 62)
        manuscript = Manuscript(tmp_path, section=SECTION.replace("curve.pdf", "lost.pdf"))
        with pytest.raises(dialect.PaperError, match=r"build/paper: LaTeX failed and the disk is full. Hint"):
            manuscript.compile()

    @pytest.mark.parametrize(
        ("name", "old", "new", "maker"),
        [
            ("output/numbers.tex", b"81.5", b"99.9", "the rule collect_numbers"),
            ("figures/curve.pdf", b"10 10 80 80", b"10 10 20 80", r"src/scripts/curve\.py"),
        ],
    )
    def test_what_a_program_wrote_and_somebody_edited_is_refused(self, tmp_path, name, old, new, maker):
        manuscript = Manuscript(tmp_path)
        path = manuscript.main.parent / name
        path.write_bytes(path.read_bytes().replace(old, new))
        hint = rf"{name}: changed since it was written: .* Hint: delete it, and {maker} makes it again\."
        for make in (manuscript.compile, manuscript.bundle):
            with pytest.raises(DamagedFile, match=hint):
                make()
        path.write_text("written by hand")
        with pytest.raises(DamagedFile, match=f"{name}: holds no checksum"):
            manuscript.compile()

    def test_a_missing_input_is_named(self, compiled, tmp_path):
        lost = compiled.main.parent / "tables/lost.tex"
        with pytest.raises(dialect.PaperError, match=r"tables/lost\.tex: no such file"):
            paper.build(
                compiled.documents, [lost], pdfs=compiled.pdfs, folder=tmp_path / "build", origin=ORIGIN
            )


def test_without_latex_one_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(dialect.PaperError, match=r"pdflatex.*tectonic.*Hint: install") as error:
        Manuscript(tmp_path).compile()
    assert "\n" not in str(error.value)


@needs_latex
@needs_stylesheet
class TestBundle:
    def test_same_bytes_in_two_folders(self, bundled, tmp_path):
        first, second = bundled, Manuscript(tmp_path / "elsewhere").bundle()
        assert first.read_bytes() == second.read_bytes()

    @needs_pdftotext
    def test_pdflatex_alone_makes_the_paper_from_it(self, compiled, bundled, tmp_path):
        with tarfile.open(bundled) as tar:
            tar.extractall(tmp_path, filter="data")
        assert not list(tmp_path.rglob("*.bib"))
        for pdf in compiled.pdfs:  # one after the other, as arXiv does
            for _ in range(3):
                subprocess.run(
                    ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", pdf.stem],
                    cwd=tmp_path,
                    check=True,
                    stdout=subprocess.DEVNULL,
                )
            assert text_of(tmp_path / pdf.name) == text_of(pdf)
