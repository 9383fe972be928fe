"""What runs in the child process: a submission, from its first cell to its last.

It is handed a job on its standard input and writes what happens, a line of JSON for each event, to
its standard output. Neither is within reach of the submission's own code, whose prints go nowhere
and whose ``input()`` finds nothing. `emlib.exercises._processes` starts it, by itself or, where a
process can be copied, from one that has loaded the packages already (`serve`).
"""

import asyncio
import faulthandler
import json
import os
import socket
import sys
import traceback
from contextlib import contextmanager, suppress

from emlib.exercises import names
from emlib.exercises._recorder import Recorder, out_of_memory
from emlib.exercises._shell import Shell

try:
    import resource
except ImportError:  # Windows
    resource = None


def serve(requests):
    """For each request a copy of this process, which does the job and ends.

    A request names a folder to run in and brings the three standard streams; the answers are the
    copy's process id and, when it has ended, its exit code.
    """
    names()  # loads what every check needs
    Shell.instance()
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
    """Do a job in a copy, as if this were a program of its own; does not return."""
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
    """Do the job, write down what happens, and leave no thread behind."""
    job = json.load(sys.stdin)
    answer, trace = _private_copies(1, 2)
    faulthandler.enable(trace, all_threads=False)
    if not sys.flags.safe_path:
        del sys.path[0]  # the folder that grading was started in
    sys.path.insert(0, os.getcwd())  # what lies beside a notebook can be imported

    def restart_clock():
        # By its own clock, which starts here: how long Python takes to start is nobody's fault.
        faulthandler.dump_traceback_later(job["time_limit"], exit=True, file=trace)

    dumps = json.dumps  # whatever the submission makes of the module

    def write(event):
        answer.write(dumps(event) + "\n")
        answer.flush()

    try:
        with _memory_limited(job["memory_limit"]):
            asyncio.run(_run(job, write, restart_clock))
        write({"end": True})
        os._exit(0)
    except BaseException:
        traceback.print_exc(file=trace)
        trace.flush()
        os._exit(1)


def _private_copies(*numbers):
    """Files of our own for the output streams; the streams themselves then lead nowhere."""
    copies = [os.fdopen(os.dup(number), "w", encoding="utf-8") for number in numbers]
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    return copies


@contextmanager
def _memory_limited(mebibytes):
    """Limit the address space, where the platform can, and write no core files."""
    if resource is None:
        yield
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    before = resource.getrlimit(resource.RLIMIT_AS)
    with suppress(ValueError, OSError):  # macOS refuses
        resource.setrlimit(resource.RLIMIT_AS, (mebibytes * 2**20, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


async def _run(job, write, restart_clock):
    """Run every cell in turn, in a running event loop, as a kernel has one."""
    shell = Shell.instance()
    shell.note = lambda words: write({"note": words})
    shell.progress = lambda line: write({"line": line})
    recorder = Recorder(write, restart_clock, job["memory_limit"])
    for number, cell in enumerate(job["cells"]):
        write({"cell": number})
        restart_clock()
        recorder.begin(cell["lost"])
        if cell["statement"] is not None:
            shell.user_ns["__file__"] = cell["name"]
        error = await shell.run(
            cell["source"], cell["name"], cell["statement"], cell["before"]
        )
        if error is not None:
            write({"raised": _in_words(error, job)})
        await asyncio.sleep(0.001)  # tasks that a cell has left go on between two cells


def _in_words(error, job):
    """What to say of an error, with the submission's own lines only."""
    if isinstance(error, MemoryError):
        return out_of_memory(job["memory_limit"])
    own = {cell["name"] for cell in job["cells"]}
    frames = error.__traceback__
    while frames and frames.tb_frame.f_code.co_filename not in own:
        frames = frames.tb_next
    message = traceback.format_exception_only(error)[-1].strip()
    lines = [
        f"{frame.f_code.co_filename}, line {line}"
        for frame, line in traceback.walk_tb(frames)
        if frame.f_code.co_filename in own
    ]
    if lines:
        message += f" ({lines[-1]})"
    words = {"status": "error", "message": message}
    if isinstance(error, SyntaxError) and not lines:
        words["status"] = "syntax error"
    if isinstance(error, NameError):
        words["unknown name"] = error.name
        words["message"] += (
            ". Define it above the check; does the whole run from top to bottom?"
        )
    report = "".join(traceback.format_exception(type(error), error, frames)).rstrip()
    return words | {"report": report}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(socket.socket(fileno=int(sys.argv[1])))
    else:
        main()
