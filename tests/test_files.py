import errno

import polars as pl
import pytest
import torch
from safetensors.torch import save_file

from retort.files import NoRoomError, room, whole, write_whole

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
