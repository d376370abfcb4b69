"""Tables as HTML, and captions as plain text, for Snakemake's report."""

import pytest

from retort.report.captions import captions, restructured
from retort.report.html import page, parts
from retort.report.tables import Column, estimates, numbers, tabular, text


@pytest.mark.parametrize("long", [False, True])
def test_a_table_keeps_its_rows_its_spaces_and_its_notes(long):
    columns = [
        text("System", ["CrabNet", "Roost & Co", "median"]),
        numbers("$n$", [3, 3, 1], digits=0),
        estimates(
            r"\shortstack{MP\\deviations}", [-0.5, 0.25, 1.0], [-0.6, None, 0.9], [-0.4, None, 1.1], digits=2
        ),
    ]
    tex = tabular(columns, source="here", rules=[2], notes=[r"Means of 3\,\% of them."], long=long)
    head, body, notes = parts(tex)
    assert head == [[("System", 1), ("n", 1), ("MP deviations", 2)]]
    assert [[cell for cell, _ in cells] for cells, _ in body] == [
        ["CrabNet", "3", "-0.50", "[-0.60, -0.40]"],
        ["Roost & Co", "3", "0.25", ""],
        ["median", "1", "1.00", "[0.90, 1.10]"],
    ]
    assert [apart for _, apart in body] == [False, False, True]
    assert notes == "Means of 3 % of them."


def test_nothing_of_a_cell_is_taken_for_html():
    tex = tabular([Column("A", [r"a $<$ b \& c"])], source="here")
    assert "<td" in page(tex, title="t")
    assert "a &lt; b &amp; c" in page(tex, title="t")


def test_captions_are_found_by_their_label_and_say_what_a_reader_sees(tmp_path):
    (tmp_path / "a.tex").write_text(
        r"""\begin{figure} % \caption{not this}
  \caption{The gain, $g = \ln(E_\mathrm{control}/E)$, of 5\,\% \emph{nested \textbf{so}}~\citep{a2020b} (\ref{x}).}
  \label{fig:one}
  \script{one.py}
\end{figure}
\begin{longtablebox}{All claims.}{tab:two}
\end{longtablebox}""",
        encoding="utf-8",
    )
    assert captions(tmp_path) == {
        "fig:one": "The gain, g = ln(E_control/E), of 5 % nested so (…).",
        "tab:two": "All claims.",
    }


def test_signs_of_restructured_text_are_only_signs():
    assert restructured("E_a * `b` |c|") == r"E\_a \* \`b\` \|c\|"
