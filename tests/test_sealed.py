import json

import polars as pl
import pytest
import torch

from retort import sealed
from retort.sealed import (
    DamagedFile,
    read_json,
    read_noted_tensors,
    read_table,
    read_tensors,
    write_json,
    write_table,
    write_tensors,
)

from .flips import flipped

FRAME = pl.DataFrame(
    {
        "id": ["a", "b", None],
        "x": [1.5, float("nan"), None],
        "flag": [True, False, None],
        "many": [[1], [], None],
    }
)
TENSORS = {"w": torch.arange(12.0).reshape(3, 4), "n": torch.tensor(3), "none": torch.zeros(0, 2)}
FACTS = {"b": [1, None, "Å"], "a": {"c": 0.1}}


def write(kind: str, path):
    {
        "table": lambda: write_table(FRAME, path),
        "tensors": lambda: write_tensors(TENSORS, path, {"step": 3}),
        "json": lambda: write_json(FACTS, path),
    }[kind]()


READ = {"table": read_table, "tensors": read_tensors, "json": read_json}


def test_what_was_written_is_read(tmp_path):
    write_table(FRAME, tmp_path / "deep/table")
    table = read_table(tmp_path / "deep/table")
    assert table.schema == FRAME.schema
    assert table.equals(FRAME)
    assert read_table(tmp_path / "deep/table", columns=["x"]).equals(FRAME.select("x"))
    tied = TENSORS | {"tied": TENSORS["w"].T}
    write_tensors(tied, tmp_path / "tensors", {"step": 3})
    tensors, notes = read_noted_tensors(tmp_path / "tensors")
    assert notes == {"step": 3}
    assert tensors.keys() == tied.keys()
    assert all(tensors[name].dtype == tied[name].dtype for name in tied)
    assert all(torch.equal(tensors[name], tied[name]) for name in tied)
    write_json(FACTS, tmp_path / "json")
    assert read_json(tmp_path / "json") == FACTS


def test_files_are_those_of_their_format(tmp_path):
    from safetensors.torch import load_file

    write_table(FRAME, tmp_path / "table")
    write_tensors(TENSORS, tmp_path / "tensors")
    write_json(FACTS, tmp_path / "json")
    assert pl.read_parquet(tmp_path / "table").equals(FRAME)
    assert torch.equal(load_file(tmp_path / "tensors")["w"], TENSORS["w"])
    assert json.loads((tmp_path / "json").read_text(encoding="utf-8")).keys() == {*FACTS, sealed.KEY}


@pytest.mark.parametrize("kind", READ)
def test_equal_contents_are_equal_bytes(kind, tmp_path):
    write(kind, tmp_path / "one")
    write(kind, tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("kind", READ)
def test_every_flipped_bit_is_noticed(kind, tmp_path):
    write(kind, tmp_path / "file")
    size = 8 * (tmp_path / "file").stat().st_size
    for _ in flipped(tmp_path / "file", times=min(size, 2_000)):
        with pytest.raises(DamagedFile):
            READ[kind](tmp_path / "file")
    READ[kind](tmp_path / "file")


@pytest.mark.parametrize("kind", READ)
def test_a_file_that_is_cut_or_longer_is_refused_in_one_line(kind, tmp_path):
    path = tmp_path / "file"
    write(kind, path)
    content = path.read_bytes()
    for damaged in (b"", content[:1], content[:100], content[:-1], content + b"\n", content + content):
        path.write_bytes(damaged)
        with pytest.raises(DamagedFile, match=r"Hint: delete it") as error:
            READ[kind](path)
        assert str(error.value).startswith(f"{path}: ")
        assert "\n" not in str(error.value)


def test_a_file_of_another_program_is_refused(tmp_path):
    FRAME.write_parquet(tmp_path / "table")
    with pytest.raises(DamagedFile, match="holds no checksum"):
        read_table(tmp_path / "table")


def test_a_missing_file_is_no_damaged_one(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing"):
        read_table(tmp_path / "nothing")


def test_data_that_look_like_a_seal_are_not_written(tmp_path):
    with pytest.raises(ValueError, match="2 times, expected once"):
        write_json({"text": f"{sealed.KEY}: {'a' * 64}"}, tmp_path / "json")
    assert not (tmp_path / "json").exists()
