"""Numbers that people type into the prose: found, and accounted for."""

import shutil
from pathlib import Path

import pytest

from retort.configuration import TEX, ConfigurationError, typed

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"reaches 83.7\,\% of them", ["83.7 %"]),
        (r"by 37\,\% and 5~\%, from 0.139 to $-0.010$\,eV", ["37 %", "5 %", "0.139", "0.010"]),
        (r"in 1\,024.5 steps, $e^{(c-1)/0.02}$", ["1024.5", "0.02"]),
        (r"44\,736 reactions in 26\,s, 850 settings, at $n = 3$", ["44736", "26 s", "850 settings", "n = 3"]),
        (r"three layers of 32 units, $K = 64$, seeds 0 to 4, $10^{-4}$ and $x_{12}$ in 2018", []),
        (r"\PrecursorsGain\,\% of \PrecursorsTargets{} targets, seeds 0 to 4", []),
        (r"the split MP-2018.6.1~\citep{chen2019}, \texttt{torch 2.13}, at $x_{1}$ % 4.5 times", []),
        (r"\includegraphics[width=0.9\linewidth]{a.pdf} \\[0.4ex] \hspace{1.5em} \label{fig:a1.5}", []),
    ],
)
def test_what_may_be_a_result_is_found_and_nothing_else(text, found):
    assert [number for _, number in typed.numbers(text)] == found


@pytest.fixture
def project(tmp_path):
    """A project with one section, which has a number in its second line."""
    (tmp_path / "workflow/config/typed").mkdir(parents=True)
    (tmp_path / "src/tex/sections").mkdir(parents=True)
    (tmp_path / "src/tex/sections/one.tex").write_text("It is\n4.7 times as fast.\n")
    return tmp_path


def check(project, accounts=None):
    if accounts is not None:
        (project / "workflow/config/typed/one.yaml").write_text(accounts)
    typed.check_typed(project / "workflow/config", project / "src/tex")


@pytest.mark.parametrize(
    ("accounts", "words"),
    [
        (None, r"sections/one.tex:2: the number 4.7 is typed in. Hint: .*typed/one.yaml, as \"4.7\": .."),
        ('"4.7": fast\n"5 %": a level\n', "one.yaml: '5 %' stands in the text no more"),
        ('"4.7":\n', "one.yaml: '4.7' has no reason"),
        (
            '"4.7": docs/speed.md, measured\n',
            "'4.7' is said to be from .*docs/speed.md, which does not hold it",
        ),
    ],
)
def test_what_nobody_accounts_for_is_refused(project, accounts, words):
    with pytest.raises(ConfigurationError, match=words):
        check(project, accounts)


def test_what_is_accounted_for_may_stand(project):
    check(project, '"4.7": a constant of nature\n')
    (project / "docs").mkdir()
    (project / "docs/speed.md").write_text("| ours | 4.72 |\n")
    check(project, '"4.7": docs/speed.md, rounded\n')
    (project / "docs/speed.md").write_text("| ours | 14.72 |\n")
    with pytest.raises(ConfigurationError, match="does not hold it"):
        check(project, '"4.7": docs/speed.md, rounded\n')


def test_one_file_accounts_for_all_texts_of_its_name(project):
    (project / "src/tex/supplement").mkdir()
    (project / "src/tex/supplement/one.tex").write_text("At 5\\,\\% of them.\n")
    check(project, '"4.7": a constant of nature\n"5 %": a share\n')
    (project / "src/tex/tables").mkdir()
    (project / "src/tex/tables/one.tex").write_text("81.5\n")
    check(project)


def test_a_result_typed_into_the_manuscript_stops_the_load(tmp_path):
    shutil.copytree(TEX, tmp_path / "src/tex", ignore=shutil.ignore_patterns("figures", "tables", "output"))
    folder = ROOT / "workflow/config"
    for path in ("benchmarks", "workflow", "src/retort"):
        (tmp_path / path).symlink_to(ROOT / path)
    typed.check_typed(folder, tmp_path / "src/tex")
    section = tmp_path / "src/tex/sections/transfer.tex"
    section.write_text(section.read_text() + "\nIt is worth 12.3\\,\\%.\n")
    with pytest.raises(ConfigurationError, match=r"sections/transfer.tex:\d+: the number 12.3 %"):
        typed.check_typed(folder, tmp_path / "src/tex")
