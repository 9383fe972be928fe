"""``make topic``: the skeleton is complete and has the given name; unusable names are refused."""

import ast

import pytest
import topic
from execution import ROOT

from emlib._topics import topics


def test_the_skeleton_has_every_file_of_a_room():
    targets = {
        target.relative_to(ROOT).as_posix() for _, target in topic.places("ising")
    }
    for name in ("__init__", "naive", "vectorized", "problems", "mistakes"):
        assert f"emlib/ising/{name}.py" in targets
    for name in ("__init__", "calls", "solutions", "wrong", "test_ising"):
        assert f"tests/ising/{name}.py" in targets
    assert "book/ising/ising.ipynb" in targets


@pytest.mark.parametrize(
    "source", [s for s, _ in topic.places("ising")], ids=lambda s: s.name
)
def test_nothing_of_the_toy_is_left(source):
    text = topic.written(source, "ising")
    assert "toy" not in text.lower()
    if source.suffix == ".py":
        ast.parse(text)


def test_the_chapter_comes_before_the_reference_and_once():
    contents = (ROOT / "_toc.yml").read_text("utf-8")
    once = topic.with_chapter(contents, "ising")
    assert once.index("book/ising/ising") < once.index("caption: Reference")
    twice = topic.with_chapter(once, "rbm")
    assert twice.count("caption: Drafts") == 1
    assert twice.index("book/ising/ising") < twice.index("book/rbm/rbm")


@pytest.mark.parametrize(
    "name", ["Hmc", "my-topic", "2d", "class", "", *topics()[:2], "em"]
)
def test_a_name_that_cannot_be_is_refused(name):
    assert topic.refused(name)
    with pytest.raises(SystemExit):
        topic.main([name])


def test_a_name_that_can_be_is_not():
    assert topic.refused("ising") is None
