"""What `check` says about draws, verified with new draws."""

import re
from ast import literal_eval

import numpy as np

from tests.exercises.readings.scene import NUMBER, SIX_DIGITS, entering, results

SIGMAS = 7  # some means are far from normal, and more than six away
READINGS = []
reads = entering(READINGS)


NEW = 1_000_000  # the first seed of the new draws


@reads("same draws", r"two different generators gave the same draws: .*")
def draws_the_same(scene):
    drawn = [
        results(scene.contract, scene.function, scene.case.arguments | {"rng": NEW + i})
        for i in range(10)
    ]
    return all(
        np.array_equal(value, one[part])
        for one in drawn
        for part, value in drawn[0].items()
    )


@reads(
    "draws",
    r"over (?P<n>[\d,]+) (?P<what>draws|draws in calls for 2 rows|calls) the mean of "
    rf"(?P<words>.*) is (?P<got>{NUMBER}), expected (?P<want>{NUMBER}) within "
    rf"(?P<within>{NUMBER})",
)
def is_drawn_otherwise(scene, n, what, words, got, want, within):
    n, got, want = int(n.replace(",", "")), float(got), float(want)
    contract, functions = scene.contract, (scene.function, scene.contract.naive)
    if what == "calls":
        drawn = [calls(contract, one, scene.case, n) for one in functions]
        levels = None
    else:
        rows = {"draws": n, "draws in calls for 2 rows": 2}[what]
        drawn = [
            rows_of(contract, one, scene.case, rows, n // rows) for one in functions
        ]
        levels = rows_of(contract, contract.vectorized, scene.case, 50_000, 1)
    ours, theirs = (statistic(words, one, levels) for one in drawn)
    # The means in the sentence and the new means are over equally many draws.
    noise = max(ours.std(), theirs.std(), 1 / n) * np.sqrt(2 / n)
    return (
        abs(got - want) > float(within)
        and abs(got - ours.mean()) <= SIGMAS * noise + 2 / n
        and abs(want - theirs.mean()) <= SIGMAS * noise + 2 / n
    )


RANKED = {
    "the median of": np.median,
    "the width of the middle half of": lambda x: (
        np.quantile(x, 0.75) - np.quantile(x, 0.25)
    ),
}


@reads(
    "ranks",
    r"over (?P<n>[\d,]+) calls (?P<what>the [a-z ]+ of) (?P<words>[^,]*\[.*\]) is "
    rf"(?P<got>{NUMBER}), expected (?P<want>{NUMBER})",
)
def is_ranked_otherwise(scene, n, what, words, got, want):
    n, got, want = int(n.replace(",", "")), float(got), float(want)
    drawn = [
        calls(scene.contract, one, scene.case, n)
        for one in (scene.function, scene.contract.naive)
    ]
    columns = [[entry_of(one, name) for name in words.split(" and ")] for one in drawn]
    if what == "the rank correlation of":
        found = [float(np.corrcoef(ranks(a), ranks(b))[0, 1]) for a, b in columns]
        noise = [2 / np.sqrt(n)] * 2
    else:
        found = [float(RANKED[what](one)) for (one,) in columns]
        # The standard error of a quantile, with the density there from two others near by.
        spreads = [
            np.quantile(one, 0.55) - np.quantile(one, 0.45) for (one,) in columns
        ]
        noise = [10 * spread / np.sqrt(n) for spread in spreads]
    return got != want and all(
        abs(said - now) <= SIGMAS * error
        for said, now, error in zip((got, want), found, noise, strict=True)
    )


def entry_of(drawn, name):
    """An entry by name, such as result[0, 1], of many calls."""
    part, index = re.fullmatch(r"(\w+)\[(.*)\]", name).groups()
    return drawn[part][(slice(None), *map(int, index.split(", ")))]


def ranks(values):
    """Ranks from 0, as real numbers."""
    return values.argsort().argsort().astype(float)


def calls(contract, function, case, n):
    """What each of many calls returns, by part, stacked."""
    found = [
        results(contract, function, case.arguments | {"rng": NEW + i}) for i in range(n)
    ]
    return {part: np.array([one[part] for one in found]) for part in found[0]}


def rows_of(contract, function, case, rows, n_calls):
    """The rows of some calls, by part, stacked."""
    case = case._replace(arguments=case.arguments | {"n_samples": rows})
    found = calls(contract, function, case, n_calls)
    return {part: value.reshape(-1, *value.shape[2:]) for part, value in found.items()}


def statistic(words, drawn, levels):
    """For each draw, the quantity whose mean the sentence names; `levels` are the reference."""
    begins = re.fullmatch(r"\[(\w+)\[:(\d+)\] == (.*)\]", words)
    if begins:
        part, rows, entries = begins.groups()
        typed = np.array(
            [literal_eval(f"({row},)") for row in re.findall(r"\(([^()]*)\)", entries)]
        )
        first = drawn[part][:, : int(rows)]
        return np.isclose(first, typed, rtol=SIX_DIGITS).all(axis=(1, 2)).astype(float)
    again = re.fullmatch(r"\[(\w+)\[n\] == \1\[n \+ 1\]\]", words)
    if again:
        value = drawn[again[1]]
        return (value[1:] == value[:-1]).astype(float)
    event = re.fullmatch(r"\[(\w+) == (\d+)\]", words)
    if event:
        return (drawn[event[1]] == int(event[2])).astype(float)
    neighbours = re.fullmatch(
        r"(\w+)\[n, (\d)\] \* \1\[n \+ 1, \2\] \(standardised\)", words
    )
    if neighbours:
        z = standardised(neighbours[1], drawn, levels)[:, int(neighbours[2])]
        return z[1:] * z[:-1]
    words, _, where = words.partition(" where ")
    rows = slice(None)
    if where:
        name, _, level = where.partition(" == ")
        rows = drawn[name] == int(level)
    product = np.ones(1)
    for part, i, power in re.findall(
        r"(\w+)\[:, (\d)\] \(standardised\)(?: \*\* (\d))?", words
    ):
        z = standardised(part, drawn, levels)[rows, int(i)]
        product = product * z ** int(power or 1)
    return product


def standardised(part, drawn, levels):
    """A part of the draws, standardised by the package's draws, component by component."""
    z = np.zeros(drawn[part].shape)
    for k in np.unique(levels["components"]):
        theirs = levels[part][levels["components"] == k]
        own = drawn["components"] == k
        z[own] = (drawn[part][own] - theirs.mean(axis=0)) / theirs.std(axis=0)
    return z
