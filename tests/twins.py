"""The twin functions, found by walking the package, and when two results agree."""

import copy
import importlib

import numpy as np
import pytest
from hypothesis import strategies as st

from emlib import problems
from emlib._topics import functions, topics

TOPICS = topics()


def public_functions(topic, side):
    """The public functions that a twin module defines."""
    return functions(importlib.import_module(f"emlib.{topic}.{side}"))


TWINS = [
    (topic, name)
    for topic in TOPICS
    for name in sorted(
        set(public_functions(topic, "naive"))
        | set(public_functions(topic, "vectorized"))
    )
]
twins = pytest.mark.parametrize(
    ("topic", "name"), TWINS, ids=[".".join(pair) for pair in TWINS]
)


def pair(topic, name):
    return public_functions(topic, "naive")[name], public_functions(
        topic, "vectorized"
    )[name]


settings = st.builds(
    problems.Setting,
    N=st.integers(1, 12),
    D=st.integers(1, 4),
    K=st.integers(1, 4),
    scale=st.floats(-6, 6).map(lambda power: 10.0**power),
    offset=st.sampled_from([0.0, 1.0, 1e4, 1e8]),
    condition=st.sampled_from([1.0, 1e3, 1e6, 1e10]),
    distinct=st.sampled_from([None, None, 1, 3]),
    separation=st.sampled_from([0.0, 1.0, 3.0]),
    extreme=st.booleans(),
    options=st.booleans(),
)


def drawn(name, setting, n=20):
    """The arguments of `n` problems, pooled by name."""
    return [
        problems.draw(name, np.random.default_rng(seed), setting).arguments
        for seed in range(n)
    ]


def arguments_of(problem):
    """A copy, with a generator in place of a seed."""
    arguments = copy.deepcopy(problem.arguments)
    if "rng" in arguments:
        arguments["rng"] = np.random.default_rng(arguments["rng"])
    return arguments


def outcome(function, arguments):
    """The result, or the error that was raised on purpose."""
    try:
        return function(**arguments)
    except (ValueError, ArithmeticError) as error:
        return error


def assert_agree(loop, arrays, tolerance, where="result"):
    """Same structure, types, shapes and dtypes; every entry within its tolerance."""
    assert type(loop) is type(arrays), where
    if isinstance(loop, tuple):
        assert len(loop) == len(arrays) == len(tolerance), where
        names = getattr(loop, "_fields", range(len(loop)))
        for name, one, other, allowed in zip(
            names, loop, arrays, tolerance, strict=True
        ):
            assert_agree(one, other, allowed, f"{where}.{name}")
        return
    one, other = np.asarray(loop), np.asarray(arrays)
    assert one.shape == other.shape, where
    assert one.dtype == other.dtype, where
    assert not np.isnan(one).any(), where
    same = one == other  # infinities, too
    with np.errstate(invalid="ignore"):
        apart = np.abs(one.astype(float) - other)  # truth values, too
    assert (same | (apart <= tolerance)).all(), (
        f"{where}: loop {one}, arrays {other}, apart {apart}, allowed {tolerance}"
    )
