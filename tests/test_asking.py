"""What the commands share: questions, bad rows, finished runs, and one line for what cannot be answered."""

import argparse
import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

import pytest

from retort import asking, cli, studies
from retort.files import sha256
from retort.sealed import write_json

HEAVY = {"torch", "rdkit", "numpy", "polars", "chemprop", "pymatgen"}


WORD = asking.Kind("word", ("word", "term"), "ox")


def lines(file):
    return asking.read_file(file, lambda stream: [line.strip() for line in stream])


def given(*words, file=None, column=None, json=False):
    return argparse.Namespace(asked=list(words), file=file, column=column, json=json, output=None)


def texts(*words, **options):
    return [one.text for one in asking.asked(given(*words, **options), WORD)]


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom retort import cli\n"
        "try: cli.main(['--help'])\n"
        f"except SystemExit: print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[-1] == "[]"
    for command in ("claims", "precursors", "formation-energy", "band-gap", "embed", "property"):
        assert command in said.stdout


def test_what_is_given_comes_first_then_the_file(here, monkeypatch):
    (here / "some.txt").write_text("c\nd\n\n")
    monkeypatch.setattr(sys, "stdin", io.StringIO("p\nq\n"))
    assert texts("a", "-", " b ", file="some.txt") == ["a", "p", "q", "b", "c", "d"]


def test_piped_input_is_read_where_nothing_else_is_given(here, monkeypatch):
    with pytest.raises(asking.AskError, match=r'no word given\. Hint: name some, e\.g\. "ox"'):
        texts()  # a terminal is not waited for
    (here / "some.txt").write_text("c\n")
    for words, file, wanted in (([], None, ["p"]), (["a"], None, ["a"]), ([], "some.txt", ["c"])):
        monkeypatch.setattr(sys, "stdin", io.StringIO("p\n"))
        assert texts(*words, file=file) == wanted


@pytest.mark.parametrize(("sign", "shown"), [(";", "';'"), ("\t", "'\\t'")])
def test_semicolons_and_tabs_separate_where_the_header_has_no_comma(here, capsys, sign, shown):
    (here / "mine.csv").write_text(f"\ufeffname{sign}word\n2,3-ox{sign}ox\n", encoding="utf-8")
    (row,) = asking.asked(given(file="mine.csv", column="word"), WORD)
    assert row.cells == {"name": "2,3-ox", "word": "ox"}
    assert capsys.readouterr().err == f"note: mine.csv: its cells are separated by {shown}\n"
    (here / "mine.csv").write_text("a;b,word\n1;2,ox\n", encoding="utf-8")
    assert texts(file="mine.csv", column="word") == ["ox"]
    assert capsys.readouterr().err == ""


def test_a_column_that_nobody_named_is_said_and_never_guessed(here, capsys):
    (here / "mine.csv").write_text("\ufeffid,Word,WORDS\n1,ox,x\n2,,y\n", encoding="utf-8")
    rows = asking.asked(given(file="mine.csv"), WORD)
    assert [row.text for row in rows] == ["ox", ""]
    assert rows[0].cells == {"id": "1", "Word": "ox", "WORDS": "x"}
    assert capsys.readouterr().err == "note: mine.csv: the column 'Word' is read\n"
    assert texts(file="mine.csv", column="WORDS") == ["x", "y"]
    assert capsys.readouterr().err == ""
    for header, hint in (
        (
            "id,wording",
            r"no column 'word', but id, wording\. Hint: say with --column .* words, such as 'wording'",
        ),
        ("word,Word", "its columns 'word' and 'Word' may both have the words"),
    ):
        (here / "mine.csv").write_text(f"{header}\n1,2\n")
        with pytest.raises(asking.AskError, match=hint):
            texts(file="mine.csv")


def test_rows_are_counted_as_a_spreadsheet_does_and_lines_as_an_editor(here, capsys, monkeypatch):
    (here / "mine.csv").write_text('note,word\n"a\nb",ox\n\n,\n,cow\n')
    rows = asking.asked(given(file="mine.csv"), WORD)
    assert [(row.row, row.text) for row in rows] == [(2, "ox"), (4, ""), (5, "cow")]
    capsys.readouterr()
    assert tell(given(), *rows) == 1
    assert capsys.readouterr().err.splitlines() == ["note: it counts", "row 4: (empty): empty"]
    assert tell(given(json=True), *rows) == 1
    assert [one["row"] for one in json.loads(capsys.readouterr().out)["predictions"]] == [2, 4, 5]

    commented = asking.Kind("word", ("word",), "ox", asking.uncommented)
    (here / "some.txt").write_text("# mine\nox\n\ncow\n\n")
    rows = asking.asked(given(file="some.txt"), commented)
    assert [(row.row, row.text) for row in rows] == [(2, "ox"), (4, "cow")]
    # Of several sources no row is called like that of another one.
    monkeypatch.setattr(sys, "stdin", io.StringIO("p\n"))
    rows = asking.asked(given("a", "-", file="some.txt"), commented)
    assert [row.row for row in rows] == [None] * 4
    assert tell(given(json=True), *rows) == 0
    assert [one["row"] for one in json.loads(capsys.readouterr().out)["predictions"]] == [1, 2, 3, 4]


def test_a_table_and_words_at_once_are_json_only(here):
    (here / "mine.csv").write_text("word\nox\n")
    with pytest.raises(asking.AskError, match="a table and other words at once"):
        texts("a", file="mine.csv")
    assert texts("a", file="mine.csv", json=True) == ["a", "ox"]


def test_subscripts_are_digits():
    assert asking.plain("Ca₁₀(PO₄)₆F₂·½") == "Ca10(PO4)6F2·½"


@dataclass(frozen=True, kw_only=True)
class Length(asking.Answer):
    letters: int = 0

    def told(self):
        return {"letters": self.letters}

    def added(self):
        return {"letters": str(self.letters)}

    def lines(self):
        yield f"{self.given.text} {self.letters}"


def tell(arguments, *rows):
    answers = [
        Length(
            row=row, given=one, letters=len(one.text), error=None if one.text else "empty", warnings=("odd",)
        )
        for row, one in enumerate(rows, start=1)
    ]
    return asking.tell(
        answers, WORD, arguments, model={"name": "length"}, notes=["it counts"], columns=["letters"]
    )


def test_answers_are_lines_or_json_or_a_table_with_all_columns(here, capsys):
    words = asking.Given("ox"), asking.Given("")
    assert tell(given(), *words) == 1
    heard = capsys.readouterr()
    assert heard.out == "ox 2\n   odd\n"
    assert heard.err.splitlines() == ["note: it counts", "row 2: (empty): empty"]
    assert tell(given(json=True), words[0]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["model"] == {"name": "length"}
    assert told["predictions"] == [{"row": 1, "word": "ox", "letters": 2, "warnings": ["odd"]}]
    rows = [
        asking.Given("ox", {"letters": "a, b", "word": "ox"}),
        asking.Given("", {"letters": "", "word": ""}),
    ]
    assert tell(given(), *rows) == 1
    table = capsys.readouterr().out
    assert table.splitlines() == [
        "letters,word,retort_letters,warning,error",
        '"a, b",ox,2,odd,',
        ",,,odd,empty",
    ]
    arguments = given()
    arguments.output = here / "out.csv"
    assert tell(arguments, words[0]) == 0
    assert arguments.output.read_text() == "word,letters,warning,error\nox,2,odd,\n"
    assert capsys.readouterr().out == ""
    arguments.output = here / "nowhere/out.csv"
    with pytest.raises(asking.AskError, match=r"nowhere/out\.csv: No such file"):
        tell(arguments, words[0])


def test_only_the_same_thing_has_a_similarity_of_one():
    assert asking.likeness(1.0, same=True) == "1.00"
    assert asking.likeness(1.0, same=False) == "0.99"
    assert asking.likeness(0.99999, same=False, digits=3) == "0.999"
    assert asking.likeness(0.25, same=False) == "0.25"


def test_a_file_that_cannot_be_read_is_named(here):
    (here / "binary").write_bytes(b"ox\n\xff\xfe\x00")
    for file, words in (
        ("absent", "absent: No such file"),
        (".", "Is a directory"),
        ("binary", r"binary: line 2: the byte 0xff is not UTF-8\. Hint: save it as UTF-8"),
    ):
        with pytest.raises(asking.AskError, match=words):
            lines(file)


def test_bad_rows_are_named_and_many_are_counted(capsys):
    assert asking.name_bad([(1, "a", None)]) == 0
    assert capsys.readouterr().err == ""
    rows = [(1, "a", None), (2, "", "empty"), (3, "c", "wrong"), (4, "d", "wrong")]
    assert asking.name_bad(rows) == 1
    assert capsys.readouterr().err.splitlines() == [
        "row 2: (empty): empty",
        "row 3: c: wrong",
        "row 4: d: wrong",
    ]
    assert asking.name_bad(rows, 1) == 1
    assert capsys.readouterr().err.splitlines() == [
        "row 2: (empty): empty",
        "... and 2 more rows that cannot be read",
    ]


def table(text, file="mine.csv"):
    return asking.Table.read(io.StringIO(text, newline=""), file)


def test_a_table_is_read_with_all_its_cells():
    found = table('\ufeff"name, short", smiles \r\n"a, b",CCO\r\n\r\nshort\r\n')
    assert found.header == ["name, short", "smiles"]  # a mark, or blanks, are no part of a name
    assert found.rows == [["a, b", "CCO"], ["short", ""]]
    assert found.cells()[1] == {"name, short": "short", "smiles": ""}
    assert (
        found.place(None, ("id", "smiles"), "molecules") == found.place("smiles", ("id",), "molecules") == 1
    )
    assert (table("").header, table("\n\n").rows) == ([], [])


def test_a_row_longer_than_its_header_is_named_as_a_spreadsheet_counts_it():
    # Row 1 is the header, row 2 has a line break within a cell, row 3 is blank.
    with pytest.raises(
        asking.AskError,
        match=r"^mine\.csv: row 4, as a spreadsheet counts, has 3 cells, expected the 2 of the header: 'c,d,e'\. Hint",
    ):
        table('x,y\n"a\nb",1\n\nc,d,e\n')
    with pytest.raises(asking.AskError, match=r"^standard input: row 2"):
        table("x\na,\n", "-")


def test_a_column_that_is_missing_or_called_twice_is_said():
    found = table("x,y,x\n1,2,3\n")
    for wrong in (lambda: found.place("x", ("y",), "numbers"), found.cells):
        with pytest.raises(asking.AskError, match=r"^mine\.csv: two columns are called 'x'\. Hint: rename"):
            wrong()
    assert (
        found.place(None, ("y",), "numbers") == 1
    )  # where one of the others is asked for, it does not matter
    for column, said in (("z", "z"), (None, "a")):
        with pytest.raises(
            asking.AskError, match=f"no column '{said}', but x, y, x. Hint: say with --column .* the numbers"
        ):
            found.place(column, ("a", "b"), "numbers")


def finished(here, *places, folder=None, **changes):
    for place in places:
        dataset, split, variant, seed = place.split("/")
        record = {
            "study": "study",
            "dataset": dataset,
            "split": split,
            "variant": variant,
            "seed": int(seed),
            "generated": dataset == "made",
            "inputs": {"prepared": f"data/prepared/{dataset}.parquet"},
            "settings": {},
        }
        write_json(record | changes, here / "data/runs/study" / (folder or place) / "run.json")


def write(here, folder, text):
    (here / "data/runs/study" / folder).mkdir(parents=True)
    (here / "data/runs/study" / folder / "run.json").write_text(text)


def largest(here):
    """By variant the runs that answer where all can; each gets the predictions that it must have."""
    for file in here.rglob("run.json"):
        (file.parent / "predictions.parquet").touch()
    rivals = asking.Rivals.of("study", "ask", lambda folder, record: record["variant"] != "other")
    return {
        variant: [folder.relative_to("data/runs/study").as_posix() for folder, _ in runs]
        for variant, runs in rivals.largest().items()
    }


def test_real_data_answer_before_generated_then_the_largest(here):
    (here / "data/prepared").mkdir(parents=True)
    for dataset, size in (("made", 9), ("small", 1), ("large", 5)):
        (here / f"data/prepared/{dataset}.parquet").write_bytes(b"." * size)
    finished(here, "made/a/good/0", "made/b/fair/1")
    assert largest(here) == {"good": ["made/a/good/0"]}
    finished(here, "small/a/good/0", "small/a/other/0")
    assert largest(here) == {"good": ["small/a/good/0"]}
    finished(here, "large/a/fair/0", "large/a/fair/1", "large/a/good/0")
    assert largest(here) == {"fair": ["large/a/fair/0", "large/a/fair/1"], "good": ["large/a/good/0"]}


def test_a_data_set_without_a_model_is_told_from_one_that_is_misspelt(here):
    def said(dataset, trained=("bbbp",)):
        return str(asking.untrained("molecules", "property", dataset, trained))

    make = "Hint: make one with: make model NAME=property/{}"
    assert said("bbpb").endswith(f"'bbpb' under data/runs/molecules, but for bbbp. {make.format('bbpb')}")
    folder = here / "workflow/config/dataset"
    folder.mkdir(parents=True)
    for name in ("bace", "bbbp", "esol"):
        (folder / f"{name}.yaml").touch()
    assert said("esol").endswith(f", but for bbbp. {make.format('esol')}")
    assert said("bbpb").endswith("Hint: it is no data set of workflow/config/dataset; did you mean bbbp?")
    assert said("bbb", ("bbb2",)).endswith("did you mean bbbp or bbb2?")
    assert said("quite", ()).endswith("molecules. Hint: it is no data set of workflow/config/dataset")


def test_a_run_is_what_its_run_json_says_wherever_it_lies(here):
    finished(here, "small/a/good/0", folder="elsewhere/made")
    finished(here, "made/a/good/0", folder="small/a/good/seed0")
    known = {folder.as_posix(): record["dataset"] for folder, record in asking.finished_runs("study")}
    assert known == {"data/runs/study/elsewhere/made": "small", "data/runs/study/small/a/good/seed0": "made"}


def test_torn_runs_and_those_of_an_older_version_do_not_answer(here):
    finished(here, "small/a/good/0")
    finished(here, "small/a/good/1", study="other")
    write(here, "large/a/good/0", '{"study": ')
    write_json({"study": "study", "settings": {}}, here / "data/runs/study/large/a/good/1/run.json")
    write(here, "large/a/good/2", json.dumps({"study": "study"}))
    assert [folder.as_posix() for folder, _ in asking.finished_runs("study")] == [
        "data/runs/study/small/a/good/0"
    ]


def test_a_run_of_the_record_answers_where_its_very_tables_are(here):
    """On a fresh machine; a run under data/runs goes before the same one of the record."""
    tables = {name: here / f"data/{name}/made.parquet" for name in ("prepared", "split")}
    for file in tables.values():
        file.parent.mkdir(parents=True)
        file.write_bytes(b"as it was")
    inputs = {name: str(file.relative_to(here)) for name, file in tables.items()}
    hashes = {name: sha256(file) for name, file in tables.items()}
    finished(here, "made/a/good/0", inputs=inputs, hashes=hashes)
    run, kept = here / "data/runs/study/made/a/good/0", here / asking.kept("study") / "made/a/good/0"
    kept.parent.mkdir(parents=True)
    shutil.copytree(run, kept)

    def found():
        return [folder for folder, _ in asking.finished_runs("study")]

    assert found() == [run.relative_to(here)]
    (run / "model.safetensors").touch()
    assert asking.used(here, "data/runs/study/made/a/good/0") == run
    shutil.rmtree(run)
    assert found() == [kept.relative_to(here)]
    assert asking.used(here, "data/runs/study/made/a/good/0") == kept
    with pytest.raises(
        asking.AskError, match=r"predictions of .* are gone\. Hint: make one with: make model NAME=ask"
    ):
        asking.Rivals.of("study", "ask", lambda folder, record: True)
    (kept / "predictions.parquet").touch()
    assert list(asking.Rivals.of("study", "ask", lambda folder, record: True).largest()) == ["good"]
    tables["split"].write_bytes(b"otherwise")
    assert found() == []


def test_a_run_is_read_or_it_is_said_why_not(here):
    finished(here, "made/a/good/0")
    finished(here, "made/a/good/1", study="other")
    write(here, "made/a/torn/0", '{"study": ')
    write_json({"study": "study"}, here / "data/runs/study/made/a/old/0/run.json")
    folder = asking.runs("study") / "made/a"
    assert asking.read_run("study", folder / "good/0")["variant"] == "good"
    with pytest.raises(asking.AskError, match="torn/0: it cannot be used: "):
        asking.read_run("study", folder / "torn/0")
    with pytest.raises(
        asking.AskError, match="old/0: it cannot be used: it lacks 'dataset'; an older version"
    ):
        asking.read_run("study", folder / "old/0")
    with pytest.raises(asking.AskError, match="a run of the study other, expected study"):
        asking.read_run("study", folder / "good/1")
    with pytest.raises(asking.AskError, match=r"it has no run\.json.*snakemake study"):
        asking.read_run("study", folder / "none/0")


def test_the_project_of_a_run_is_where_its_prepared_table_is(here, tmp_path_factory, monkeypatch):
    finished(here, "made/a/good/0")
    folder = asking.runs("study") / "made/a/good/0"
    record = asking.read_run("study", folder)
    assert asking.project(folder, record) is None
    (here / "data/prepared").mkdir()
    (here / "data/prepared/made.parquet").touch()
    assert asking.project(folder, record) == here
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert asking.project(here / folder, record) == here


def test_a_study_without_commands_does_not_hinder_the_others(here, monkeypatch, capsys):
    for name, code in (
        ("silent", None),
        ("loud", "def add_command(commands): commands.add_parser('shout', help='aloud')"),
    ):
        (here / name).mkdir()
        (here / name / "__init__.py").touch()
        if code:
            (here / name / "use.py").write_text(code)
    monkeypatch.setattr(studies, "__path__", [*studies.__path__, str(here)])
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    listed = capsys.readouterr().out
    assert "shout" in listed
    assert "precursors" in listed


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyError("weights"), "it lacks 'weights'; an older version made it"),
        (FileNotFoundError(2, os.strerror(2), "model.safetensors"), "model.safetensors is gone"),
        (RuntimeError("Sizes differ:\n of a\n of b"), "it cannot be used: Sizes differ. Hint"),
        (ValueError(), "it cannot be used: ValueError. Hint"),
        (asking.AskError("as it is"), "^as it is$"),
    ],
)
def test_a_model_that_cannot_be_used_is_said_in_one_line(error, words):
    with pytest.raises(asking.AskError, match=words) as told, asking.usable("study", "folder"):
        raise error
    assert len(str(told.value).splitlines()) == 1


def test_mistakes_of_ours_are_not_hidden():
    with pytest.raises(ZeroDivisionError), asking.usable("study", "folder"):
        _ = 1 / 0


def test_what_cannot_be_answered_is_one_line_and_exit_code_2(here, ask):
    code, out, err = ask("precursors", "LiCoO2", "-k", "0")
    assert (code, out) == (2, "")
    assert err == "retort precursors: -k 0: expected a number of sets from 1 to 50\n"


def test_a_reader_that_stops_early_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)  # as `head -1` does once it has its line
    try:
        command = [sys.executable, "-m", "retort.cli", "claims"]
        said = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(writing)
    assert (said.returncode, said.stderr) == (0, "")
