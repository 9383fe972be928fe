"""What `check` says about its experiments: again, in another order, in `em.fit`."""

import numpy as np

from emlib.exercises._contract import (
    argument_leaves,
    contract_of,
    reordered,
    with_leaves,
)
from emlib.exercises._experiments import _climbing_start
from tests.exercises.readings.scene import (
    ENTRY,
    NUMBER,
    SIX_DIGITS,
    agrees,
    at,
    entering,
    results,
)

READINGS = []
reads = entering(READINGS)


@reads("again", r"two calls with the same input gave different (?P<part>\w+): .*")
def differs_again(scene, part):
    once = results(scene.contract, scene.function, scene.case.arguments)[part]
    return any(
        not np.array_equal(
            once,
            results(scene.contract, scene.function, scene.case.arguments)[part],
            equal_nan=True,
        )
        for _ in range(20)
    )


LETTERS = {
    "components": "K",
    "categories": "K",
    "observations": "N",
    "draws": "N",
    "sets": "S",
    "states": "S",
    "parameters": "P",
}


@reads(
    "order",
    rf"with the (?P<what>\w+) in another order, {ENTRY} is (?P<got>{NUMBER}), but "
    rf"(?P<before>before|under its old number) it was (?P<want>{NUMBER}): the order of the "
    r"(?P=what) must not matter",
    rf"with the (?P<what>\w+) in another order, {ENTRY} is (?P<got>\d+), but what was number "
    r"(?P<had>\d+) is now number (?P<want>\d+): the order of the (?P=what) must not matter",
)
def depends_on_the_order(scene, what, part, index, got, want, before=None, had=None):
    letter, axes = LETTERS[what], scene.contract.returns[part]
    usual, moved, order = in_another_order(scene, letter)
    was = usual[part]
    if had is not None:
        is_said = at(was, index) == int(had) and order[int(want)] == int(had)
        return is_said and at(moved[part], index) == int(got) != int(want)
    if letter in axes:
        was = np.take(was, order, axes.index(letter))
    return (
        (letter in axes) == (before == "under its old number")
        and agrees(got, at(moved[part], index))
        and agrees(want, at(was, index))
    )


def in_another_order(scene, letter):
    """The results in the usual order, those in an order shifted by one, and that order."""
    contract = scene.contract
    arguments = argument_leaves(scene.case.arguments)
    size = next(
        np.shape(arguments[name])[axes.index(letter)]
        for name, axes in contract.takes.items()
        if letter in axes
    )
    order = np.roll(np.arange(size), 1)
    moved = with_leaves(
        scene.case.arguments, reordered(arguments, contract.takes, letter, order)
    )
    return (
        results(contract, scene.function, scene.case.arguments),
        results(contract, scene.function, moved),
        order,
    )


IN_FIT = r"in em\.fit, together with the package's (?P<other>\w+)"


@reads(
    "fall",
    IN_FIT
    + r", the log-likelihood(?P<ours> \(computed by the package, in place of yours\))? "
    rf"fell by (?P<drop>{NUMBER}) nats in iteration (?P<n>\d+), from (?P<before>{NUMBER}) to "
    rf"(?P<after>{NUMBER}); an exact step cannot lower it",
)
def falls(scene, other, ours, drop, n, before, after):
    heights = climbed(scene, other, int(n))
    return (
        bool(ours) == (other == "m_step")
        and heights[-1] < heights[-2]
        and agrees(before, heights[-2])
        and agrees(after, heights[-1])
        # The drop itself is a small difference of large numbers.
        and abs(heights[-2] - heights[-1] - float(drop))
        <= 1e-9 * abs(heights[-1]) + SIX_DIGITS * float(drop)
    )


@reads("end of em.fit", IN_FIT + r": (?P<message>.*)")
def ends(scene, other, message):
    try:
        climbed(scene, other, 8)
    except (ArithmeticError, ValueError) as error:
        return str(error) == message
    return False


def climbed(scene, other, n_iter):
    """The naive log-likelihoods in a plain EM loop that uses the reader's step."""
    topic = scene.contract.name.partition(".")[0]
    steps = {
        step: contract_of(f"{topic}.{step}").vectorized for step in ("e_step", "m_step")
    }
    data, params = _climbing_start(topic, steps)
    steps["e_step" if other == "m_step" else "m_step"] = scene.function
    height = contract_of(f"{topic}.log_likelihood").naive
    heights = [height(data, params)]
    for _ in range(n_iter):
        hidden = steps["e_step"](data, params)[0]
        params = steps["m_step"](data, hidden)
        heights.append(height(data, params))
    return heights
