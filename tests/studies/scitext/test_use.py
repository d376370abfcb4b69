"""`retort extract`: the best runs answer, places are those of the text, and what is not read is named."""

import csv
import io
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from retort.asking import runs
from retort.sealed import write_json, write_table
from retort.studies.scitext import trained
from retort.studies.scitext.data import Annotations, predictions, read
from tests.studies.scitext import documents

TYPES = {"parser": "Method", "parsing": "Task", "TreeBank": "Material"}
TEXT = "The parser (new) does Parsing. A parser needs a TreeBank.\n"
ENCODER = {"kind": "deberta", "folder": None, "longest": 8}
SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


@pytest.fixture(autouse=True)
def stand_in(monkeypatch):
    for method in ("gazetteer", "extract"):
        monkeypatch.setitem(trained.MODULES, method, "tests.studies.scitext.looked_up")


def keep(here, place, target="entities", *, right=1.0, train=4, settings=None, **over):
    """A finished run in the project `here` that learned from some of four documents; so much it predicted rightly."""
    dataset, split, variant, seed = place.split("/")
    three = documents.three()
    table = documents.table([replace(three[number % 3], id=str(number)) for number in range(8)])
    parts = ["train"] * train + ["excluded"] * (4 - train) + ["valid", "valid", "test", "test"]
    paths = {
        "prepared": f"data/prepared/{dataset}.parquet",
        "split": f"data/splits/{dataset}/{split}.parquet",
        "features": {"word_pieces": "data/features/corpora/word_pieces"},
        "uses": {},
    }
    write_table(table, here / paths["prepared"])
    write_table(pl.DataFrame({"id": table["id"], "part": parts}), here / paths["split"])
    asked = read(here / paths["prepared"], here / paths["split"]).predicted

    def share(things):
        return things[: round(right * len(things))]

    said = [
        Annotations(share(one.gold.entities), share(one.gold.relations), share(one.gold.clusters))
        for one in asked
    ]
    folder = here / runs("scitext") / place
    write_table(predictions(asked, said, target), folder / "predictions.parquet")
    (folder / "model.safetensors").touch()
    record = {
        "study": "scitext",
        "dataset": dataset,
        "split": split,
        "variant": variant,
        "seed": int(seed.removeprefix("seed")),
        "generated": False,
        "inputs": paths,
        "settings": {"method": "gazetteer", "target": target, "encoder": ENCODER} | (settings or {}),
        "facts": {"types": TYPES},
    }
    write_json(record | over, folder / "run.json")
    return folder


@pytest.fixture
def project(here):
    """Three targets that three runs answer, and an abstract."""
    for target in ("entities", "relations", "coreference"):
        keep(here, f"scierc/{target}/science/seed0", target)
    (here / "abstract.txt").write_text(TEXT)
    return here


def answered(ask, *words):
    code, out, err = ask("extract", "--json", *words)
    assert (code, err) == (0, "")
    return json.loads(out)


def test_a_text_is_answered_with_its_places(project, ask):
    answer = answered(ask, "abstract.txt")
    (text,) = answer["texts"]
    # The training documents have small letters only.
    assert text["sentences"][0] == ["the", "parser", "(", "new", ")", "does", "parsing", "."]
    assert [(one["type"], one["score"], one["text"], one["sentence"]) for one in text["entities"]] == [
        ("Method", 0.75, "parser", 1),
        ("Task", 0.75, "Parsing", 1),
        ("Method", 0.75, "parser", 2),
        ("Material", 0.75, "TreeBank", 2),
    ]
    for one in [*text["entities"], *(each[end] for each in text["relations"] for end in ("head", "tail"))]:
        assert TEXT[slice(*one["characters"])] == one["text"]
        words = [word for sentence in text["sentences"] for word in sentence]
        assert words[one["start"] : one["end"]] == one["text"].replace("Parsing", "parsing").split()
    assert [one["unseen"] for one in text["entities"]] == [["parser"], [], ["parser"], ["TreeBank"]]
    assert [(one["type"], one["head"]["text"], one["tail"]["text"]) for one in text["relations"]] == [
        ("USED-FOR", "parser", "Parsing"),
        ("USED-FOR", "Parsing", "parser"),
        ("USED-FOR", "parser", "TreeBank"),
    ]
    assert [[one["start"] for one in cluster] for cluster in text["clusters"]] == [[1, 9]]
    assert answer["model"]["dataset"] == "scierc"
    assert [(one["target"], one["f1"]) for one in answer["model"]["runs"]] == [
        (target, {"valid": 1.0, "test": 1.0}) for target in ("entities", "relations", "coreference")
    ]


def test_people_read_the_same_in_lines(project, ask):
    code, out, err = ask("extract", "abstract.txt")
    assert code == 0
    assert out.splitlines() == [
        "abstract.txt: 2 sentences, 14 words",
        "  0.75  right    ?  Method    parser   (in no training document: parser)",
        "  0.75  right    ?  Task      Parsing",
        "  0.75  right    ?  Method    parser   (in no training document: parser)",
        "  0.75  right    ?  Material  TreeBank   (in no training document: TreeBank)",
        "  0.50  right    ?  USED-FOR  parser -> Parsing",
        "  0.50  right    ?  USED-FOR  Parsing -> parser",
        "  0.50  right    ?  USED-FOR  parser -> TreeBank",
        "  the same: parser = parser",
    ]
    assert err.splitlines()[0] == (
        "note: entities: science (seed 0) trained on 4 documents of scierc; F1 100.0% on test, and 100.0% on valid, by "
        "which it was chosen"
    )


def test_standard_input_and_several_files_are_answered_in_order(project, ask, monkeypatch):
    (project / "two.txt").write_text("Nothing here.")
    monkeypatch.setattr(sys, "stdin", io.StringIO(TEXT))
    answer = answered(ask, "two.txt", "-", "abstract.txt")
    assert [text["file"] for text in answer["texts"]] == ["two.txt", "standard input", "abstract.txt"]
    assert answer["texts"][1]["entities"] == answer["texts"][2]["entities"] != []
    monkeypatch.setattr(sys, "stdin", io.StringIO("Nothing here."))
    code, out, _ = ask("extract")
    assert (code, out) == (0, "standard input: 1 sentence, 3 words\n  nothing is found in it\n")


def test_a_text_that_cannot_be_read_is_named_and_the_others_are_answered(project, ask):
    (project / "empty.txt").write_text("\n")
    (project / "odd.txt").write_text("...\n\nA parser.")
    code, out, err = ask("extract", "empty.txt", "abstract.txt", "odd.txt")
    assert code == 1
    assert out.startswith("abstract.txt: 2 sentences")
    assert "empty.txt: there is no sentence in it. Hint: " in err
    assert "odd.txt: a sentence without words, left out: '...'" in err
    code, out, err = ask("extract", "--json", "empty.txt", "odd.txt")
    assert (code, err) == (1, "")
    empty, odd = json.loads(out)["texts"]
    assert empty["error"].startswith("there is no sentence")
    assert odd["notes"][0] == "a sentence without words, left out: '...'"


def test_a_table_gets_a_row_for_each_finding(project, ask):
    (project / "library.csv").write_text(
        'DOI,Abstract,type\n10/a,"The parser does Parsing.\n\nA parser.",mine\n10/b,,mine\n10/c,Zyx zyx zyx.,mine\n'
    )
    code, out, err = ask("extract", "--file", "library.csv", "-o", "found.csv")
    assert (code, out) == (1, "")
    assert "the column 'Abstract' is read" in err
    assert "row 3: (empty): there is no sentence in it" in err
    rows = list(csv.DictReader(io.StringIO((project / "found.csv").read_text())))
    # What the user called the type of a row stays.
    assert [(row["DOI"], row["type"], row["found"], row["retort_type"], row["words"]) for row in rows] == [
        ("10/a", "mine", "entity", "Method", "parser"),
        ("10/a", "mine", "entity", "Task", "Parsing"),
        ("10/a", "mine", "entity", "Method", "parser"),
        ("10/a", "mine", "relation", "USED-FOR", "parser"),
        ("10/a", "mine", "relation", "USED-FOR", "Parsing"),
        ("10/a", "mine", "the same", "", "parser = parser"),
        ("10/b", "mine", "", "", ""),
        ("10/c", "mine", "", "", ""),
    ]
    for row in rows[:5]:
        assert row["Abstract"][int(row["start"]) : int(row["end"])] == row["words"]
    assert [row["tail"] for row in rows[:5]] == ["", "", "", "Parsing", "parser"]
    assert [row["sentence"] for row in rows[:3]] == ["1", "1", "2"]
    assert (rows[0]["score"], rows[0]["right"], rows[0]["unseen"]) == ("0.75", "", "parser")
    assert rows[6]["error"].startswith("there is no sentence")
    assert rows[7]["warning"].startswith("outside what it knows")
    code, out, _ = ask("extract", "--file", "library.csv", "--json")
    first, empty, _ = json.loads(out)["predictions"]
    assert (code, first["columns"]["DOI"], first["entities"][0]["type"]) == (1, "10/a", "Method")
    assert empty["error"].startswith("there is no sentence")


def test_lines_and_files_become_a_table_where_one_is_asked_for(project, ask):
    (project / "lines.txt").write_text("A parser .\nNothing .\n")
    code, out, _ = ask("extract", "--file", "lines.txt")
    assert (code, out.splitlines()[:2]) == (
        0,
        [
            "row 1: 1 sentence, 3 words",
            "  0.75  right    ?  Method  parser   (in no training document: parser)",
        ],
    )
    assert ask("extract", "abstract.txt", "-o", "found.csv")[0] == 0
    rows = list(csv.DictReader(io.StringIO((project / "found.csv").read_text())))
    assert {row["file"] for row in rows} == {"abstract.txt"}
    assert [row["found"] for row in rows] == ["entity"] * 4 + ["relation"] * 3 + ["the same"]


def test_one_draw_of_the_documents_does_not_choose_the_variant(here, ask):
    (here / "abstract.txt").write_text(TEXT)
    for place, right in (
        ("entities-n90-0/lucky", 1.0),
        ("entities-n90-1/lucky", 0.0),
        ("entities-n90-0/steady", 0.5),
        ("entities-n90-1/steady", 0.75),
    ):
        keep(here, f"scierc/{place}/seed0", right=right)
    (run,) = answered(ask, "abstract.txt")["model"]["runs"]
    assert (run["variant"], run["split"]) == ("steady", "entities-n90-1")


def test_the_variant_that_is_best_on_valid_answers_with_its_best_run(here, ask):
    (here / "abstract.txt").write_text(TEXT)
    for place, right in (
        ("lucky/seed0", 1.0),
        ("lucky/seed1", 0.0),
        ("steady/seed0", 0.5),
        ("steady/seed1", 0.75),
    ):
        keep(here, f"scierc/entities/{place}", right=right)
    # Fewer documents and the same valid: however good, it does not answer.
    keep(here, "scierc/entities-n35-0/lucky/seed0", train=2)
    keep(here, "abstracts/entities/better/seed0", generated=True)
    model = answered(ask, "abstract.txt")["model"]
    (run,) = model["runs"]
    assert (model["dataset"], run["variant"], run["seed"], run["split"]) == (
        "scierc",
        "steady",
        1,
        "entities",
    )
    assert run["train_documents"] == 4
    assert 0.5 < run["f1"]["valid"] < 1
    code, _, err = ask("extract", "abstract.txt", "--dataset", "abstracts")
    assert code == 0
    assert "no run of abstracts learned relations and coreference" in err
    assert "its documents are generated" in err


def test_materials_and_other_data_sets_have_their_own_types(project, ask):
    code, _, err = ask("extract", "abstract.txt", "--scheme", "materials")
    assert code == 2
    assert "no trained model for the scheme materials" in err
    assert (
        "Hint: there are models of scierc (--dataset); make one with: make model NAME=extract/matscholar"
        in err
    )
    keep(project, "sofc/entities/science/seed0")
    assert answered(ask, "abstract.txt", "--scheme", "materials")["model"]["dataset"] == "sofc"
    keep(project, "matscholar/entities/science/seed0")
    assert answered(ask, "abstract.txt", "--scheme", "materials")["model"]["dataset"] == "matscholar"
    keep(project, "mine/entities/science/seed0")
    assert answered(ask, "abstract.txt", "--dataset", "mine")["model"]["dataset"] == "mine"


def test_a_named_run_says_all_that_it_can(project, ask):
    folder = keep(project, "scierc/relations/other/seed3", "relations", right=0.5)
    answer = answered(ask, "abstract.txt", "--run", str(folder))
    assert [run["seed"] for run in answer["model"]["runs"]] == [3]
    assert all(answer["texts"][0][name] for name in ("entities", "relations", "clusters"))
    assert "by which it was chosen" not in ask("extract", "abstract.txt", "--run", str(folder))[2]


def vocabulary(here):
    """A tokenizer with one piece for every word, and for blanks none."""
    tokenizer = Tokenizer(
        models.WordLevel({name: place for place, name in enumerate(SPECIALS)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    view = here / "data/features/corpora/word_pieces"
    view.mkdir(parents=True)
    tokenizer.save(str(view / "tokenizer.json"))


def test_a_sentence_that_is_too_long_is_named(here, ask):
    vocabulary(here)
    keep(here, "scierc/entities/science/seed0", settings={"method": "extract"})
    # Eight pieces are read, of which each word here has one.
    (here / "abstract.txt").write_text(
        "A parser does Parsing for us now . No more .\n\n" + "a " * 8 + "parser of it."
    )
    answer = answered(ask, "abstract.txt")
    assert answer["texts"][0]["notes"][0] == (
        "sentence 3 is too long: nothing is found in the last 4 of its 12 words, for 8 pieces are read: "
        "'parser of it .'"
    )
    assert "abstract.txt: sentence 3 is too long" in ask("extract", "abstract.txt")[2]
    # A local encoder has two pieces of its own around each sentence.
    local = ENCODER | {"kind": "local", "folder": str(here / "data/features/corpora/word_pieces")}
    keep(here, "scierc/entities/science/seed0", settings={"method": "extract", "encoder": local})
    (cut,) = answered(ask, "abstract.txt")["texts"]
    assert "the last 6 of its 12 words" in cut["notes"][1]
    (here / "abstract.txt").write_text("A parser .")
    (short,) = answered(ask, "abstract.txt")["texts"]
    assert not any("too long" in note for note in short["notes"])


def test_a_text_of_which_nothing_can_be_read_is_answered_with_nothing(here, ask, monkeypatch):
    nine = np.arange(9), np.array([0]), np.array([8])  # pieces of the one word
    monkeypatch.setattr("retort.studies.scitext.pieces.Tokenizer.encode_words", lambda *_: nine)
    vocabulary(here)
    keep(here, "scierc/entities/science/seed0", settings={"method": "extract"})
    # The stand-in would find the word; a network has nothing to look at.
    (here / "abstract.txt").write_text("parser")
    (text,) = answered(ask, "abstract.txt")["texts"]
    assert text["entities"] == []
    assert text["notes"][0] == (
        "sentence 1 is too long: nothing is found in the last 1 of its 1 word, for 8 pieces are read: 'parser'"
    )


def test_a_text_of_other_words_is_outside_what_is_known(project, ask):
    (one, *_) = documents.three()
    (project / "known.txt").write_text(" ".join(one.words))
    (project / "strange.txt").write_text("Parser zyx zyx zyx zyx zyx zyx zyx zyx.")
    answer = answered(ask, "known.txt", "strange.txt")
    known, strange = answer["texts"]
    assert (known["outside"], strange["outside"]) == (False, True)
    assert strange["known"] < answer["model"]["outside_below"] <= known["known"]
    assert strange["notes"] == [
        "outside what it knows: training documents have 10% of its words, fewer than in 99 of 100 documents of valid"
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "no text given. Hint: name a file"),
        (["none.txt"], "none.txt: No such file or directory. Hint: name a file of plain text"),
        (
            ["abstract.txt", "--dataset", "genia"],
            "no trained model for 'genia' under data/runs/scitext, but for scierc. Hint: make one",
        ),
        (["abstract.txt", "--run", "data"], "--run data: it has no run.json"),
        (["mine.csv"], "mine.csv: a table is read with --file. Hint: --file mine.csv"),
        (
            ["abstract.txt", "--column", "x"],
            "--column x: a table is read with --file. Hint: --file abstracts.csv",
        ),
        (["abstract.txt", "--file", "mine.csv"], "abstract.txt and --file mine.csv: both give texts. Hint: "),
        (["abstract.txt", "--run", "x", "--dataset", "scierc"], "--run and --dataset both say"),
        (
            ["abstract.txt", "--run", "data/runs/scitext/corpora/all/lm/seed0"],
            "its method is 'pretrain', expected",
        ),
    ],
)
def test_what_cannot_be_answered_is_one_line(project, ask, words, said):
    keep(project, "corpora/all/lm/seed0", settings={"method": "pretrain"})
    code, out, err = ask("extract", *words)
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_a_run_that_lacks_something_is_said_in_one_line(here, ask):
    (here / "abstract.txt").write_text(TEXT)
    code, _, err = ask("extract", "abstract.txt")
    assert (code, "Hint: make one with: make model NAME=extract/scierc" in err) == (2, True)
    keep(here, "scierc/entities/science/seed0", facts={})
    code, out, err = ask("extract", "abstract.txt")
    assert (code, out) == (2, "")
    assert "it lacks 'types'; an older version made it" in err


def test_help_imports_nothing_heavy():
    code = "import sys, retort.studies.scitext.use; print({'torch', 'polars', 'numpy'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "set()\n"
