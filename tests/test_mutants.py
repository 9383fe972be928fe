"""A solution that is wrong in one operator, index, number or name does not pass `check`."""

from importlib import import_module

import mutants
import pytest
from mutants import EXPLAINED, SIDES, TOPICS, counted, kill_rate, row, verdicts

from emlib.exercises import names

FEWEST = {
    "acceleration": 375,
    "climbers": 1840,
    "coins": 400,
    "evidence": 250,
    "gaussian": 500,
    "gmm": 1650,
    "kmeans": 1850,
    "linkage": 400,
    "selection": 830,
}
topics = pytest.mark.parametrize("topic", TOPICS)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("exercise", names())
def test_the_twins_are_not_changed(exercise, side):
    topic, name = exercise.split(".")
    twin = getattr(import_module(f"emlib.{topic}.{side}"), name)
    assert not mutants.changed(exercise, twin)
    if exercise in mutants.DRAWS_DIFFER:
        assert not mutants.DRAWS_DIFFER[exercise](twin)


@pytest.mark.parametrize("exercise", names())
def test_there_are_many_problems(exercise):
    assert len(mutants.posed(exercise)) >= mutants.N_PROBLEMS / 2


@topics
def test_mutants_are_rejected(topic, record_property):
    judgements = verdicts(topic)
    print(row(topic, judgements))
    record_property("mutants", dict(counted(judgements)))
    survivors = [str(v) for v in judgements if v.fate == "survived"]
    unexplained = [words for words in survivors if words not in EXPLAINED]
    assert not unexplained, "\n".join(unexplained)
    assert counted(judgements)["killed"] >= FEWEST[topic]


def test_nearly_all_are_rejected():
    assert kill_rate([v for topic in TOPICS for v in verdicts(topic)]) >= 0.98


def test_what_is_explained_survives():
    fates = {str(v): v.fate for topic in TOPICS for v in verdicts(topic)}
    assert {words: fates.get(words) for words in EXPLAINED} == dict.fromkeys(
        EXPLAINED, "survived"
    )
