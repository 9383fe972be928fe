"""The record of the mutants: what it depends on, and that an old or edited one is noticed."""

import numpy as np
import pytest

from emlib._topics import topics
from emlib.exercises import _cases
from tests import seals

SMALL = "linkage"


def relative(topic):
    return {path.relative_to(seals.ROOT).as_posix() for path in seals.files_of(topic)}


@pytest.mark.parametrize("topic", topics())
def test_a_record_depends_on_its_topic_and_on_the_checker(topic):
    files = relative(topic)
    for name in ("__init__", "naive", "vectorized", "problems"):
        assert f"emlib/{topic}/{name}.py" in files
    assert any(file.startswith(f"emlib/{topic}/mistakes") for file in files)
    for name in ("_check", "_rungs", "_experiments", "_cases", "_mutants"):
        assert f"emlib/exercises/{name}.py" in files
    assert "tests/judging.py" in files


def test_a_record_does_not_depend_on_what_its_topic_does_not_use():
    assert not any(
        file.startswith(("emlib/gmm", "emlib/kmeans")) for file in relative("coins")
    )
    assert not any("streaming" in file for file in relative("gmm"))
    assert "emlib/evidence/vectorized.py" in relative("coins")
    assert "emlib/gaussian/vectorized.py" in relative("gmm")


def test_one_line_changes_the_key(monkeypatch):
    before = seals.key_of(SMALL)
    path = seals.ROOT / "emlib" / SMALL / "naive.py"
    text = path.read_text("utf-8")
    original = type(path).read_text

    def with_another_line(self, *arguments, **options):
        more = "# another line\n" if self == path else ""
        return original(self, *arguments, **options) + more

    monkeypatch.setattr(type(path), "read_text", with_another_line)
    seals.key_of.cache_clear()
    try:
        assert seals.key_of(SMALL) != before
        assert not seals.is_current(SMALL)
    finally:
        monkeypatch.undo()
        seals.key_of.cache_clear()
    assert path.read_text("utf-8") == text
    assert seals.key_of(SMALL) == before


@pytest.mark.parametrize("topic", topics())
def test_an_edit_breaks_the_seal(topic):
    record = seals.read(topic)
    assert record.seal == seals.seal_of(record.key, record.fates)
    edited = record.fates | {"naive": record.fates["naive"].replace("k", "e", 1)}
    assert record.seal != seals.seal_of(record.key, edited)
    assert record.seal != seals.seal_of("0" * 16, record.fates)


def test_a_sample_finds_what_the_record_gets_wrong(monkeypatch):
    record = seals.read(SMALL)
    assert seals.sample(SMALL, np.random.default_rng(0)) == []
    swapped = {
        side: letters.replace("k", "e") for side, letters in record.fates.items()
    }
    monkeypatch.setattr(seals, "read", lambda topic: record._replace(fates=swapped))
    wrong = seals.sample(SMALL, np.random.default_rng(0))
    assert len(wrong) > 10
    assert all(line.endswith("k, on record e") for line in wrong)
    shorter = {side: letters[1:] for side, letters in record.fates.items()}
    monkeypatch.setattr(seals, "read", lambda topic: record._replace(fates=shorter))
    (line,) = seals.sample(SMALL, np.random.default_rng(0))
    assert "on record" in line


def test_a_sample_holds_a_quarter_of_those_that_change_a_late_digit(monkeypatch):
    asked, tried = {}, seals.tried

    def noted(topic, side, numbers):
        asked[side] = numbers
        return tried(topic, side, numbers)

    monkeypatch.setattr(seals, "tried", noted)
    assert seals.sample(SMALL, np.random.default_rng(0)) == []
    for side, numbers in asked.items():
        slight = {
            i
            for i, (_, is_slight) in enumerate(seals.numbered(SMALL, side))
            if is_slight
        }
        assert len(slight) > 4
        assert len(slight & set(numbers)) >= len(slight) / 4


def forget():
    """Clear the caches of what was computed under another tolerance."""
    for function in vars(_cases).values():
        if hasattr(function, "cache_clear"):
            function.cache_clear()


def test_a_weakened_check_is_caught_in_nine_of_ten_samples(monkeypatch):
    """The weakened check accepts whatever is right to one part in a thousand."""
    quickest_first = sorted(topics(), key=lambda topic: topic != SMALL)
    monkeypatch.setattr(_cases, "HALF_DIGITS", 1e-3)
    forget()
    try:
        caught = [
            any(
                seals.sample(topic, np.random.default_rng(seed))
                for topic in quickest_first
            )
            for seed in range(10)
        ]
    finally:
        monkeypatch.undo()
        forget()
    assert sum(caught) >= 9
