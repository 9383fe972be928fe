"""The record of what became of every mutant of a topic, and what the record depends on.

`tests/<topic>/mutants.json` holds one letter for each mutant and each exercise that it reaches: k
for killed, e for equivalent, n for no program, s for survived; and one letter for each known
mistake: k if `check` names it, s if not. The `key` is a digest of the files that the verdicts
depend on, the `seal` a digest of the record itself. As long as both are valid, every run tries a
random twentieth of the mutants again (``SEED=... pytest`` repeats a run), and a quarter of the few
that change only late digits, because only those show whether `check` has become too lenient. When
the key has changed, all mutants are tried.

``make mutants`` tries all mutants of all topics, prints the table and renews the records.
``python -m tests.seals gmm coins`` does so for some topics.
"""

import ast
import hashlib
import json
import math
import os
import secrets
import signal
import sys
import textwrap
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np

from emlib._processors import usable_processors
from emlib._topics import topics

ROOT = Path(__file__).resolve().parent.parent
SIDES = "naive", "vectorized"
KINDS = (*SIDES, "mistakes")
LETTERS = {"killed": "k", "survived": "s", "equivalent": "e", "none": "n"}
SAMPLED, SAMPLED_SLIGHT = 1 / 20, 1 / 4
# Random problems for each Hypothesis test: of an unchanged topic, and of a changed one.
FEW, MANY = 200, 1000
# Random for each run, and in the environment so that all processes of a run share it.
SEED = int(os.environ.setdefault("SEED", str(secrets.randbits(32))))
THOROUGH = bool(os.environ.get("THOROUGH"))  # `make test-all`: try everything


class Record(NamedTuple):
    """A topic's record.

    Attributes
    ----------
    key, seal : str
        Digests of what the verdicts depend on, and of the record.
    fates : dict
        The letters, for each side of the twins by mutant and then by exercise, and for the
        mistakes.
    """

    key: str
    fates: dict
    seal: str


def path_of(topic):
    """The path of a topic's record."""
    return ROOT / "tests" / topic / "mutants.json"


def read(topic):
    """The record; None if there is none."""
    path = path_of(topic)
    if not path.is_file():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    fates = {kind: "".join(content[kind]) for kind in KINDS}
    return Record(content["key"], fates, content["seal"])


def write(topic, fates):
    """Write the letters under the current key, with a seal."""
    key = key_of(topic)
    lines = {kind: textwrap.wrap(fates[kind], 80) for kind in KINDS}
    content = {"key": key, **lines, "seal": seal_of(key, fates)}
    path_of(topic).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def seal_of(key, fates):
    """The digest of a record's content, which an edit by hand invalidates."""
    return digest([key, *(fates[kind] for kind in KINDS)])


def is_current(topic):
    """Whether a topic is unchanged since its record was written."""
    record = read(topic)
    return record is not None and record.key == key_of(topic)


@cache
def examples(topic):
    """How many random problems a Hypothesis test of a topic draws."""
    return MANY if THOROUGH or not is_current(topic) else FEW


# --- what the verdicts depend on ----------------------------------------------------------------


@cache
def key_of(topic):
    """A digest of the files that a topic's verdicts depend on."""
    files = sorted(files_of(topic))
    return digest(
        text
        for path in files
        for text in (path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))
    )


def files_of(topic):
    """The files of the topic, of the checker and of the mutants, and all that they import."""
    own = (f"emlib.{topic}.{name}" for name in (*SIDES, "problems", "mistakes"))
    theirs = (f"tests.{topic}.mutants", "tests.judging")
    found, waiting = set(), {"emlib.exercises", *own, *theirs}
    while waiting:
        paths = {path for name in waiting for path in _files(name)} - found
        found |= paths
        waiting = {name for path in paths for name in _imported(path)}
    return found


def _files(name):
    """The files of one of our modules by its dotted name, including those of its packages.

    A topic includes its twins, but nothing else from its folder. The package `emlib` itself is left
    out: it holds only its docstring and its version.
    """
    parts = name.split(".")
    for n in range(2, len(parts) + 1):
        path = ROOT.joinpath(*parts[:n])
        candidates = path.with_suffix(".py"), path / "__init__.py"
        yield from (file for file in candidates if file.is_file())
    if len(parts) > 1 and parts[0] == "emlib" and parts[1] in topics():
        yield from (ROOT / "emlib" / parts[1] / f"{side}.py" for side in SIDES)


@cache
def _imported(path):
    """Our modules that a file imports, without a topic's own in its `__init__.py`."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    folder = ".".join(path.relative_to(ROOT).parent.parts)
    if path.name == "__init__.py" and path.parent.name in topics():
        names = {name for name in names if not name.startswith(f"{folder}.")}
    return frozenset(n for n in names if n.partition(".")[0] in ("emlib", "tests"))


def digest(texts):
    """Sixteen hexadecimal digits that depend on the texts and on how they are divided."""
    found = hashlib.sha256()
    for text in texts:
        found.update(f"{len(text)}\0{text}".encode())
    return found.hexdigest()[:16]


# --- trying mutants -----------------------------------------------------------------------------

SHARE = 40  # mutants that a process tries in one job


def numbered(topic, side):
    """For each mutant of a twin module, how many exercises it reaches and whether it is slight."""
    from emlib.exercises._mutants import mutants

    return [(len(m.exercises), m.slight) for m in mutants(topic, side, wanted=())]


def tried(topic, side, numbers):
    """Words and a letter for each of some mutants, in the order of their numbers."""
    from tests.judging import verdicts

    found = verdicts(topic, side, frozenset(numbers))
    return [(str(verdict), LETTERS[verdict.fate]) for verdict in found]


def told(topic, _, numbers):
    """Words and a letter for each of some known mistakes."""
    from tests.judging import is_told, mistakes_of

    some = [mistakes_of(topic)[number] for number in numbers]
    return [
        (f"{mistake.exercise}: {mistake.name}", "k" if is_told(mistake) else "s")
        for mistake in some
    ]


def twins_that_count_as_mutants(pairs):
    """Those of some pairs (exercise, side) whose twin counts as changed or as wrong, in words."""
    from tests import judging

    found = []
    for exercise, side in pairs:
        topic, name = exercise.split(".")
        twin = getattr(import_module(f"emlib.{topic}.{side}"), name)
        draws_differ = judging.of_exercise(exercise, "DRAWS_DIFFER")
        is_changed = judging.changed(exercise, twin)
        is_changed = is_changed or (draws_differ and draws_differ(twin))
        if is_changed or not judging.passes(exercise, twin):
            found.append(f"{exercise}: the {side} twin as it is")
    return found


def twins_of(topic):
    """The pairs (exercise, side) of a topic; without those of which mutants are not made."""
    from emlib.exercises import names

    slow = getattr(import_module(f"emlib.{topic}"), "SLOW", ())
    return [
        (name, side)
        for name in names()
        if name.split(".")[0] == topic and name.split(".")[1] not in slow
        for side in SIDES
    ]


def all_tried(topic):
    """The letters of a topic's mutants and mistakes, and those that survive, in words."""
    from tests.judging import mistakes_of

    fates, survivors = {}, twins_that_count_as_mutants(twins_of(topic))
    with _pool() as pool:
        for kind in KINDS:
            way = tried if kind in SIDES else told
            n = len(numbered(topic, kind) if kind in SIDES else mistakes_of(topic))
            shares = (range(i, min(i + SHARE, n)) for i in range(0, n, SHARE))
            jobs = [pool.submit(way, topic, kind, share) for share in shares]
            found = [one for job in jobs for one in job.result()]
            fates[kind] = "".join(letter for _, letter in found)
            survivors += [words for words, letter in found if letter == "s"]
    return fates, survivors


def sample(topic, rng):
    """The mutants in a random sample whose fate differs from the record.

    Returns
    -------
    list of str
        Each mutant in words, with both letters.
    """
    record, wrong = read(topic), []
    for side in SIDES:
        counts, slight = np.transpose(numbered(topic, side))
        if sum(counts) != len(record.fates[side]):
            return [
                f"{side}: {sum(counts)} verdicts, on record {len(record.fates[side])}"
            ]
        ends = np.cumsum([0, *counts])
        numbers = np.union1d(
            share_of(rng, np.arange(len(counts)), SAMPLED),
            share_of(rng, np.flatnonzero(slight), SAMPLED_SLIGHT),
        ).tolist()
        letters = "".join(record.fates[side][ends[i] : ends[i + 1]] for i in numbers)
        for (words, now), then in zip(
            tried(topic, side, numbers), letters, strict=True
        ):
            if now != then:
                wrong.append(f"{words}: {now}, on record {then}")
    return wrong


def some(things, topic, share):
    """A random share of a topic's things; all if it has changed or the suite is thorough."""
    if not things or THOROUGH or not is_current(topic):
        return list(things)
    rng = np.random.default_rng(SEED)
    return [things[i] for i in sorted(share_of(rng, np.arange(len(things)), share))]


def share_of(rng, things, share):
    """A random share of some numbers or names, rounded up."""
    return rng.choice(things, math.ceil(share * len(things)), replace=False)


def _pool():
    """Processes that Ctrl-C ends at once: a mutant could catch a KeyboardInterrupt."""
    return ProcessPoolExecutor(
        usable_processors(),
        mp_context=get_context("spawn"),
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_DFL),
    )


# --- the table ----------------------------------------------------------------------------------


def counted(fates):
    """The number of verdicts on mutants of each kind."""
    letters = Counter("".join(fates[side] for side in SIDES))
    return {kind: letters[letter] for kind, letter in LETTERS.items()}


def row(words, number):
    """A line of the table."""
    told = number["killed"] + number["survived"]
    rate = number["killed"] / told if told else 1.0
    return f"{words:13}" + "".join(f"{n:12}" for n in number.values()) + f"{rate:11.2%}"


def main(names):
    """Try all mutants of some topics, or of all, print the table and renew the records."""
    print(" " * 13 + "".join(f"{kind:>12}" for kind in LETTERS) + "  kill rate")
    total, unsealed = Counter(), []
    for topic in names or topics():
        fates, survivors = all_tried(topic)
        total.update(counted(fates))
        print(row(topic, counted(fates)), flush=True)
        write(topic, fates)
        unsealed += survivors
    print(row("all", total))
    if unsealed:
        print("\nsurvived:", *unsealed, sep="\n    ")


if __name__ == "__main__":
    main(sys.argv[1:])
