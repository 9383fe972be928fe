"""What the tests of `check` share: the known mistakes, and the chapters' exercises."""

import json
from pathlib import Path

import emlib
from emlib.exercises import mistakes, names
from emlib.exercises._contract import contract_of

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


def made_into_a_solution(mistake):
    """A function that is right except for the mistake."""
    contract = contract_of(mistake.exercise)

    def function(*arguments):
        wrong = mistake.function(*arguments)
        if contract.parts is None or "rng" in contract.required:
            return wrong
        right = contract.vectorized(*arguments)
        values = [
            wrong if part == mistake.part else value
            for part, value in zip(contract.parts, right, strict=True)
        ]
        return contract.result_type(*values) if contract.result_type else tuple(values)

    return function
