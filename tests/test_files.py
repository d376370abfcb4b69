import pytest

from retort.files import whole, write_whole


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
