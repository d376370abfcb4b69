"""The warm interpreter: imports what jobs import, once, and then forks for each job that Snakemake's process asks for.

`warm.py` starts it, with one end of a SOCK_SEQPACKET socketpair and the names of the modules to import. A message is a
JSON object (`script`, `folder`, `environment`) with the writing end of a pipe, to which the zygote writes the job's
process number and, once it has ended, its exit status. A job is a fresh `__main__` in a fork, so that nothing passes
from one job to the next. Modules of this project are never imported here: a job imports them as they are when it
begins. When the asking process goes, however it goes, every job and all that the jobs started go with it.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import traceback
import types
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
# Threads that a fork may lose: those of polars' allocator, and the one that clears its files from a full disk.
IDLE = ("jemalloc_bg_thd", "polars-ooc")
MESSAGE = 1 << 20  # bytes
# Ctrl-C reaches every process of a build. The zygote outlives it; jobs that were asked for before it do not begin.
interrupted: list[bool] = []


def preload(names: list[str]) -> None:
    """Import modules; where a name is an attribute that its package loads when it is asked for, ask for it."""
    for name in names:
        # What cannot be imported here fails in the job that needs it, with that job's message.
        with contextlib.suppress(Exception):
            try:
                importlib.import_module(name)
            except ImportError:
                package, _, attribute = name.rpartition(".")
                getattr(sys.modules.get(package), attribute)


def threads() -> list[str]:
    """Names of this process's threads besides the main one."""
    tasks = [task for task in Path("/proc/self/task").iterdir() if task.name != str(os.getpid())]
    return [(task / "comm").read_text(encoding="utf-8").strip() for task in tasks]


def run(script: str) -> int:
    """Run a program as `python script` would, in a fresh `__main__`; its exit status."""
    main = types.ModuleType("__main__")
    main.__dict__.update(__file__=script, __builtins__=__builtins__)
    sys.modules["__main__"] = main
    sys.argv, sys.path[0] = [script], str(Path(script).parent)
    try:
        exec(compile(Path(script).read_bytes(), script, "exec"), main.__dict__)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return (end.code or 0) & 0xFF
        print(end.code, file=sys.stderr)
        return 1
    except BaseException as error:  # noqa: BLE001 - as the interpreter does
        frames = error.__traceback__
        traceback.print_exception(error.with_traceback(frames and frames.tb_next))
        if isinstance(error, KeyboardInterrupt):
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        return 1
    return 0


def job(request: dict) -> None:
    """In the fork: become the job, and end with it."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != ZYGOTE:  # it died in between
        os._exit(1)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if interrupted:  # while the zygote imported, or in the moment of the fork
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    status = 1
    try:
        status = run(request["script"])
        from retort.journal import leave  # the project's, as it is now

        leave(status)
    finally:
        os._exit(status)


def serve(asker: socket.socket) -> None:
    """Fork for each request and report each end, until the asking process is gone."""
    told: dict[int, int] = {}  # process: where its end is reported
    woken, waker = os.pipe()
    for end in (woken, waker):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([asker, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            while True:
                try:
                    process, status = os.waitpid(-1, os.WNOHANG)
                except ChildProcessError:
                    break
                if process == 0:
                    break
                if process in told:  # not an orphan of a job's
                    report(told[process], os.waitstatus_to_exitcode(status))
                    os.close(told.pop(process))
        if asker in ready:
            message, pipes, _, _ = socket.recv_fds(asker, MESSAGE, 1)
            if not message:
                return
            try:
                process = os.fork()
            except OSError:  # no room for another process: a job that was not begun starts cold
                os.close(pipes[0])
                continue
            if process == 0:
                asker.close()
                for end in (woken, waker, *pipes, *told.values()):
                    os.close(end)
                job(json.loads(message))
            report(pipes[0], process)
            told[process] = pipes[0]


def report(pipe: int, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # nobody waits any more
        os.write(pipe, f"{number}\n".encode())


def end_all() -> None:
    """Kill every job and, since orphans become children of the zygote, all that jobs have started."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while numbers := children.read_text(encoding="utf-8").split():
        for number in numbers:
            os.kill(int(number), signal.SIGKILL)
            os.waitpid(int(number), 0)


def main() -> None:
    asker = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, lambda *_: interrupted.append(True))
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    preload(sys.argv[2:])
    if unknown := [name for name in threads() if not name.startswith(IDLE)]:
        sys.exit(f"zygote: not forked, for these threads are at work: {', '.join(unknown)}")
    sys.stdout.flush()
    gc.collect()
    gc.freeze()
    try:
        serve(asker)
    finally:
        if os.getpid() == ZYGOTE:
            end_all()


if __name__ == "__main__":
    ZYGOTE = os.getpid()
    libc = ctypes.CDLL(None)
    main()
    os._exit(0)
