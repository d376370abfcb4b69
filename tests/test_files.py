import errno

import polars as pl
import pytest
import torch
from safetensors.torch import save_file

from retort.files import (
    DamagedFile,
    NoRoomError,
    check_manifest,
    read_manifest,
    room,
    sha256,
    whole,
    whole_folder,
    write_whole,
)

from .full_disk import no_file_beyond


@pytest.mark.parametrize(("content", "there"), [("Å\n", "Å\n".encode()), (b"\x00", b"\x00")])
def test_content_is_written_and_folders_are_made(tmp_path, content, there):
    write_whole(tmp_path / "a/b/file", content)
    assert (tmp_path / "a/b/file").read_bytes() == there
    assert [path.name for path in (tmp_path / "a/b").iterdir()] == ["file"]


def test_until_the_block_ends_the_old_file_is_there(tmp_path):
    write_whole(tmp_path / "file", "old")
    with whole(tmp_path / "file") as part:
        part.write_text("new")
        assert (tmp_path / "file").read_text() == "old"
    assert (tmp_path / "file").read_text() == "new"


def test_a_block_that_fails_leaves_nothing_behind(tmp_path):
    write_whole(tmp_path / "file", "old")

    def write_half():
        with whole(tmp_path / "file") as part:
            part.write_text("ne")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_half()
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize(
    "write",
    [
        lambda part: part.write_bytes(bytes(10_000)),
        lambda part: pl.DataFrame({"a": torch.randn(2_000).tolist()}).write_parquet(part),
        lambda part: save_file({"a": torch.randn(2_000)}, part),
    ],
    ids=["bytes", "parquet", "safetensors"],
)
def test_a_full_disk_is_called_one_whoever_wrote(tmp_path, write):
    write_whole(tmp_path / "file", "old")

    def fill():
        with whole(tmp_path / "file") as part:
            write(part)

    with no_file_beyond(1_000), pytest.raises(NoRoomError) as error:
        fill()
    assert str(error.value).startswith(f"{tmp_path / 'file'}: file too large. Hint: make room there (`df -h")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_only_a_full_disk_is_one(tmp_path):
    for code, expected in ((errno.ENOSPC, NoRoomError), (errno.EDQUOT, NoRoomError), (errno.EACCES, OSError)):
        with pytest.raises(expected), room(tmp_path):
            raise OSError(code, "as the system says")


def test_a_manifest_says_what_is_in_a_folder_made_anew(tmp_path):
    write_whole(tmp_path / "view/stale", "of an earlier attempt")
    with whole_folder(tmp_path / "view") as folder:
        write_whole(folder / "b/arrays", "numbers")
        write_whole(folder / "a", "")
        write_whole(folder / ".snakemake_timestamp", "")
    assert read_manifest(tmp_path / "view") == {
        "a": sha256(folder / "a"),
        "b/arrays": sha256(folder / "b/arrays"),
    }
    whole_hash = check_manifest(tmp_path / "view")
    with whole_folder(tmp_path / "again") as folder:
        write_whole(folder / "a", "")
        write_whole(folder / "b/arrays", "numbers")
    assert check_manifest(tmp_path / "again") == whole_hash


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda folder: write_whole(folder / "arrays", "others"), "view/arrays: changed since manifest.json"),
        (lambda folder: (folder / "arrays").unlink(), "view/arrays: is missing since"),
        (lambda folder: write_whole(folder / "more", ""), "view/more: is new since"),
    ],
)
def test_a_folder_that_is_not_that_of_its_manifest_is_refused(tmp_path, change, message):
    with whole_folder(tmp_path / "view") as folder:
        write_whole(folder / "arrays", "numbers")
    change(folder)
    with pytest.raises(ValueError, match=message):
        check_manifest(folder)


@pytest.mark.parametrize("text", ["", '{"sha256": {', "{}", '{"sha256": 3}', "[1]"])
def test_a_torn_manifest_is_refused_in_one_line(tmp_path, text):
    with whole_folder(tmp_path / "view") as folder:
        (folder / "arrays").write_text("numbers")
    (folder / "manifest.json").write_text(text)
    with pytest.raises(
        DamagedFile, match=r"view/manifest\.json: no manifest .*Hint: delete .*view, and it is made"
    ):
        check_manifest(folder)


def test_a_folder_that_was_not_finished_has_no_manifest(tmp_path):
    with pytest.raises(OSError, match="disk full"), whole_folder(tmp_path / "view"):
        raise OSError("disk full")
    assert not (tmp_path / "view/manifest.json").exists()
