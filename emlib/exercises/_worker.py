"""What runs in the child process: one function of a submission, and what it needs.

It is handed a job on its standard input and writes what became of it to its standard output.
Neither is within reach of the submission's own code, whose prints go nowhere and whose ``input()``
finds nothing. `emlib.exercises._processes` starts it, by itself or, where a process can be copied,
from one that has loaded the package already (`serve`).
"""

import __future__

import ast
import faulthandler
import functools
import json
import linecache
import os
import socket
import sys
import traceback
import types
from contextlib import contextmanager, suppress

from emlib.exercises import check, names

try:
    import resource
except ImportError:  # Windows
    resource = None


class OutOfMemory(BaseException):
    """A `MemoryError` of the submission's function, out of reach of any ``except Exception``."""


def serve(requests):
    """For each request a copy of this process, which does the job and ends.

    A request names a folder to run in and brings the three standard streams; the answers are the
    copy's process id and, when it has ended, its exit code.
    """
    names()  # loads what every check needs
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
    """Do the job, write down what became of it, and leave no thread behind."""
    job = json.load(sys.stdin)
    answer, trace = _private_copies(1, 2)
    faulthandler.enable(trace, all_threads=False)
    # By its own clock, which starts here: how long Python takes to start is nobody's fault.
    faulthandler.dump_traceback_later(job["time_limit"], exit=True, file=trace)
    with _memory_limited(job["memory_limit"]):
        outcome = _outcome(job)
    with answer:
        json.dump(outcome, answer)
    os._exit(0)


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


def _outcome(job):
    """Status, stage, message, mistake and report."""
    for place, source in job["cells"].items():
        lines = [f"{line}\n" for line in source.split("\n")]  # Python's idea of a line
        linecache.cache[place] = (len(source), None, lines, place)
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        function = _function(job, vars(module))
        if str(getattr(function, "__module__", "")).startswith("emlib."):
            return {
                "status": "failed",
                "stage": "whose it is",
                "message": f"this is the package's own {job['exercise']}: hand in yours",
            }
        report = check(job["exercise"], _watched(function))
    except (MemoryError, OutOfMemory):
        return {
            "status": "memory",
            "message": f"it asked for more than {job['memory_limit']} MiB of memory: is an "
            f"array larger than it has to be, or a list without end?",
        }
    except BaseException as error:  # whatever it is, the student gets to see it
        return _raised(error, job["cells"])
    mistake = report.mistake and {
        key: getattr(report.mistake, key) for key in ("name", "title", "equation")
    }
    return {
        "status": "passed" if report else "failed",
        "stage": report.stage,
        "message": report.problem,
        "mistake": mistake,
        "report": str(report),
    }


def _function(job, namespace):
    """What the submission hands to `check`, made by its own statements in their order."""
    trees = {place: ast.parse(source) for place, source in job["cells"].items()}
    flags = 0
    for place, index in job["statements"]:
        statement = trees[place].body[index]
        tree = ast.Module([statement], [])
        exec(compile(tree, place, "exec", flags, dont_inherit=True), namespace)
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            for alias in statement.names:  # as at a prompt, it holds from here on
                flags |= getattr(__future__, alias.name).compiler_flag
    place, *span = job["function"]
    expression = next(
        node
        for node in ast.walk(trees[place])
        if isinstance(node, ast.expr)
        and [node.lineno, node.col_offset, node.end_lineno, node.end_col_offset] == span
    )
    tree = ast.Expression(expression)
    return eval(compile(tree, place, "eval", flags, dont_inherit=True), namespace)


def _watched(function):
    """The function, running out of memory in a way that `check` does not take for a result."""
    if not callable(function):
        return function

    @functools.wraps(function, updated=())
    def call(*arguments, **keywords):
        try:
            return function(*arguments, **keywords)
        except MemoryError:
            raise OutOfMemory from None

    return call


def _raised(error, places):
    """What to say of an error, with the submission's own lines only."""
    frames = error.__traceback__
    while frames and frames.tb_frame.f_code.co_filename not in places:
        frames = frames.tb_next
    message = traceback.format_exception_only(error)[-1].strip()
    own = [
        f"{frame.f_code.co_filename}, line {line}"
        for frame, line in traceback.walk_tb(frames)
        if frame.f_code.co_filename in places
    ]
    if own:
        message += f" ({own[-1]})"
    if isinstance(error, NameError):
        message += ". Define it above the check; does the whole run from top to bottom?"
    report = "".join(traceback.format_exception(type(error), error, frames)).rstrip()
    return {"status": "error", "message": message, "report": report}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(socket.socket(fileno=int(sys.argv[1])))
    else:
        main()
