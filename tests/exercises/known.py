"""What the tests of `check` share: the known mistakes, and what the chapters ask for."""

import json
from pathlib import Path

import pytest

import emlib
from emlib.exercises import mistakes, names

PACKAGE = Path(emlib.__file__).parent
CATALOGUE = json.loads((PACKAGE / "exercises/catalogue.json").read_text("utf-8"))
ASKED = sorted(
    {
        exercise["function"]
        for chapter in CATALOGUE
        for exercise in chapter["exercises"]
        if exercise["function"]
    }
)
MISTAKES = [mistake for name in names() for mistake in mistakes.known(name)]
each_mistake = pytest.mark.parametrize(
    "mistake", MISTAKES, ids=[f"{m.exercise}-{m.name}" for m in MISTAKES]
)
