"""Downloads and mirrors."""

import hashlib
import http.server
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from ..workflow.project import Project
from .suite import Bench, fault, refused, said, shell

RAW = "data/raw/ceder/ceder_precursor_id.json"
NO_NETWORK = "http://127.0.0.1:9"  # a proxy that refuses every connection
REFUSED = "refused: what is wrong with which source"


def _declared(project: Project) -> dict:
    """What the YAML declares of RAW."""
    text = (project.folder / "workflow/config/dataset/ceder.yaml").read_text(encoding="utf-8")
    (file,) = (each for each in yaml.safe_load(text)["files"] if RAW.endswith(f"/{each['name']}"))
    return file


def _mirror(project: Project, size: int) -> str:
    """A mirror folder whose copy of RAW has `size` bytes, all zero; sparse, so that it takes no room."""
    file = project.folder.parent / "mirror" / _declared(project)["mirror"]
    file.parent.mkdir(parents=True)
    with file.open("wb") as stream:
        stream.truncate(size)
    return str(project.folder.parent / "mirror")


def _fetch(project: Project, mirrors: str = "", **environment: str) -> subprocess.CompletedProcess:
    given = {"https_proxy": NO_NETWORK, "RETORT_MIRRORS": mirrors} | environment
    done = project.snakemake(
        RAW, scale="laptop", overrides=[], check=False, options=["--retries", "0"], **given
    )
    assert not (project.folder / RAW).exists(), f"{RAW} is there"
    return done


@fault("a mirror's file is cut short", then=REFUSED)
def truncated(bench: Bench) -> str:
    project = bench.fresh()
    mirror = _mirror(project, _declared(project)["bytes"] - 1)
    return refused(_fetch(project, mirror), "mirror .*ceder_precursor_id.json is truncated: ")


@fault("a mirror's file has other bytes", then=REFUSED)
def other_bytes(bench: Bench) -> str:
    project = bench.fresh()
    mirror = _mirror(project, _declared(project)["bytes"])
    return refused(_fetch(project, mirror), "mirror .*ceder_precursor_id.json has sha256", "expected")


@fault("no mirror and no network", then="refused: what to set")
def no_network(bench: Bench) -> str:
    return refused(_fetch(bench.fresh()), "cannot obtain ceder_precursor_id.json", "RETORT_MIRRORS")


@fault("`RETORT_MIRRORS` names a folder that does not exist", then="refused: the folder is named")
def misspelt_mirror(bench: Bench) -> str:
    return refused(
        _fetch(bench.fresh(), "/data/mirrrors"), "RETORT_MIRRORS names /data/mirrrors, which is no folder"
    )


@contextmanager
def _server(content: bytes, pause: float = 0.0) -> Iterator[tuple[str, list]]:
    """An address that sends `content` in pieces, from where it is asked to; and the ranges that were asked for."""
    asked: list[str | None] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            asked.append(wanted)
            first = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            self.send_response(206 if wanted else 200)
            if wanted:
                self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
            self.send_header("Content-Length", str(len(content) - first))
            self.end_headers()
            for start in range(first, len(content), 1 << 14):
                self.wfile.write(content[start : start + (1 << 14)])
                time.sleep(pause)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # a client that is killed is what this is for
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}/table.csv", asked
    finally:
        server.shutdown()
        server.server_close()


CONTENT = bytes(range(256)) * 4_000
PROGRAM = """
import json, sys
from pathlib import Path
from retort.datasets.download import ensure
from retort.datasets.errors import DataError
try:
    print(ensure(json.loads(sys.argv[1]), Path(sys.argv[2]), [], attempts=2, backoff=0.1, timeout=5))
except DataError as error:
    sys.exit(str(error))
"""


def _program(address: str, target: Path) -> list[str]:
    file = {"name": "table.csv", "mirror": "set/table.csv", "url": address, "bytes": len(CONTENT)}
    file["sha256"] = hashlib.sha256(CONTENT).hexdigest()
    return [sys.executable, "-c", PROGRAM, json.dumps(file), str(target)]


@fault("`kill -9` in a download", then="the next call asks for the rest only")
def killed_in_download(bench: Bench) -> str:
    project = bench.fresh()
    target, environment = project.folder / "data/raw/set/table.csv", project.environment(no_proxy="127.0.0.1")
    part = target.with_name("table.csv.part")
    with _server(CONTENT, pause=0.05) as (address, asked):
        command = _program(f"http://{address}", target)
        running = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while not (part.exists() and part.stat().st_size > 100_000):
            assert running.poll() is None, "it ended before it could be killed"
            time.sleep(0.01)
        running.kill()
        running.wait()
        assert not target.exists(), "half a file"
        done = shell(project, *command, env=environment)
        assert done.returncode == 0, done.stdout
        rest = int((asked[-1] or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        assert rest > 100_000, f"it asked for {asked[-1]}"
    assert target.read_bytes() == CONTENT
    return ""


@fault("an address without TLS", then="refused: the address and why")
def no_tls(bench: Bench) -> str:
    project = bench.fresh()
    with _server(CONTENT) as (address, _):
        command = _program(f"https://{address}", project.folder / "data/raw/set/table.csv")
        done = shell(project, *command, env=project.environment(no_proxy="127.0.0.1"))
    assert not (project.folder / "data/raw/set/table.csv").exists()
    assert done.returncode != 0
    return said(done, "cannot obtain table.csv", f"https://{address} failed", "SSL", "Hint: ")
