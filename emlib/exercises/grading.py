"""Grade submissions: run what each check needs, by itself, and say what became of it.

Every exercise has a process of its own: what does not end, crashes or cannot be parsed costs that
one and no other. The limits are against accidents. Code that sets out to deceive the program that
runs it can.
"""

import json
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing, suppress
from typing import NamedTuple

from tqdm import tqdm

from emlib._processors import usable_processors
from emlib.exercises import check, names
from emlib.exercises._processes import Processes
from emlib.exercises._submission import needed, read

LOOKED_FOR = 'calls like check("coins.e_step", e_step), outside of any function'
STARTING = 15  # seconds that Python may take to start, beyond the time limit


class Limits(NamedTuple):
    """What one exercise may use: seconds and MiB."""

    time: float = 20.0
    memory: int = 2048


DEFAULT = Limits()


def grade(files, expected, chapter=None, limits=DEFAULT, jobs=None):
    """Grade submissions, several exercises at once.

    Parameters
    ----------
    files : list of str
        Notebooks and Python files.
    expected : dict
        The functions that each chapter asks for, by chapter.
    chapter : str, optional
        The chapter that the files belong to. A workbook says so itself.
    limits : Limits
        For each exercise.
    jobs : int, optional
        How many exercises run at once. By default as many as there are processors that this
        process may use.

    Returns
    -------
    list of dict
        For each file what ``--json`` prints.
    """
    submissions = [read(file, chapter) for file in files]
    pool = ThreadPoolExecutor(jobs or usable_processors())
    with closing(Processes()) as processes:
        try:
            waiting = {}
            for number, submission in enumerate(submissions):
                asked = expected.get(submission.chapter, ())
                wanted = () if submission.problem else (*asked, *submission.checks)
                for exercise in dict.fromkeys(wanted):
                    job = pool.submit(_graded, submission, exercise, limits, processes)
                    waiting[job] = number
            for _ in tqdm(as_completed(waiting), total=len(waiting), unit=" exercises"):
                pass
        finally:
            pool.shutdown(cancel_futures=True)
    results = [[] for _ in submissions]
    for future, number in waiting.items():
        results[number].append(future.result())
    return [_summary(*pair) for pair in zip(submissions, results, strict=True)]


def _summary(submission, exercises):
    problem = submission.problem
    if not problem and not exercises:
        problem = f"nothing to grade was found. Looked for: {LOOKED_FOR}"
    passed = sum(exercise["passed"] for exercise in exercises)
    return {
        "file": submission.file,
        "chapter": submission.chapter,
        "problem": problem,
        "passed": passed,
        "total": len(exercises),
        "score": passed / len(exercises) if exercises else 0.0,
        "exercises": exercises,
    }


def _graded(submission, exercise, limits, processes):
    """What became of one exercise."""
    started = time.perf_counter()
    outcome = {
        "exercise": exercise,
        "status": None,
        "passed": False,
        "stage": None,
        "message": None,
        "mistake": None,
        "report": None,
    }
    outcome |= _judged(submission, exercise, limits, processes)
    outcome["passed"] = outcome["status"] == "passed"
    return outcome | {"seconds": round(time.perf_counter() - started, 3)}


def _judged(submission, exercise, limits, processes):
    """Status and message without running anything, where that is possible; else of the run."""
    call = submission.checks.get(exercise)
    if call is None:
        message = f'the chapter asks for it. Looked for: check("{exercise}", ...)'
        return {"status": "missing", "message": message}
    if exercise not in names():
        try:
            check(exercise, None)
        except ValueError as error:
            return {"status": "unknown exercise", "message": str(error)}
    if call.problem:
        return {"status": "syntax error", "message": call.problem}
    if call.function is None:
        message = f'nothing to check was given: write check("{exercise}", my_function)'
        return {"status": "error", "message": message}
    numbers = needed(submission.statements, call)
    statements = [submission.statements[i] for i in numbers]
    for statement in statements:
        if statement.problem:
            return {"status": "syntax error", "message": statement.problem}
    node = call.function
    span = node.lineno, node.col_offset, node.end_lineno, node.end_col_offset
    places = {call.place, *(statement.place for statement in statements)}
    job = {
        "exercise": exercise,
        "cells": {place: submission.cells[place] for place in places},
        "statements": [(statement.place, statement.index) for statement in statements],
        "function": (call.place, *span),
        "time_limit": limits.time,
        "memory_limit": limits.memory,
    }
    return _verdict(job, *processes.run(job, limits.time + STARTING))


def _verdict(job, code, answer, trace):
    """The worker's answer, or what its end says if it gave none."""
    with suppress(ValueError):
        return json.loads(answer)
    where = _where(trace, job["cells"])
    if code is None or trace.startswith("Timeout"):
        message = (
            f"stopped after {job['time_limit']:g} s{where}: does a loop never end?"
        )
        return {"status": "timeout", "message": message}
    if code < 0:
        message = (
            f"the program was ended by signal {-code}{where}: {signal.strsignal(-code)}"
        )
    else:
        reason = trace.splitlines()[-1] if trace else "is there an os._exit?"
        message = f"the program ended with exit status {code}{where}: {reason}"
    return {"status": "crashed", "message": message}


def _where(trace, cells):
    """The submission's own line that ran last, in words."""
    for file, line in re.findall(r'File "(.*)", line (\d+)', trace):
        for place, source in cells.items():
            if file == place.encode("ascii", "backslashreplace").decode():
                text = source.split("\n")[int(line) - 1].strip()
                return f" in {place}, line {line} ({text})"
    return ""
