"""The command line: list the exercises, or grade submissions.

``python -m emlib.exercises`` lists, ``python -m emlib.exercises grade FILE`` grades.
"""

import argparse
import json
import os
import sys
import textwrap
from pathlib import Path

from emlib.exercises import names

CATALOGUE = Path(__file__).with_name("catalogue.json")


def main(arguments=None):
    """Run the command that the command line names; return the exit status."""
    chapters = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    options = _parser(chapters).parse_args(arguments)
    return grade(chapters, options) if options.command == "grade" else show(chapters)


def _parser(chapters):
    parser = argparse.ArgumentParser(
        prog="python -m emlib.exercises",
        description="List the book's exercises, or grade submissions.",
    )
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("list", help="list the exercises (the default)")
    grading = commands.add_parser(
        "grade",
        help="grade notebooks and Python files",
        description='Grade every call check("topic.function", my_function) in the files. Each '
        "file is run from top to bottom, as JupyterLab runs it, in a process of its own, with "
        "copies of the files next to it. Commands that would install programs are not run. The "
        "limits protect against accidents, not against malice: grade strangers' files in a "
        "container.",
        epilog="Exit status: 0 if everything passed, 1 if something did not, 2 if a file could "
        "not be read or contains nothing to grade.",
    )
    grading.add_argument(
        "files", nargs="+", metavar="FILE", help="a notebook or a Python file"
    )
    grading.add_argument("--json", action="store_true", help="print one JSON document")
    grading.add_argument(
        "--chapter",
        choices=[chapter["chapter"] for chapter in chapters],
        help="the chapter that the files belong to: what it asks for counts as missing if a file "
        "lacks it. A workbook names its own chapter",
    )
    grading.add_argument(
        "--time-limit",
        type=_positive(float),
        default=20.0,
        metavar="S",
        help="seconds for each cell, and for each check in it (default: 20)",
    )
    grading.add_argument(
        "--memory-limit",
        type=_positive(int),
        default=2048,
        metavar="MIB",
        help="address space for each file (default: 2048), where the system can limit it: "
        "on Linux, not on macOS or Windows",
    )
    grading.add_argument(
        "--jobs",
        type=_positive(int),
        metavar="N",
        help="how many files run at once (default: the number of processors that may be used)",
    )
    return parser


def _positive(kind):
    """A type for argparse: a number above 0."""

    def number(text):
        value = kind(text)
        if not 0 < value < float("inf"):
            raise ValueError
        return value

    number.__name__ = {int: "whole number above 0", float: "number above 0"}[kind]
    return number


def show(chapters):
    """List the exercises by chapter, then the functions that no chapter asks for."""
    asked = set()
    for chapter in chapters:
        print(f"{chapter['chapter']}: {chapter['title']}")
        for exercise in chapter["exercises"]:
            stars = "★" * exercise["level"] + "☆" * (3 - exercise["level"])
            function = exercise["function"] or ""
            asked.add(function)
            print(
                f"  {exercise['label']:30} {stars}  {exercise['kind']:12}  "
                f"{exercise['title']:44}  {function}".rstrip()
            )
        print()
    print("No chapter asks for these, but check knows them:")
    others = [name for name in names() if name not in asked]
    print(
        textwrap.fill(
            ", ".join(others), 78, initial_indent="  ", subsequent_indent="  "
        )
    )
    return 0


def grade(chapters, options):
    """Grade the files and print the results; return the exit status."""
    try:
        from emlib.exercises import grading
    except ModuleNotFoundError as error:
        if error.name.startswith("emlib"):
            raise
        print(
            f"Grading needs {error.name}. In a clone of the book: "
            f"python -m pip install '.[grading]'",
            file=sys.stderr,
        )
        return 2
    asked = {
        chapter["chapter"]: [
            e["function"] for e in chapter["exercises"] if e["function"]
        ]
        for chapter in chapters
    }
    limits = grading.Limits(options.time_limit, options.memory_limit)
    results = grading.grade(options.files, asked, options.chapter, limits, options.jobs)
    if options.json:
        print(json.dumps({"version": 1, "submissions": results}, indent=2))
    else:
        _print(results)
    for result in results:
        if result["problem"]:
            print(f"{result['file']}: {result['problem']}", file=sys.stderr)
            for note in result["notes"]:
                print(_as_note(note), file=sys.stderr)
    if any(result["problem"] for result in results):
        return 2
    return 0 if all(result["passed"] == result["total"] for result in results) else 1


def _as_note(note):
    words = textwrap.shorten(" ".join(note.split()), 200, placeholder=" ...")
    return f"  note: {words}"


def _print(results):
    for result in results:
        if result["problem"]:
            continue  # standard error has it
        chapter = f" ({result['chapter']})" if result["chapter"] else ""
        print(f"{result['file']}{chapter}")
        for note in result["notes"]:
            print(_as_note(note))
        for exercise in result["exercises"]:
            message = " ".join((exercise["message"] or "").split())
            if exercise["report"]:  # which holds the whole message
                message = textwrap.shorten(message, 100, placeholder=" ...")
            print(
                f"  {exercise['status']:16}  {exercise['exercise']:26}  {message}".rstrip()
            )
            if exercise["report"] and not exercise["passed"]:
                print(textwrap.indent(exercise["report"], " " * 8) + "\n")
        print(f"  {result['passed']} of {result['total']} passed\n")
    if len(results) > 1:
        passed, total = (sum(r[key] for r in results) for key in ("passed", "total"))
        print(f"In all {len(results)} files: {passed} of {total} passed")


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a terminal may be unable to show stars
    try:
        status = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has closed the pipe. Python flushes once more at exit, now to the null device.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    sys.exit(status)
