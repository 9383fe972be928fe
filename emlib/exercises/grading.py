"""Grade submissions: run what the notebook ran, and report the outcome of each `check`.

A notebook's code above a check is the reader's program, and any line of it may matter: a seed, a
setting, a decorator that registers. So nothing is cut out. All cells run in order, in a process of
their own, and each call of `check` is recorded where it happens. If the code crashes or does not
end, the file is run again without the call or the statement where that happened. The limits protect
against accidents: code that is written to deceive the grader can do so.
"""

import json
import re
import signal
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import NamedTuple

from tqdm import tqdm

from emlib._processors import usable_processors
from emlib.exercises import check, names
from emlib.exercises._beside import Beside
from emlib.exercises._processes import Processes
from emlib.exercises._submission import read, seems_to_bind

LOOKED_FOR = 'calls like check("coins.e_step", e_step)'
STARTING = 15  # seconds that Python may take to start, in addition to the time limit
OUTCOME = dict.fromkeys(("status", "passed", "stage", "message", "mistake", "report"))


class Limits(NamedTuple):
    """What a submission may use: seconds for each cell and each check in it, and MiB."""

    time: float = 20.0
    memory: int = 2048


DEFAULT = Limits()


def grade(files, expected, chapter=None, limits=DEFAULT, jobs=None):
    """Grade submissions, several at once.

    Parameters
    ----------
    files : list of str
        Notebooks and Python files.
    expected : dict
        The functions that each chapter asks for, by chapter.
    chapter : str, optional
        The chapter that the files belong to. A workbook names its own chapter.
    limits : Limits
        The time for each cell and each check, and the memory for each file.
    jobs : int, optional
        How many files run at once; by default, the number of processors that this process may use.

    Returns
    -------
    list of dict
        What ``--json`` prints for each file.
    """
    submissions = [read(file, chapter) for file in files]
    # A Python file without checks is a helper module, even if it is among the files: it is copied.
    others = {
        Path(submission.file).resolve()
        for submission in submissions
        if any(cell.checks or cell.statement is None for cell in submission.cells)
    }
    with closing(Processes()) as processes:

        def graded(submission):
            asked = expected.get(submission.chapter, ())
            return _summary(submission, asked, limits, processes, others)

        pool = ThreadPoolExecutor(jobs or usable_processors())
        try:
            waiting = [pool.submit(graded, submission) for submission in submissions]
            for _ in tqdm(as_completed(waiting), total=len(waiting), unit=" files"):
                pass
        finally:
            pool.shutdown(cancel_futures=True)
    return [future.result() for future in waiting]


def _summary(submission, asked, limits, processes, others):
    problem, notes, exercises = submission.problem, [], []
    if not problem:
        beside = Beside(submission.file, others)
        run = _Run(submission, limits)
        run.to_the_end(processes, beside)
        notes = beside.left_out + run.notes()
        exercises = run.exercises(asked)
    if not problem and not exercises:
        problem = f"nothing to grade was found. Looked for: {LOOKED_FOR}"
    passed = sum(exercise["passed"] for exercise in exercises)
    return {
        "file": submission.file,
        "chapter": submission.chapter,
        "problem": problem,
        "notes": notes,
        "passed": passed,
        "total": len(exercises),
        "score": passed / len(exercises) if exercises else 0.0,
        "exercises": exercises,
    }


class _Lost(NamedTuple):
    """What ended an earlier run: a call of `check`, or a cell from some line on."""

    cell: int
    call: int | None
    line: int
    outcome: dict


class _Run:
    """A submission, run repeatedly until a run reaches its end."""

    def __init__(self, submission, limits):
        self._cells, self._limits = submission.cells, limits
        # Named as a kernel names them, because the caches of numba and joblib look for that.
        folder = Path(gettempdir(), f"ipykernel_{id(self)}")
        self._names = [str(folder / f"{i}.py") for i in range(len(self._cells))]
        self._lost, self._events = [], []

    def to_the_end(self, processes, beside):
        """Run it until it reaches its end, each time without what ended the runs before."""
        while True:
            with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                folder = str(Path(folder).resolve())
                beside.copy_to(folder)
                for i, cell in enumerate(self._cells):
                    if cell.statement is not None:  # a file with a name of its own
                        self._names[i] = str(Path(folder, cell.place))
                patience = self._limits.time + STARTING
                code, answer, trace = processes.run(self._job(), folder, patience)
            self._events = [json.loads(line) for line in answer.splitlines() if line]
            if self._events[-1:] == [{"end": True}]:
                return
            lost = self._what_was_lost(code, trace)
            known = {(one.cell, one.call, one.line) for one in self._lost}
            if (lost.cell, lost.call, lost.line) in known:  # leave out the whole cell
                lost = lost._replace(call=None, line=0)
            self._lost.append(lost)
            if lost.cell < 0 or (lost.cell, None, 0) in known:  # no run gets further
                return

    def _job(self):
        cells = []
        for i, cell in enumerate(self._cells):
            lost = [lost for lost in self._lost if lost.cell == i]
            before = min((one.line for one in lost if one.call is None), default=None)
            calls = {str(one.call): one.outcome for one in lost if one.call is not None}
            cells.append({"before": before, "lost": calls})
            if cell.statement is None:
                cells[-1] |= {"source": cell.source, "name": self._names[i]}
        script = None
        if self._cells and self._cells[0].statement is not None:
            script = {"name": self._names[0], "source": self._cells[0].source}
        time_limit, memory_limit = self._limits
        return {
            "script": script,
            "cells": cells,
            "time_limit": time_limit,
            "memory_limit": memory_limit,
        }

    def _what_was_lost(self, code, trace):
        """Where the last run ended, according to the last events that it wrote."""
        cell, line, call = -1, 0, None
        for event in self._events:
            cell = event.get("cell", cell)
            line = event.get("line", 0 if "cell" in event else line)
            if "begin" in event:
                call = event["call"]
            elif "checked" in event or "cell" in event:
                call = None
        outcome = self._of_the_end(code, trace, cell, line)
        return _Lost(cell, call, line, outcome)

    def _of_the_end(self, code, trace, cell, line):
        """The outcome for a process that did not reach its end."""
        where = self._where(trace) or self._text_of(cell, line)
        if code is None or trace.startswith("Timeout"):
            message = (
                f"stopped after {self._limits.time:g} s{where}: does a loop never end?"
            )
            return {"status": "timeout", "message": message}
        if code < 0:
            reason = f"was ended by signal {-code}{where}: {signal.strsignal(-code)}"
        else:
            last = trace.splitlines()[-1] if trace else "is there an os._exit?"
            reason = f"ended with exit status {code}{where}: {last}"
        return {"status": "crashed", "message": f"the program {reason}"}

    def _where(self, trace):
        """The submission's own line that ran last, in words."""
        for file, line in re.findall(r'File "(.*)", line (\d+)', trace):
            for i, name in enumerate(self._names):
                if file == name.encode("ascii", "backslashreplace").decode():
                    return self._text_of(i, int(line))
        return ""

    def _text_of(self, cell, line):
        if cell < 0 or not line:
            return ""
        place, lines = self._cells[cell].place, self._cells[cell].source.split("\n")
        text = f" ({lines[line - 1].strip()})" if line <= len(lines) else ""
        return f" in {place}, line {line}{text}"

    def _by_cell(self):
        """The last run's events, cell by cell."""
        found = [[] for _ in self._cells]
        cell = -1
        for event in self._events:
            cell = event.get("cell", cell)
            if cell >= 0:
                found[cell].append(event)
        return found

    def _readable(self, words):
        """Words with the file names of cells replaced by places that the reader knows."""
        if isinstance(words, dict):
            return {key: self._readable(value) for key, value in words.items()}
        if isinstance(words, str):
            places = (cell.place for cell in self._cells)
            for name, place in dict(zip(self._names, places, strict=True)).items():
                words = words.replace(name, place)
        return words

    def _end_of(self, number, events):
        """What stopped a cell before its end; None if it got there."""
        cut = [one for one in self._lost if one.cell == number and one.call is None]
        if cut:
            return cut[-1].outcome
        raised = [event["raised"] for event in events if "raised" in event]
        if not raised:
            return None
        problem = self._cells[number].problem
        if problem and raised[-1]["status"] == "syntax error":
            return {"status": "syntax error", "message": problem}
        return raised[-1]

    def notes(self):
        """What a grader should know before reading what failed."""
        found = []
        for number, events in enumerate(self._by_cell()):
            place = self._cells[number].place
            found += [
                f"{place}: {event['note']}" for event in events if "note" in event
            ]
            end = self._end_of(number, events)
            if end:
                message = self._readable(end["message"])
                place = "" if place in message else f"{place}: "
                found.append(f"{place}{message}")
        if not self._events and self._lost:
            found.append(self._lost[-1].outcome["message"])
        return list(dict.fromkeys(found))

    def exercises(self, asked):
        """The outcome of each exercise. Of several checks of one exercise, the last counts.

        If the chapter asks for exercises, others count only if a check names them literally.
        """
        found, ends = {}, []
        for number, events in enumerate(self._by_cell()):
            cell, end = self._cells[number], self._end_of(number, events)
            checked = [event for event in events if "checked" in event]
            for event in checked:
                outcome = event["outcome"]
                found[event["checked"]] = outcome | {"seconds": event["seconds"]}
            reached = {event["checked"] for event in checked}
            for name in cell.checks:
                if name in reached:
                    continue
                if end:
                    found[name] = self._for_want_of(end, ends)
                elif name not in found and name in names():  # or the reader's own
                    found[name] = _missing(
                        name, f"its call in {cell.place} was not run"
                    )
            if end:
                ends.append((number, end))
        if not self._events and self._lost:  # it did not even start
            written = [name for cell in self._cells for name in cell.checks]
            found = dict.fromkeys([*found, *written], self._lost[-1].outcome)
        if asked:
            # A chapter's own cells may check functions by a variable: those are no exercises.
            written = {name for cell in self._cells for name in cell.checks}
            found = {name: found[name] for name in found if name in {*asked, *written}}
        listed = [*asked, *(name for name in found if name not in asked)]
        return [
            self._readable(_entry(name, found.get(name) or _missing(name)))
            for name in listed
        ]

    def _for_want_of(self, end, earlier):
        """The outcome of a call that was not reached: what stopped its cell, or the cause of it."""
        unknown = end.get("unknown name")
        for number, cause in reversed(earlier if unknown else []):
            if seems_to_bind(self._cells[number].text, unknown):
                return cause
        return end


def _missing(name, reason="the chapter asks for it"):
    message = f'{reason}. Looked for: check("{name}", ...)'
    return {"status": "missing", "message": message}


def _entry(name, outcome):
    """One exercise, as ``--json`` prints it."""
    if outcome["status"] in ("error", "missing") and name not in names():
        try:
            check(name, None)
        except ValueError as error:
            outcome = {"status": "unknown exercise", "message": str(error)}
    entry = {"exercise": name} | OUTCOME
    entry |= {key: outcome[key] for key in OUTCOME if key in outcome}
    entry["passed"] = entry["status"] == "passed"
    return entry | {"seconds": outcome.get("seconds", 0.0)}
