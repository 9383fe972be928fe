"""A solution that is wrong in one operator, index, number or name does not pass `check`.

The verdicts on all mutants are on record (see `tests.seals`). A random sample of each topic's
mutants is tried again, and all mutants of a topic whose record is out of date.
"""

import os

import numpy as np
import pytest

from emlib._topics import topics
from emlib.exercises import names
from tests import judging, seals

each_topic = pytest.mark.parametrize("topic", topics())


@each_topic
def test_the_twins_are_not_changed(topic):
    """A sample of the twins, or all if the topic has changed."""
    pairs = seals.some(seals.twins_of(topic), topic, share=1 / 5)
    assert not seals.twins_that_count_as_mutants(pairs)


@pytest.mark.parametrize("exercise", names())
def test_there_are_many_problems(exercise):
    assert len(judging.posed(exercise)) >= judging.N_PROBLEMS / 2


@each_topic
def test_mutants_are_rejected(topic, record_property):
    record = seals.read(topic)
    if seals.is_current(topic) and not seals.THOROUGH:
        assert record.seal == seals.seal_of(record.key, record.fates), (
            f"{seals.path_of(topic).name} of {topic} was edited: run 'make mutants'"
        )
        wrong = seals.sample(topic, np.random.default_rng(seals.SEED))
        assert not wrong, "\n".join(wrong)
        return
    fates, survivors = seals.all_tried(topic)
    explained = judging.of_topic(topic, "EXPLAINED")
    unexplained = [words for words in survivors if words not in explained]
    assert not unexplained, "\n".join(unexplained)
    seals.write(topic, fates)
    told = seals.row(f"{topic}: tried all", seals.counted(fates))
    record_property("note", told)
    if record is None or record.fates != fates or record.key != seals.key_of(topic):
        words = f"record renewed: commit {seals.path_of(topic).relative_to(seals.ROOT)}"
        record_property("note", words)
        # A committed record must be true as it is, without being renewed first.
        assert not os.environ.get("CI"), (
            f"the record of {topic} was out of date; {words}"
        )


@each_topic
def test_the_record_has_no_survivor_without_a_reason(topic):
    record = seals.read(topic)
    survived = seals.counted(record.fates)["survived"]
    assert survived == len(judging.of_topic(topic, "EXPLAINED"))
    assert seals.counted(record.fates)["killed"] > 0
    assert record.fates["mistakes"] == "k" * len(judging.mistakes_of(topic))
