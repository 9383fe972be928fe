"""Write what a course needs: a workbook of each chapter, and the catalogue of the exercises.

``make workbooks`` writes ``_build/workbooks/<part>/<name>.ipynb``: the chapter without outputs and
without solutions, each exercise followed by a cell to answer it in. With ``--catalogue`` it writes
the list of the exercises instead, which ``python -m emlib.exercises`` reads.
"""

import argparse
import ast
import json
import re
from functools import cache
from typing import NamedTuple

import nbformat
import yaml
from execution import ROOT
from markdown_it import MarkdownIt
from notebooks import KERNEL, written

CATALOGUE = ROOT / "emlib" / "exercises" / "catalogue.json"
WORKBOOKS = ROOT / "_build" / "workbooks"
TITLE = re.compile(
    r"(Implement|Predict|Find the bug|Prove|Explore): (.+) (★☆☆|★★☆|★★★)"
)
DIRECTIVES = ("{exercise}", "{solution}", "{solution-start}", "{solution-end}")
INVITATIONS = {
    "Predict": "# Your prediction first; then the code that puts it to the test.",
    "Explore": "# Your experiment.",
    "Prove": "# A check with numbers, if you like.",
}


class Exercise(NamedTuple):
    """An exercise of a chapter.

    Attributes
    ----------
    label : str
        Such as ``"ex-coins-write"``.
    number : int
        Its place in the chapter, from 1.
    kind, title : str
        What the exercise asks for, in one word and in a few.
    level : int
        How many of its stars are filled.
    text, stub : str
        What the reader has to do, and the code to begin with (empty if there is none).
    function : str or None
        What the stub's call of `check` asks for.
    """

    label: str
    number: int
    kind: str
    title: str
    level: int
    text: str
    stub: str
    function: str | None

    @property
    def heading(self):
        """The title as the book prints it, with its number."""
        stars = "★" * self.level + "☆" * (3 - self.level)
        return f"Exercise {self.number}: {self.kind}: {self.title} {stars}"


def chapters():
    """Name and path of each chapter that is a notebook, in the order of the contents."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    for part in contents["parts"]:
        for chapter in part["chapters"]:
            path = ROOT / f"{chapter['file']}.ipynb"
            if path.exists():
                yield chapter["file"].removeprefix("book/"), path


def pieces(notebook):
    """A chapter's cells without its solutions: text (str), exercises and code cells, in order."""
    number, solving = 0, False
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            if not solving:
                yield cell
            continue
        for directive, content in _blocks(cell.source):
            if directive == "{solution-start}":
                solving = True
            elif directive == "{solution-end}":
                solving = False
            elif directive.startswith("{exercise}"):
                number += 1
                yield _exercise(number, directive.removeprefix("{exercise}"), content)
            elif not directive and content.strip() and not solving:
                yield content.strip()


def _blocks(source):
    """The directives of exercises with their content, and the text between under an empty name.

    The name of an exercise includes its title, as in the fence's first line.
    """
    lines, done = source.split("\n"), 0
    for fence in _fences(source):
        name = fence.info.partition("}")[0] + "}"
        if name in DIRECTIVES:
            begin, end = fence.map
            yield "", "\n".join(lines[done:begin])
            yield fence.info if name == "{exercise}" else name, fence.content
            done = end
        elif name.startswith(("{exercise", "{solution")):
            raise ValueError(
                f"the directive {name} is unknown: use one of {DIRECTIVES}"
            )
    yield "", "\n".join(lines[done:])


def _fences(source):
    return [token for token in MarkdownIt().parse(source) if token.type == "fence"]


def _exercise(number, title, content):
    found = TITLE.fullmatch(title.strip())
    if not found:
        raise ValueError(
            f"the exercise {title.strip()!r} needs a title like 'Implement: the E step ★☆☆'"
        )
    lines, options = content.split("\n"), {}
    while lines and lines[0].startswith(":"):
        key, _, value = lines.pop(0)[1:].partition(":")
        options[key] = value.strip()
    text, stub, function = "\n".join(lines), "", None
    for fence in _fences(text):
        if fence.info == "python":  # the first block is the cell to begin with
            function = _checked(fence.content)
            begin, end = fence.map
            rest = "\n".join(lines[:begin] + lines[end:])
            text, stub = re.sub(r"\n{3,}", "\n\n", rest), fence.content.rstrip()
            break
    kind, words, stars = found.groups()
    level = stars.count("★")
    return Exercise(
        options["label"], number, kind, words, level, text.strip(), stub, function
    )


def _checked(code):
    """The exercise that the code checks, or None."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "check":
            return node.args[0].value
    return None


def workbook(name, notebook):
    """A chapter as a notebook for students."""
    exercises, cells = described(), []
    for piece in pieces(notebook):
        if isinstance(piece, str):
            cells.append(nbformat.v4.new_markdown_cell(piece))
        elif isinstance(piece, Exercise):
            cells += _cells_of(piece)
        else:
            cells.append(nbformat.v4.new_code_cell(piece.source))
            if "tags" in piece.metadata:
                cells[-1].metadata["tags"] = piece.metadata["tags"]
            figure = piece.metadata.get("mystnb", {}).get("figure")
            if figure:  # in the book, the build writes the caption
                caption = f"*{_figure(figure['name'])}: {figure['caption']}*"
                cells.append(nbformat.v4.new_markdown_cell(caption))
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number:03d}"
        if cell.cell_type == "markdown":
            cell.source = in_words(cell.source, exercises)
    metadata = KERNEL | {"emlib": {"chapter": name}}
    result = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.validate(result)
    return result


def _cells_of(exercise):
    text = f"### {exercise.heading}\n\n{exercise.text}".rstrip()
    yield nbformat.v4.new_markdown_cell(text)
    if exercise.kind == "Prove":
        yield nbformat.v4.new_markdown_cell("*Your answer:*")
    yield nbformat.v4.new_code_cell(exercise.stub or INVITATIONS.get(exercise.kind, ""))


def _figure(label):
    """A figure by its name: workbooks do not number figures."""
    return f"Figure '{label.removeprefix('fig-').replace('-', ' ')}'"


def in_words(text, chapters):
    """The references that only the book's build can resolve, in words."""
    for chapter in chapters:
        for exercise in chapter["exercises"]:
            reference = f"{{ref}}`{exercise['label']}`"
            text = text.replace(
                reference,
                f"exercise {exercise['number']} of *{chapter['title']}* ({exercise['title']})",
            )
    return re.sub(r"{numref}`(fig-[\w-]+)`", lambda m: _figure(m[1]), text)


def catalogue():
    """The exercises of each chapter, as `emlib.exercises` stores them."""
    return json.dumps(described(), indent=2, ensure_ascii=False) + "\n"


def described():
    """Each chapter's name and title, and its exercises."""
    return [{"chapter": name, **_described(path)} for name, path in chapters()]


@cache
def _described(path):
    keys = ("label", "number", "kind", "level", "title", "function")
    notebook = nbformat.read(path, as_version=4)
    title = notebook.cells[0].source.splitlines()[0].removeprefix("# ")
    exercises = [p._asdict() for p in pieces(notebook) if isinstance(p, Exercise)]
    chosen = [{key: exercise[key] for key in keys} for exercise in exercises]
    return {"title": title, "exercises": chosen}


def main(arguments=None):
    """Write the workbooks, or the catalogue."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--catalogue", action="store_true", help=f"write {CATALOGUE.name}"
    )
    if parser.parse_args(arguments).catalogue:
        CATALOGUE.write_text(catalogue(), encoding="utf-8")
        return
    for name, path in chapters():
        target = WORKBOOKS / f"{name}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        notebook = workbook(name, nbformat.read(path, as_version=4))
        target.write_text(written(notebook), encoding="utf-8")
        print(target.relative_to(ROOT))


if __name__ == "__main__":
    main()
