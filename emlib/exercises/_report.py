"""What `check` returns: text in a terminal, a table in a notebook, true if no fault was found."""

import html
import inspect
import re
from functools import cache, partial
from importlib import import_module
from typing import NamedTuple

from emlib._topics import topics
from emlib.exercises._contract import contract_of
from emlib.exercises.mistakes import Mistake

escape = partial(html.escape, quote=False)  # for text, not for attributes


class Report(NamedTuple):
    """The outcome of a check. It is true if the function passed.

    Attributes
    ----------
    exercise : str
        The function that was checked, such as ``"gmm.e_step"``.
    steps : tuple of str
        What was found right, from coarse to fine.
    stage : str or None
        What was tested when the first fault was found.
    problem : str or None
        That fault, in a sentence.
    part : str or None
        The part of the result that shows it.
    mistake : emlib.exercises.mistakes.Mistake or None
        The known mistake that gives the same results.
    relation : str or None
        What else is exactly true of the results on every easy input: how they differ from the right
        ones, for which wrong argument they would be right, or what else is wrong.
    example : str or None
        The smallest input found that shows the fault, with the returned and the expected result.
    traceback : str or None
        The traceback in the reader's own code, if it raised.
    speed : str or None
        How long it takes compared with the package's two versions.
    remarks : tuple of str
        What is worth knowing about a function that passed.
    """

    exercise: str
    steps: tuple
    stage: str | None = None
    problem: str | None = None
    part: str | None = None
    mistake: Mistake | None = None
    relation: str | None = None
    example: str | None = None
    traceback: str | None = None
    speed: str | None = None
    remarks: tuple = ()

    @property
    def passed(self):
        """Whether no fault was found."""
        return self.problem is None

    def __bool__(self):
        return self.passed

    def __repr__(self):
        lines = [f"{self.exercise}: {'passed' if self else 'not right yet'}"]
        lines += [f"  ok     {step}" for step in self.steps]
        if not self:
            lines.append(f"  WRONG  {self.stage}: {self.problem}")
        for words, text in self._paragraphs():
            lines += ["", f"  {words}", *_indented(text)]
        if self.speed:
            lines.append(f"  speed  {self.speed}")
        lines += [f"  note   {remark}" for remark in self.remarks]
        return "\n".join(lines)

    @property
    def _known(self):
        """The heading of the mistake: where it is made, and in which part it shows."""
        made_in = self.mistake.made_in
        of = f" of {made_in}, which is a part of this," if made_in else ""
        several = len(contract_of(self.exercise).returns) > 1
        part = self.mistake.part if several else "results"
        return f"A known mistake{of} gives the same {part}"

    def _paragraphs(self):
        if self.mistake:
            where = f"{self.mistake.equation} ({', '.join(addresses(self.mistake))})"
            text = f"{self.mistake.explanation}\nThe equation: {where}."
            yield f"{self._known}: {self.mistake.title}.", text
        if self.relation:
            yield "On every easy input:", f"{self.relation}."
        if self.traceback:
            yield "In your code:", self.traceback
        if self.example:
            yield "The smallest input found that shows it:", self.example

    def _repr_html_(self):
        rows = [_row("ok", escape(step)) for step in self.steps]
        if not self:
            wrong = f"<strong>{escape(self.stage)}:</strong> {escape(self.problem)}"
            rows.append(_row("<strong>wrong</strong>", wrong))
        if self.mistake:
            equation = f'<code class="equation-label">{self.mistake.equation}</code>'
            rows.append(
                _row(
                    "known mistake",
                    f"{f'In {self.mistake.made_in}: ' if self.mistake.made_in else ''}"
                    f"<strong>{_code(self.mistake.title)}.</strong> "
                    f"{_code(self.mistake.explanation)} "
                    f"The equation: {equation} ({', '.join(addresses(self.mistake))}).",
                )
            )
        if self.relation:
            rows.append(
                _row("exactly", f"{_code(self.relation)} (on every easy input).")
            )
        for words, text in (
            ("in your code", self.traceback),
            ("example", self.example),
        ):
            if text:
                rows.append(
                    _row(
                        words,
                        f'<pre style="white-space: pre-wrap">{escape(text)}</pre>',
                    )
                )
        if self.speed:
            rows.append(_row("speed", escape(self.speed)))
        rows += [_row("note", escape(remark)) for remark in self.remarks]
        verdict = "&#10003; passed" if self else "&#10007; not right yet"
        caption = f"<caption><code>{self.exercise}</code>: {verdict}</caption>"
        return f'<table class="exercise-report">{caption}{"".join(rows)}</table>'


def _row(name, content):
    # By default notebooks align cells to the right, which suits numbers, not text.
    left = 'style="text-align: left; vertical-align: top"'
    return f'<tr><th scope="row" {left}>{name}</th><td {left}>{content}</td></tr>'


def _indented(text):
    return [f"    {line}".rstrip() for line in text.splitlines()]


def _code(text):
    """Text as HTML, with backticks turned into code elements."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))


@cache
def _places(module_name, label):
    module = import_module(module_name)
    lines = inspect.getsource(module).splitlines()
    path = module_name.replace(".", "/")
    return [
        f"{path}.py, line {i}"
        for i, line in enumerate(lines, start=1)
        if re.search(rf"#.*\b{label}$", line)
    ]


def addresses(mistake):
    """The lines of the package that compute the equation that a mistake violates.

    They are in the mistake's own topic, or else in the first other topic that has any.
    """
    own = mistake.exercise.partition(".")[0]
    for topic in dict.fromkeys((own, *topics())):
        found = [
            place
            for side in ("naive", "vectorized")
            for place in _places(f"emlib.{topic}.{side}", mistake.equation)
        ]
        if found:
            return found
    return []
