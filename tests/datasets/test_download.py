"""Downloads against a server on this machine that cuts, fails and lies as told."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from retort.datasets.download import demand_declared, ensure, mirrors_from
from retort.datasets.errors import ChecksumError, DataError, DownloadError
from retort.files import NoRoomError

from ..full_disk import no_file_beyond

CONTENT = bytes(range(256)) * 40
FLIPPED = bytes([CONTENT[0] ^ 1]) + CONTENT[1:]


class Server(ThreadingHTTPServer):
    """Serves `content`; `plan` holds what to do with the next requests: an HTTP error code, or bytes until a cut."""

    content = CONTENT
    ranges = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.plan, self.seen = [], []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        wanted = self.headers.get("Range")
        self.server.seen.append(wanted)
        step = self.server.plan.pop(0) if self.server.plan else None
        if isinstance(step, int) and 400 <= step < 600:
            self.send_error(step)
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.server.ranges else 0
        body = self.server.content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header(
                "Content-Range", f"bytes {start}-{len(self.server.content) - 1}/{len(self.server.content)}"
            )
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: step[0]] if isinstance(step, tuple) else body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    running = Server()
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


def declared(url="http://127.0.0.1:9/none.csv"):
    return {
        "name": "table.csv",
        "mirror": "reactions/table.csv",
        "url": url,
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
        "bytes": len(CONTENT),
    }


def at(server):
    return declared(f"http://127.0.0.1:{server.server_address[1]}/table.csv")


def fetch(file, folder, mirrors=(), **options):
    destination = folder / "raw" / "table.csv"
    source = ensure(file, destination, list(mirrors), backoff=0.001, progress=False, **options)
    assert destination.read_bytes() == CONTENT
    assert [path.name for path in destination.parent.iterdir()] == ["table.csv"], "something was left behind"
    return source


def test_a_raw_file_that_changed_since_it_came_is_refused(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(CONTENT)
    demand_declared([declared()], tmp_path)
    for damaged, fault in (
        (FLIPPED, "has sha256"),
        (CONTENT[:-1], "is truncated"),
        (CONTENT + b"1", "is too long"),
    ):
        path.write_bytes(damaged)
        with pytest.raises(
            ChecksumError, match=f"table.csv: changed since it came: it {fault}.*Hint: delete it"
        ):
            demand_declared([declared()], tmp_path)


def test_the_first_sound_mirror_is_used_in_either_layout(tmp_path, server):
    shared, checkout = tmp_path / "shared", tmp_path / "checkout"
    for path in (shared / "reactions" / "table.csv", checkout / "ceder" / "table.csv"):
        path.parent.mkdir(parents=True)
        path.write_bytes(CONTENT)
    assert fetch(at(server), tmp_path / "a", [shared]) == str(shared / "reactions/table.csv")
    assert fetch(at(server), tmp_path / "b", [checkout], dataset="ceder") == str(checkout / "ceder/table.csv")
    assert server.seen == []


def test_a_right_destination_is_left_alone(tmp_path, server):
    fetch(at(server), tmp_path)
    path = tmp_path / "raw" / "table.csv"
    before = path.stat().st_mtime_ns
    assert fetch(at(server), tmp_path) == str(path)
    assert (path.stat().st_mtime_ns, len(server.seen)) == (before, 1)


def test_a_wrong_destination_is_replaced(tmp_path, server):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "table.csv").write_bytes(FLIPPED)
    assert fetch(at(server), tmp_path) == at(server)["url"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (FLIPPED, "expected " + hashlib.sha256(CONTENT).hexdigest()),
        (CONTENT[:100], "is truncated: 100 of 10,240 bytes"),
    ],
)
def test_a_bad_mirror_is_passed_over_but_named_when_all_fail(tmp_path, server, content, complaint):
    mirror = tmp_path / "shared" / "reactions" / "table.csv"
    mirror.parent.mkdir(parents=True)
    mirror.write_bytes(content)
    assert fetch(at(server), tmp_path / "a", [tmp_path / "shared"]) == at(server)["url"]
    server.plan = [404]
    with pytest.raises(DownloadError) as caught:
        fetch(at(server), tmp_path / "b", [tmp_path / "shared"])
    assert str(mirror) in str(caught.value)
    assert complaint in str(caught.value)
    assert "HTTP 404" in str(caught.value)
    assert mirror.read_bytes() == content, "a mirror must never be touched"


def test_wrong_bytes_from_the_address_are_deleted_and_named(tmp_path, server):
    server.content = FLIPPED
    with pytest.raises(ChecksumError) as caught:
        fetch(at(server), tmp_path)
    for said in (
        "table.csv",
        hashlib.sha256(FLIPPED).hexdigest(),
        hashlib.sha256(CONTENT).hexdigest(),
        "Hint:",
    ):
        assert said in str(caught.value)
    assert list((tmp_path / "raw").iterdir()) == []


def test_too_long_a_file_is_refused(tmp_path, server):
    server.content = CONTENT + b"more"
    with pytest.raises(ChecksumError, match="too long"):
        fetch(at(server), tmp_path)


def test_a_cut_connection_resumes_where_it_stopped(tmp_path, server):
    server.plan = [(3000,), (2000,)]
    fetch(at(server), tmp_path)
    assert server.seen == [None, "bytes=3000-", "bytes=5000-"]


def test_the_remains_of_an_earlier_run_are_resumed(tmp_path, server):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "table.csv.part").write_bytes(CONTENT[:7000])
    fetch(at(server), tmp_path)
    assert server.seen == ["bytes=7000-"]


def test_bad_remains_cost_one_fresh_start(tmp_path, server):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "table.csv.part").write_bytes(FLIPPED[:7000])
    fetch(at(server), tmp_path)
    assert server.seen == ["bytes=7000-", None]


def test_bad_remains_and_a_bad_server_end_in_an_error(tmp_path, server):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "table.csv.part").write_bytes(FLIPPED[:7000])
    server.content = FLIPPED
    with pytest.raises(ChecksumError):
        fetch(at(server), tmp_path)
    assert server.seen == ["bytes=7000-", None]


def test_a_server_without_ranges_sends_everything_again(tmp_path, server):
    server.ranges = False
    server.plan = [(3000,)]
    fetch(at(server), tmp_path)
    assert server.seen == [None, "bytes=3000-"]


def test_server_errors_are_retried_and_missing_pages_are_not(tmp_path, server):
    server.plan = [500, 503, 500]
    fetch(at(server), tmp_path / "a")
    assert len(server.seen) == 4
    server.plan, server.seen = [404], []
    with pytest.raises(DownloadError, match="HTTP 404"):
        fetch(at(server), tmp_path / "b")
    assert len(server.seen) == 1


def test_it_gives_up_after_the_attempts(tmp_path, server):
    server.plan = [500] * 9
    with pytest.raises(DownloadError, match="HTTP 500"):
        fetch(at(server), tmp_path, attempts=3)
    assert len(server.seen) == 3


def test_no_mirror_and_no_network_is_one_line_that_says_what_to_set(tmp_path, monkeypatch):
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(DownloadError) as caught:
        fetch(declared("http://nowhere.invalid/table.csv"), tmp_path, [tmp_path / "absent"], attempts=2)
    message = str(caught.value)
    assert "\n" not in message
    assert "set RETORT_MIRRORS to a folder that holds reactions/table.csv" in message
    assert list((tmp_path / "raw").iterdir()) == []


def test_mirrors_are_colon_separated():
    assert [str(path) for path in mirrors_from({"RETORT_MIRRORS": "/a:/b/c:"})] == ["/a", "/b/c"]
    assert mirrors_from({}) == []


def copied(upstream, destination):
    destination.write_bytes(upstream.read_bytes()[::-1])


def rebuilt(server, *, declare=True):
    """A file that is its upstream file backwards."""
    server.content = CONTENT[::-1]
    upstream = (
        {"sha256": hashlib.sha256(server.content).hexdigest(), "bytes": len(CONTENT)} if declare else {}
    )
    return at(server) | {"rebuild": {"by": "reverse", **upstream}}


@pytest.fixture
def reverse(monkeypatch):
    monkeypatch.setattr("retort.datasets.rebuild.reverse", copied, raising=False)


@pytest.mark.parametrize("declare", [True, False])
def test_a_file_is_rebuilt_from_what_its_address_sends(tmp_path, server, reverse, declare):
    file = rebuilt(server, declare=declare)
    assert fetch(file, tmp_path) == file["url"]


def test_a_mirror_of_the_rebuilt_file_spares_the_rebuilding(tmp_path, server, reverse):
    mirror = tmp_path / "shared" / "reactions" / "table.csv"
    mirror.parent.mkdir(parents=True)
    mirror.write_bytes(CONTENT)
    assert fetch(rebuilt(server), tmp_path / "a", [tmp_path / "shared"]) == str(mirror)
    assert server.seen == []


def test_an_upstream_file_of_known_size_is_resumed_and_one_of_unknown_size_started_over(
    tmp_path, server, reverse
):
    server.plan = [(3000,)]
    fetch(rebuilt(server), tmp_path / "a")
    assert server.seen == [None, "bytes=3000-"]
    server.plan, server.seen = [(3000,), (9000,)], []
    fetch(rebuilt(server, declare=False), tmp_path / "b")
    assert server.seen == [None, None, None]
    server.plan = [(3000,), (4000,), (5000,)]
    with pytest.raises(DownloadError, match="ended after 5,000 of 10,240"):
        fetch(rebuilt(server, declare=False), tmp_path / "c", attempts=3)


def test_a_stopped_rebuild_leaves_the_upstream_file_and_nothing_half_written(tmp_path, server, monkeypatch):
    def stopped(upstream, destination):
        destination.write_bytes(CONTENT[:100])
        raise KeyboardInterrupt

    monkeypatch.setattr("retort.datasets.rebuild.reverse", stopped, raising=False)
    with pytest.raises(KeyboardInterrupt):
        fetch(rebuilt(server), tmp_path)
    assert [path.name for path in (tmp_path / "raw").iterdir()] == ["table.csv.upstream"]
    monkeypatch.setattr("retort.datasets.rebuild.reverse", copied)
    fetch(rebuilt(server), tmp_path)
    assert server.seen == [None], "the upstream file came once"


@pytest.mark.parametrize("declare", [True, False])
def test_a_bad_upstream_file_of_an_earlier_run_costs_one_fresh_start(tmp_path, server, reverse, declare):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "table.csv.upstream").write_bytes(FLIPPED)
    fetch(rebuilt(server, declare=declare), tmp_path)
    assert server.seen == [None]


@pytest.mark.parametrize(
    ("declare", "said"), [(True, "the source of table.csv"), (False, "what was rebuilt from http")]
)
def test_an_upstream_file_that_makes_other_bytes_is_refused(tmp_path, server, reverse, declare, said):
    file = rebuilt(server, declare=declare)
    server.content = FLIPPED[::-1]
    with pytest.raises(ChecksumError, match=said) as caught:
        fetch(file, tmp_path)
    assert "Hint: upstream may have changed" in str(caught.value)
    assert list((tmp_path / "raw").iterdir()) == []


def test_what_cannot_be_rebuilt_is_named(tmp_path, server, monkeypatch):
    def unable(upstream, destination):
        raise DataError("there is no table in it")

    monkeypatch.setattr("retort.datasets.rebuild.reverse", unable, raising=False)
    with pytest.raises(ChecksumError, match="there is no table in it"):
        fetch(rebuilt(server), tmp_path)
    assert list((tmp_path / "raw").iterdir()) == []


def test_another_data_set_lends_its_file_if_it_is_the_same(tmp_path, server):
    for name, content in (("same", CONTENT), ("other", FLIPPED)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "table.csv").write_bytes(content)
    assert fetch(at(server), tmp_path) == str(tmp_path / "same" / "table.csv")
    assert server.seen == []
    (tmp_path / "same" / "table.csv").unlink()
    (tmp_path / "raw" / "table.csv").unlink()
    assert fetch(at(server), tmp_path) == at(server)["url"]


def own(path, content=CONTENT):
    """A user's file, with what the configuration measured of it."""
    path.write_bytes(content)
    measured = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    return {"name": "table.csv", "local": str(path)} | measured


def test_a_local_file_is_copied_from_its_place_without_the_network(tmp_path):
    path = tmp_path / "mine.csv"
    assert fetch(own(path), tmp_path) == str(path)
    assert path.read_bytes() == CONTENT
    copy = tmp_path / "raw" / "table.csv"
    assert fetch(own(path), tmp_path) == str(copy), "what is there already is left alone"


def test_a_local_file_that_changed_is_copied_again(tmp_path):
    path = tmp_path / "mine.csv"
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "table.csv").write_bytes(FLIPPED)
    assert fetch(own(path), tmp_path) == str(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: path.write_bytes(FLIPPED), "has sha256"),
        (lambda path: path.write_bytes(CONTENT[:10]), "is truncated: 10 of 10,240 bytes"),
        (lambda path: path.unlink(), "cannot be read"),
    ],
)
def test_a_local_file_that_changes_meanwhile_is_named(tmp_path, change, said):
    path = tmp_path / "mine.csv"
    file = own(path)
    change(path)
    with pytest.raises(DownloadError, match=said) as caught:
        fetch(file, tmp_path)
    assert str(path) in str(caught.value)
    assert "Hint: it changed meanwhile; start again" in str(caught.value)
    assert list((tmp_path / "raw").iterdir()) == []


def test_a_full_disk_is_no_fault_of_mirror_and_address(server, tmp_path):
    mirror = tmp_path / "mirror/reactions/table.csv"
    mirror.parent.mkdir(parents=True)
    mirror.write_bytes(CONTENT)
    destination = tmp_path / "raw/set/table.csv"
    for mirrors in ([tmp_path / "mirror"], []):
        with (
            no_file_beyond(1_000),
            pytest.raises(NoRoomError, match=r"table.csv.*: file too large. Hint: make") as error,
        ):
            ensure(at(server), destination, mirrors, attempts=2, backoff=0)
        assert "mirror" not in str(error.value).replace(str(tmp_path), "")
        assert not destination.exists()
    assert len(server.seen) == 1, "asking again would not make room"
    # What had come is kept: with room, the download goes on there.
    assert ensure(at(server), destination, []) == at(server)["url"]
    assert destination.read_bytes() == CONTENT


def test_what_cannot_be_written_here_is_no_fault_of_the_address(server, tmp_path):
    destination = tmp_path / "raw/set/table.csv"
    (tmp_path / "raw/set/table.csv.part").mkdir(parents=True)
    with pytest.raises(
        DownloadError, match=r"table.csv.part cannot be written \(Is a directory\). Hint: it is no fault"
    ):
        ensure(at(server), destination, [], attempts=2, backoff=0)


def test_a_mirror_that_is_no_folder_is_mentioned(tmp_path):
    with pytest.raises(
        DownloadError, match=rf"RETORT_MIRRORS names {tmp_path}/mirrrors, which is no folder; cannot"
    ):
        ensure(declared(), tmp_path / "raw/set/table.csv", [tmp_path / "mirrrors"], attempts=1)
