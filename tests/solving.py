"""Correct solutions as readers might write them, in three styles: `check` must pass each.

They stand in the rooms of the topics, tests/<topic>/solutions.py.
"""

from tests.rooms import part
from tests.twins import TOPICS

ENTERED = {}


def solution(name, style):
    """Enter a function under the name of what it solves and the style it is written in."""

    def enter(function):
        styles = ENTERED.setdefault(name, {})
        if style in styles:
            raise ValueError(f"{name} has two solutions in the style {style}")
        styles[style] = function
        return function

    return enter


def solutions():
    """What the rooms have entered: for each exercise a function in each style."""
    for topic in TOPICS:
        part(topic, "solutions")
    return ENTERED
