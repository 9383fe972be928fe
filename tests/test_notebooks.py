"""The committed notebooks have the form that `make notebooks` writes, with true outputs."""

import re
from collections import defaultdict

import nbformat
import pytest
from execution import CHAPTERS, PAGES, ROOT, Failed, executed
from notebooks import normalised, written


def each(paths):
    return pytest.mark.parametrize("path", paths, ids=[path.stem for path in paths])


chapters, notebooks = each(CHAPTERS), each(CHAPTERS + PAGES)


def read(path):
    return nbformat.read(path, as_version=4)


@notebooks
def test_normalised(path):
    text = path.read_text(encoding="utf-8")
    assert text == written(normalised(read(path))), (
        "run 'make notebooks' and commit the result"
    )


@notebooks
def test_what_is_stored_is_what_the_book_shows(path):
    """What ``pytest --nbval`` compares, without executing anything twice.

    The outputs are those of the execution whose results the built pages show. nbval compares the
    texts of a cell's outputs; here they must be identical.
    """
    (fresh,) = executed([path])
    for stored, shown in zip(read(path).cells, normalised(fresh).cells, strict=True):
        assert shown.get("outputs") == stored.get("outputs"), stored.source


def test_a_cell_that_raises_is_named_with_its_error(tmp_path, monkeypatch):
    monkeypatch.setattr("execution.ROOT", tmp_path)
    cell = nbformat.v4.new_code_cell("raise ValueError('so it is told')")
    path = tmp_path / "broken.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    with pytest.raises(Failed, match=r"broken\.ipynb: (.|\n)*so it is told"):
        executed([path])


@notebooks
def test_no_warning_and_no_error_is_stored(path):
    for cell in read(path).cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text


@notebooks
def test_outputs_are_stored_where_nbval_compares_them(path):
    cells = [cell for cell in read(path).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert sum(bool(cell.outputs) for cell in cells) > (5 if path in CHAPTERS else 1)


@notebooks
def test_every_figure_has_a_caption_a_name_and_alt_text(path):
    for cell in read(path).cells:
        if "plt.show()" in cell.source and cell.cell_type == "code":
            mystnb = cell.metadata["mystnb"]
            assert mystnb["figure"]["caption"].endswith(".")
            assert mystnb["figure"]["name"].startswith("fig-")
            assert mystnb["image"]["alt"].endswith(".")


@chapters
def test_every_exercise_has_a_solution_and_there_are_at_least_four(path):
    prose = "\n".join(
        cell.source for cell in read(path).cells if cell.cell_type == "markdown"
    )
    exercises = [
        line.split()[-1]
        for line in prose.splitlines()
        if line.startswith(":label: ex-")
    ]
    assert len(exercises) >= 4
    for label in exercises:
        assert (
            f"{{solution}} {label}\n" in prose
            or f"{{solution-start}} {label}\n" in prose
        ), label


def test_every_notebook_is_in_the_table_of_contents():
    contents = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    for path in CHAPTERS + PAGES:
        assert path.relative_to(ROOT).with_suffix("").as_posix() in contents


def test_normalising_twice_changes_nothing():
    once = normalised(read(CHAPTERS[0]))
    assert written(normalised(once)) == written(once)


def test_pieces_of_a_stream_are_joined():
    pieces = [
        nbformat.v4.new_output("stream", name="stdout", text=text)
        for text in ("a\n", "b\n")
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("f()", outputs=pieces)]
    )
    (output,) = normalised(notebook).cells[0].outputs
    assert output.text == "a\nb\n"


def test_what_changes_from_run_to_run_is_dropped():
    notebook = nbformat.v4.new_notebook(metadata={"machine": "mine"})
    image = nbformat.v4.new_output(
        "display_data",
        {"image/png": "AAAA", "text/plain": "<Figure>"},
        metadata={"width": 3},
    )
    timing = nbformat.v4.new_code_cell(
        "clock()",
        execution_count=7,
        metadata={"tags": ["nbval-ignore-output"], "scrolled": True},
        outputs=[nbformat.v4.new_output("stream", name="stdout", text="3 ms")],
    )
    notebook.cells = [nbformat.v4.new_code_cell("draw()", outputs=[image]), timing]
    result = normalised(notebook)
    assert "machine" not in result.metadata
    assert result.cells[0].outputs[0].data == {"text/plain": "<Figure>"}
    assert result.cells[1].outputs == []
    assert [cell.execution_count for cell in result.cells] == [1, 2]
    assert result.cells[1].metadata == {"tags": ["nbval-ignore-output"]}
    assert [cell.id for cell in result.cells] == ["cell-000", "cell-001"]


def test_no_label_is_defined_twice():
    """Sphinx takes the last of two equal labels of theorems without a word, and links to it."""
    places = defaultdict(list)
    for path in CHAPTERS + PAGES:
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                labels = re.findall(r"^:label:\s*(\S+)", cell.source, re.MULTILINE)
                for label in labels:
                    places[label].append(path.stem)
    assert len(places) > 100
    assert not {label: found for label, found in places.items() if len(found) > 1}
