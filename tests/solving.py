"""Correct solutions as readers might write them, in three styles: `check` must pass each.

They are in the rooms of the topics, tests/<topic>/solutions.py.
"""

from tests.rooms import part
from tests.twins import TOPICS

ENTERED = {}


def solution(name, style):
    """Register the decorated function as a solution of an exercise in a style."""

    def enter(function):
        styles = ENTERED.setdefault(name, {})
        if style in styles:
            raise ValueError(f"{name} has two solutions in the style {style}")
        styles[style] = function
        return function

    return enter


def solutions():
    """The registered solutions of all rooms: for each exercise, a function in each style."""
    for topic in TOPICS:
        part(topic, "solutions")
    return ENTERED
