"""Run jobs, each in a process of its own, which is killed if it makes no progress.

Starting Python and loading the packages takes several times as long as most checks. On Linux, one
process does that once and forks for each job. Elsewhere each job starts a new process, because a
fork of a process that has loaded numerical libraries may not work.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory, TemporaryFile

import emlib

COPIES = sys.platform == "linux"
WORKER = [sys.executable, "-m", "emlib.exercises._worker"]


class Processes:
    """Runs jobs, possibly from several threads at once. Close it at the end."""

    def __init__(self):
        self._idle = SimpleQueue()
        self._settings = TemporaryDirectory(ignore_cleanup_errors=True)

    def run(self, job, folder, patience):
        """Run a job.

        Parameters
        ----------
        job : dict
            For `emlib.exercises._worker`.
        folder : str
            Where it runs.
        patience : float
            Seconds without a new event after which it is stopped.

        Returns
        -------
        code : int or None
            Its exit code, None if it had to be stopped.
        answer, trace : str
            What it wrote to standard output and to standard error.
        """
        with (
            TemporaryFile() as question,
            TemporaryFile() as answer,
            TemporaryFile() as trace,
        ):
            question.write(json.dumps(job).encode())
            question.seek(0)
            streams = question, answer, trace
            way = self._copied if COPIES else _started
            code = way(folder, streams, patience, _environment(self._settings.name))
            texts = []
            for stream in (answer, trace):
                stream.seek(0)
                texts.append(stream.read().decode(errors="replace"))
            return code, *texts

    def _copied(self, folder, streams, patience, environment):
        try:
            original = self._idle.get_nowait()
        except Empty:
            original = _Original(environment)
        try:
            code = original.run(folder, streams, patience)
        except (OSError, ValueError):  # it has been killed
            original.close()
            for stream in streams:  # the failed attempt may have read or written
                stream.seek(0)
                if stream is not streams[0]:
                    stream.truncate()
            return _started(folder, streams, patience, environment)
        self._idle.put(original)
        return code

    def close(self):
        """End the processes that wait for more jobs."""
        while not self._idle.empty():
            self._idle.get().close()
        self._settings.cleanup()


class _Original:
    """A process that has loaded the packages and forks for each job."""

    def __init__(self, environment):
        self._requests, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [*WORKER, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                pass_fds=[theirs.fileno()],
            )
        self._answers = self._requests.makefile("rb")

    def run(self, folder, streams, patience):
        numbers = [stream.fileno() for stream in streams]
        socket.send_fds(self._requests, [folder.encode()], numbers)
        process = int(self._answers.readline())

        def has_ended(seconds):
            return bool(select.select([self._requests], [], [], seconds)[0])

        try:
            in_time = _waited(has_ended, streams[1], patience)
        finally:
            _end(process)
        code = int(self._answers.readline())
        return code if in_time else None

    def close(self):
        self._answers.close()
        self._requests.close()
        self._process.wait()


def _started(folder, streams, patience, environment):
    """Run a job in a new process."""
    question, answer, trace = streams
    process = subprocess.Popen(
        WORKER,
        stdin=question,
        stdout=answer,
        stderr=trace,
        cwd=folder,
        env=environment,
        start_new_session=True,
    )

    def has_ended(seconds):
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        return process.poll() is not None

    try:
        return process.returncode if _waited(has_ended, answer, patience) else None
    finally:
        if hasattr(os, "killpg"):
            _end(process.pid)
        else:
            process.kill()
        process.wait()


def _waited(has_ended, answer, patience):
    """Wait for a process while its answer grows; return whether it ended by itself."""
    size = -1
    while size != (size := os.fstat(answer.fileno()).st_size):
        if has_ended(patience):
            return True
    return False


def _environment(settings):
    """The environment of the jobs: one thread for linear algebra, no windows, and this package.

    IPython does not find the settings of the user who grades.
    """
    threads = dict.fromkeys(("OMP", "OPENBLAS", "MKL", "VECLIB", "NUMEXPR"), "1")
    environment = os.environ | {f"{name}_NUM_THREADS": n for name, n in threads.items()}
    environment |= {
        "MPLBACKEND": "Agg",
        "PYTHONIOENCODING": "utf-8",
        "IPYTHONDIR": settings,
    }
    path = [str(Path(emlib.__file__).parent.parent), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, path))
    return environment


def _end(process):
    """Kill a process group; all its processes may already have ended."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGKILL)
