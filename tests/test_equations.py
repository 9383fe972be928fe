"""Every equation has an address: the labels in the book and those in the code are the same."""

import re
from pathlib import Path

import nbformat
import pytest
from equation_labels import labels_in_code, labels_in_comment, names_of

ROOT = Path(__file__).parent.parent
CODE = labels_in_code(ROOT / "emlib")
LABELLED = re.compile(r"^\$\$[ \t]*\(([^)]+)\)[ \t]*$", re.MULTILINE)


def prose(path):
    """The Markdown of a page."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    notebook = nbformat.read(path, as_version=4)
    return "\n\n".join(
        cell.source for cell in notebook.cells if cell.cell_type == "markdown"
    )


BOOK = [
    label
    for path in sorted((ROOT / "book").rglob("*"))
    if path.suffix in (".md", ".ipynb") and ".ipynb_checkpoints" not in path.parts
    for label in LABELLED.findall(prose(path))
]


def bearers(label):
    return {module for module, _ in CODE.get(label, [])}


def test_there_are_equations():
    assert len(CODE) > 20
    assert len(BOOK) > len(CODE)


def test_a_label_is_given_once():
    assert sorted(set(BOOK)) == sorted(BOOK)


def test_a_label_says_whether_there_is_code():
    """eq-... promises code, math-... has none."""
    assert {label.split("-")[0] for label in BOOK} == {"eq", "math"}


@pytest.mark.parametrize("label", sorted(CODE))
def test_each_label_in_the_code_is_in_the_book(label):
    assert label in BOOK


@pytest.mark.parametrize(
    "label", sorted(label for label in BOOK if label.startswith("eq-"))
)
def test_each_equation_that_promises_code_has_it_in_both_twins(label):
    modules = bearers(label)
    assert modules, f"no line of emlib ends in # {label}"
    for module in modules:
        if Path(module).name in ("naive.py", "vectorized.py"):
            assert {
                str(Path(module).with_name(f"{side}.py"))
                for side in ("naive", "vectorized")
            } <= (modules)


@pytest.mark.parametrize(
    "topic", sorted(path.parent.name for path in ROOT.glob("emlib/*/naive.py"))
)
def test_twins_bear_the_same_labels(topic):
    naive, vectorized = (
        {label for label in CODE if f"{topic}/{side}.py" in bearers(label)}
        for side in ("naive", "vectorized")
    )
    assert naive == vectorized
    assert naive


@pytest.mark.parametrize(
    ("comment", "labels"),
    [
        ("# eq-gmm-mean", ["eq-gmm-mean"]),
        ("# (N,)  # eq-gmm-log-density", ["eq-gmm-log-density"]),
        ("# eq-one, eq-two", ["eq-one", "eq-two"]),
        ("# the denominator of eq-gmm-responsibility is missing", []),
        ("# equal", []),
    ],
)
def test_a_label_is_what_a_comment_ends_in(comment, labels):
    assert labels_in_comment(comment) == labels


@pytest.mark.parametrize(
    ("modules", "names"),
    [
        (["gmm/naive.py", "gmm/streaming/quick.py"], ["naive", "streaming/quick"]),
        (["em.py"], ["em"]),
        (["em.py", "gmm/naive.py"], ["em", "gmm/naive"]),
        (["kmeans/naive.py", "gmm/naive.py"], ["kmeans/naive", "gmm/naive"]),
    ],
)
def test_a_link_names_the_topic_only_where_there_are_several(modules, names):
    assert names_of(modules) == dict(zip(modules, names, strict=True))


def test_a_label_in_a_docstring_computes_nothing(tmp_path):
    (tmp_path / "module.py").write_text(
        '"""See\n# eq-a\n"""\nx = 1  # eq-b\n', encoding="utf-8"
    )
    assert labels_in_code(tmp_path) == {"eq-b": [("module.py", 4)]}
