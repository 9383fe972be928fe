"""What runs in the child process: a submission, from its first cell to its last.

It reads a job from its standard input and writes what happens, one line of JSON for each event, to
its standard output. The submission's own code can reach neither: its prints go nowhere, and its
``input()`` finds nothing. `emlib.exercises._processes` starts it as a new process or, where
processes can be forked, as a fork of one that has already loaded the packages (`serve`).
"""

import ast
import asyncio
import faulthandler
import json
import linecache
import os
import signal
import socket
import sys
import traceback
from contextlib import suppress

from emlib.exercises import names
from emlib.exercises._recorder import Recorder, out_of_memory
from emlib.exercises._shell import ZMQInteractiveShell

try:
    import resource
except ImportError:  # Windows
    resource = None


def serve(requests):
    """For each request, fork a process that does the job and ends.

    A request consists of a folder to run in and the three standard streams. The answers are the
    process id and, when the process has ended, its exit code.
    """
    names()  # loads what every check needs
    ZMQInteractiveShell.instance()
    while True:
        folder, streams, _, _ = socket.recv_fds(requests, 4096, 3)
        if not folder:  # the other end is closed
            return
        process = os.fork()
        if not process:
            requests.close()
            _as_a_program(folder.decode(), streams)
        for stream in streams:
            os.close(stream)
        requests.sendall(b"%d\n" % process)
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        requests.sendall(b"%d\n" % code)


def _as_a_program(folder, streams):
    """Do a job in a forked process, as if it were a program of its own; does not return."""
    try:
        os.setsid()
        os.chdir(folder)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        main()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)


def main():
    """Do the job, write what happens, and end the process with all its threads."""
    job = json.load(sys.stdin)
    answer, trace = _private_copies(1, 2)
    faulthandler.enable(trace, all_threads=False)
    if not sys.flags.safe_path:
        del sys.path[0]  # the folder in which grading was started
    sys.path.insert(0, "")  # modules next to a notebook can be imported
    ours = os.getpid()

    def restart_clock():
        # The limit does not include the time that Python takes to start. A process that the
        # submission forks has no such clock and must not start one.
        if os.getpid() == ours:
            faulthandler.dump_traceback_later(job["time_limit"], exit=True, file=trace)

    dumps, put, number = json.dumps, os.write, answer.fileno()

    def write(event):  # unbuffered, so that a fork of this process writes nothing twice
        put(number, dumps(event).encode() + b"\n")

    try:
        _limit_memory(job["memory_limit"])
        asyncio.run(_run(job, write, restart_clock))
    except BaseException:
        traceback.print_exc(file=trace)
        trace.flush()
    os._exit(1)


def _private_copies(*numbers):
    """Private copies of the output streams; the streams themselves then lead nowhere."""
    copies = [os.fdopen(os.dup(number), "w", encoding="utf-8") for number in numbers]
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    return copies


def _limit_memory(mebibytes):
    """Limit the address space, where the platform can, and write no core files."""
    if resource is None:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    with suppress(ValueError, OSError):  # macOS refuses
        resource.setrlimit(resource.RLIMIT_AS, (mebibytes * 2**20, most))


async def _run(job, write, restart_clock):
    """Run every cell in turn, in a running event loop as in a kernel; does not return."""
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # asyncio's own handler would stop the loop
    shell = ZMQInteractiveShell.instance()
    shell.note = lambda words: write({"note": words})
    shell.progress = lambda line: write({"line": line})
    shell.in_folder(os.getcwd())
    recorder = Recorder(write, restart_clock, job["memory_limit"])
    script = job["script"]
    sys.argv = (
        [script["name"]] if script else ["ipykernel_launcher.py", "-f", "kernel.json"]
    )
    body = _begun(shell, **script) if script else ()
    for number, cell in enumerate(job["cells"]):
        write({"cell": number})
        restart_clock()
        recorder.begin(cell["lost"])
        before = cell["before"]
        if not script:
            error = await shell.run(cell["source"], cell["name"], before)
        elif before is None:
            error = await shell.run_statement(body[number], script["name"])
        else:
            error = None
        if error is not None:
            names = (
                {script["name"]} if script else {cell["name"] for cell in job["cells"]}
            )
            write({"raised": _in_words(error, names, job["memory_limit"])})
        await asyncio.sleep(0.001)  # tasks that a cell started continue between cells
    # End here, without waiting for tasks and threads that still run.
    write({"end": True})
    os._exit(0)


def _begun(shell, name, source):
    """The statements of a Python file that is about to be run."""
    tree = ast.parse(source)
    shell.user_ns |= {"__file__": name, "__doc__": ast.get_docstring(tree, clean=False)}
    linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name
    return tree.body


def _in_words(error, own, memory_limit):
    """The outcome for an error, with the traceback reduced to the submission's `own` files."""
    if isinstance(error, MemoryError):
        return out_of_memory(memory_limit)
    frames = error.__traceback__
    while frames and frames.tb_frame.f_code.co_filename not in own:
        frames = frames.tb_next
    lines = [
        f"{frame.f_code.co_filename}, line {line}"
        for frame, line in traceback.walk_tb(frames)
        if frame.f_code.co_filename in own
    ]
    message = _said(error) + (f" ({lines[-1]})" if lines else "")
    words = {"status": "error", "message": message}
    if isinstance(error, SyntaxError) and not lines:
        words["status"] = "syntax error"
    if isinstance(error, NameError):
        words["unknown name"] = error.name
        words["message"] += (
            ". Define it above the check. Does the whole file run from top to bottom?"
        )
    if "start new thread" in message:
        words["message"] += (
            f". The memory that threads reserve counts towards the limit of {memory_limit} MiB "
            f"(--memory-limit)"
        )
    report = "".join(traceback.format_exception(type(error), error, frames)).rstrip()
    return words | {"report": report}


def _said(error):
    """An error in words, even if its message cannot be shown."""
    kind = type(error)
    module = (
        "" if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}."
    )
    try:
        text = str(error)
    except Exception:
        text = "(its message cannot be shown)"
    return f"{module}{kind.__qualname__}" + (f": {text}" if text else "")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(socket.socket(fileno=int(sys.argv[1])))
    else:
        main()
