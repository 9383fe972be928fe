"""A random problem for every twin function: tests, exercises and benchmarks draw from here.

The generator of ``emlib.gmm.*.e_step`` is also called `e_step` and is in
``emlib/gmm/problems.py``; nothing is registered. Parts that several topics draw are in
`emlib.problems.ingredients`, bounds that several need in `emlib.problems.rounding`.

Each generator returns a `Problem`: arguments for the function, and the distance at which two
correct results may differ. That distance is derived, from the rounding error of each step and the
condition of the arguments, and never tuned. The bounds are first-order and count operations
(Higham 2002, chapters 3, 4, 8 and 10): a sum of N terms errs by at most N * eps times the sum of
their magnitudes; a computed Cholesky factor is the factor of a matrix whose entries differ by at
most (D + 1) * eps, relative to the standard deviations, from those given.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from emlib._topics import files, functions, topics


class Setting(NamedTuple):
    """How large a problem is, in what units, and what is hard about it.

    Attributes
    ----------
    N, D, K : int
        Observations, features, components.
    scale : float
        The unit: every observation is proportional to it.
    offset : float
        How far the data lie from the origin in each feature, in units of `scale`.
    condition : float
        The condition number of the covariances' correlation matrices is about this.
    distinct : int or None
        Draw the observations from this many points, so that they repeat; None for no repeats.
    separation : float
        How far apart the components' means lie, in units of `scale`. The components' standard
        deviations are between 0.3 and 1 of these units.
    extreme : bool
        Use the ends of the range where there are any: biases of 0 and 1, sets without a toss,
        hard responsibilities, a center far from every observation, steps of equal length, moves
        that are never accepted.
    options : bool
        Give a structure and a prior to the steps that take them.
    """

    N: int = 20
    D: int = 2
    K: int = 3
    scale: float = 1.0
    offset: float = 0.0
    condition: float = 10.0
    distinct: int | None = None
    separation: float = 3.0
    extreme: bool = False
    options: bool = False


class Problem(NamedTuple):
    """Arguments for a function, and how closely two correct results must agree.

    Attributes
    ----------
    arguments : dict
        By parameter name. A random function gets a seed as ``rng``, from which each caller
        makes its own ``numpy.random.default_rng``.
    tolerance : callable
        Maps a result to the largest absolute difference allowed in each of its entries, in the
        result's own structure.
    """

    arguments: dict
    tolerance: Callable[[Any], Any]


def draw(name, rng, setting=None):
    """A random problem for a twin function.

    Parameters
    ----------
    name : str
        Topic and function, such as ``"gmm.e_step"``.
    rng : numpy.random.Generator
        The source of randomness.
    setting : Setting, optional
        Size and difficulty.

    Returns
    -------
    Problem
        Arguments and tolerance.

    Raises
    ------
    ValueError
        If there is no generator for that function.
    """
    return _generator(name)(rng, Setting() if setting is None else setting)


def _generator(name):
    """The function that draws the problems of another."""
    topic, _, function = name.partition(".")
    hidden = function.startswith("_") or not function.isidentifier()
    if topic not in topics() or hidden:
        raise ValueError(
            f"no problem for {name!r}: pass a topic and one of its functions, such as "
            f"'gmm.e_step'; the topics are {', '.join(topics())}"
        )
    found = {}
    if "problems" in files(topic):
        found = functions(import_module(f"emlib.{topic}.problems"))
    if function not in found:
        raise ValueError(
            f"no problem for {name!r}: write {function}(rng, setting) in "
            f"emlib/{topic}/problems.py"
        )
    return found[function]
