"""Workbooks contain the exercises without solutions; stubs fail and solutions pass."""

import json
from pathlib import Path

import nbformat
import pytest
import workbooks
from bs4 import BeautifulSoup, SoupStrainer
from notebooks import written

from emlib.exercises import names
from emlib.exercises.grading import grade

BUILT = Path(__file__).parents[1] / "_build" / "html" / "book"
CHAPTERS = dict(workbooks.chapters())
CATALOGUE = json.loads(workbooks.CATALOGUE.read_text(encoding="utf-8"))
EXERCISES = {chapter["chapter"]: chapter["exercises"] for chapter in CATALOGUE}
each_chapter = pytest.mark.parametrize("name", CHAPTERS)


def chapter(name):
    return nbformat.read(CHAPTERS[name], as_version=4)


def functions(name):
    return [e["function"] for e in EXERCISES[name] if e["function"]]


# --- the book ------------------------------------------------------------------------------------


def test_the_catalogue_says_what_the_chapters_say():
    text = workbooks.CATALOGUE.read_text(encoding="utf-8")
    assert text == workbooks.catalogue(), (
        "run 'python tools/workbooks.py --catalogue' and commit the result"
    )
    assert list(EXERCISES) == list(CHAPTERS)


@each_chapter
def test_every_chapter_has_every_kind_of_exercise(name):
    exercises = EXERCISES[name]
    kinds = {exercise["kind"] for exercise in exercises}
    assert kinds == {"Implement", "Predict", "Find the bug", "Prove", "Explore"}
    assert [exercise["number"] for exercise in exercises] == list(
        range(1, len(exercises) + 1)
    )
    assert all(exercise["level"] in (1, 2, 3) for exercise in exercises)
    assert exercises[0]["level"] == 1
    assert all(exercise["label"].startswith("ex-") for exercise in exercises)


@each_chapter
def test_what_asks_for_code_checks_it(name):
    """Each function once, because in a submission the last check of a name counts."""
    for exercise in EXERCISES[name]:
        if exercise["kind"] in ("Implement", "Find the bug"):
            assert exercise["function"], exercise["label"]
    assert set(functions(name)) <= set(names())
    assert len(set(functions(name))) == len(functions(name))


@pytest.fixture(scope="module")
def graded(tmp_path_factory, asked):
    """The grader's results for the unsolved workbooks that this run asks for.

    The chapters' other cells are left out: they run when the book is built.
    """
    folder = tmp_path_factory.mktemp("workbooks")
    files = []
    for name in asked:
        notebook = workbooks.workbook(name, chapter(name))
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        checks = [f'check("{function}"' for function in functions(name)]
        notebook.cells = code[:1] + [
            cell for cell in code[1:] if any(call in cell.source for call in checks)
        ]
        path = folder / f"{name.replace('/', '-')}.ipynb"
        nbformat.write(notebook, path)
        files.append(str(path))
    results = grade(files, {name: functions(name) for name in asked})
    return dict(zip(asked, results, strict=True))


@each_chapter
def test_every_stub_runs_and_fails(graded, name):
    stubs = graded[name]
    assert stubs["chapter"] == name
    assert stubs["notes"] == []
    found = {
        exercise["exercise"]: exercise["status"] for exercise in stubs["exercises"]
    }
    assert found == dict.fromkeys(functions(name), "failed"), stubs


@each_chapter
def test_every_solution_passes(name):
    """In the outputs of the executed chapter."""
    page = BUILT / f"{name}.html"
    if not page.exists():
        pytest.fail("the book has not been built: run 'make html'")
    tables = SoupStrainer("table", class_="exercise-report")
    soup = BeautifulSoup(page.read_text("utf-8"), "html.parser", parse_only=tables)
    reports = [table.caption.text for table in soup.select("table.exercise-report")]
    last = dict(report.split(": ") for report in reports)
    assert {name: last.get(name) for name in functions(name)} == dict.fromkeys(
        functions(name), "✓ passed"
    )


def test_a_chapter_with_its_solutions_is_a_submission():
    name = "em/derivation"
    (result,) = grade([str(CHAPTERS[name])], {name: functions(name)}, chapter=name)
    assert result["passed"] == result["total"] == len(functions(name)), result


@each_chapter
def test_no_solution_survives(name):
    """The test finds solutions by lines of the source; the tool uses a parser."""
    kept, removed, inside = [], [], None
    for cell in chapter(name).cells:
        for line in cell.source.splitlines():
            if line.lstrip("`").startswith("{solution-start}"):
                inside = "gate"
            elif line.lstrip("`").startswith("{solution}"):
                inside = line[: len(line) - len(line.lstrip("`"))]
            (removed if inside else kept).append(line)
            if line == inside or line.lstrip("`").startswith("{solution-end}"):
                inside = None
    book = workbooks.workbook(name, chapter(name))
    text = "\n".join(cell.source for cell in book.cells)
    assert "{solution" not in text
    assert "{exercise" not in text
    lines = set(text.splitlines())
    assert len(set(removed) - set(kept)) > 20
    assert lines & (set(removed) - set(kept)) == set()
    in_words = workbooks.in_words("\n".join(kept), workbooks.described())
    dropped = {line for line in in_words.splitlines() if line.strip()} - lines
    markup = (":label:", ":class:", "```", "(ex-")
    assert [line for line in dropped if not line.startswith(markup)] == []


@each_chapter
def test_a_workbook_is_the_same_every_time_and_runs_from_its_first_cell(name):
    book = workbooks.workbook(name, chapter(name))
    assert written(book) == written(workbooks.workbook(name, chapter(name)))
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert "from emlib.exercises import check" in code[0].source
    headings = [cell.source for cell in book.cells if "### Exercise " in cell.source]
    assert len(headings) == len(EXERCISES[name])


# --- the tool ------------------------------------------------------------------------------------

TEXT = """## Exercises

````{exercise} Implement: the E step ★☆☆
:label: ex-coins-write
:class: wide

Write it, with {eq}`eq-coins-joint`:

```python
def e_step(counts, params):
    ...

check("coins.e_step", e_step)
```

In logarithms.
````

```{solution} ex-coins-write
Take logarithms.
```

```{exercise} Prove: it climbs ★★☆
:label: ex-coins-prove

Prove it.
```

Between.

````{exercise} Explore: other starts ★★★
:label: ex-coins-explore

```python
start = 1
```
````

````{solution-start} ex-coins-explore
````

There are many.
"""


def small_chapter(text=TEXT):
    cell = nbformat.v4.new_code_cell
    shown = [nbformat.v4.new_output("stream", text="1\n")]
    begin = cell("x = 1", execution_count=1, outputs=shown)
    begin.metadata = {"tags": ["hide-input"], "mystnb": {}}
    end = nbformat.v4.new_markdown_cell("```{solution-end}\n```\n\nAfter.")
    cells = [begin, nbformat.v4.new_markdown_cell(text), cell("secret()"), end]
    return nbformat.v4.new_notebook(cells=cells)


def test_workbook():
    book = workbooks.workbook("em/small", small_chapter())
    assert book.metadata["emlib"] == {"chapter": "em/small"}
    assert [(cell.cell_type, cell.source) for cell in book.cells] == [
        ("code", "x = 1"),
        ("markdown", "## Exercises"),
        (
            "markdown",
            "### Exercise 1: Implement: the E step ★☆☆\n\n"
            "Write it, with {eq}`eq-coins-joint`:\n\nIn logarithms.",
        ),
        (
            "code",
            'def e_step(counts, params):\n    ...\n\ncheck("coins.e_step", e_step)',
        ),
        ("markdown", "### Exercise 2: Prove: it climbs ★★☆\n\nProve it."),
        ("markdown", "*Your answer:*"),
        ("code", "# A check with numbers, if you like."),
        ("markdown", "Between."),
        ("markdown", "### Exercise 3: Explore: other starts ★★★"),
        ("code", "start = 1"),
        ("markdown", "After."),
    ]
    assert book.cells[0].metadata == {"tags": ["hide-input"]}
    assert [cell.id for cell in book.cells[:2]] == ["cell-000", "cell-001"]


@each_chapter
def test_a_workbook_has_captions_and_no_reference_that_only_the_build_resolves(name):
    book = workbooks.workbook(name, chapter(name))
    text = "\n".join(cell.source for cell in book.cells)
    assert "{numref}" not in text
    assert "{ref}`ex-" not in text
    captions = [
        cell.source for cell in book.cells if cell.source.startswith("*Figure '")
    ]
    assert captions


def test_references_in_words():
    chapters = [
        {
            "title": "Coins",
            "exercises": [{"label": "ex-a-b", "number": 7, "title": "rounding"}],
        }
    ]
    text = "In {ref}`ex-a-b` and {numref}`fig-coins-surface`."
    assert workbooks.in_words(text, chapters) == (
        "In exercise 7 of *Coins* (rounding) and Figure 'coins surface'."
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("★☆☆", "★", "needs a title like"),
        ("Prove:", "Show:", "needs a title like"),
        ("{solution-start}", "{exercise-start}", "{exercise-start} is unknown"),
    ],
)
def test_what_it_does_not_know_is_refused(old, new, message):
    with pytest.raises(ValueError, match=message):
        workbooks.workbook("em/small", small_chapter(TEXT.replace(old, new)))


def test_main_writes_both(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(workbooks, "ROOT", tmp_path)
    monkeypatch.setattr(workbooks, "WORKBOOKS", tmp_path / "out")
    monkeypatch.setattr(workbooks, "CATALOGUE", tmp_path / "catalogue.json")
    (tmp_path / "_toc.yml").write_text(
        "parts:\n  - chapters:\n      - file: book/em/small\n      - file: book/api\n"
    )
    (tmp_path / "book" / "em").mkdir(parents=True)
    notebook = small_chapter()
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell("# A title\n\nWords."))
    nbformat.write(notebook, tmp_path / "book" / "em" / "small.ipynb")
    workbooks.main([])
    assert capsys.readouterr().out == "out/em/small.ipynb\n"
    assert nbformat.read(tmp_path / "out/em/small.ipynb", as_version=4).cells
    workbooks.main(["--catalogue"])
    (entry,) = json.loads((tmp_path / "catalogue.json").read_text(encoding="utf-8"))
    assert (entry["chapter"], entry["title"]) == ("em/small", "A title")
    assert entry["exercises"][0] == {
        "label": "ex-coins-write",
        "number": 1,
        "kind": "Implement",
        "level": 1,
        "title": "the E step",
        "function": "coins.e_step",
    }
    assert [e["function"] for e in entry["exercises"]] == ["coins.e_step", None, None]
