"""A hundred arrays of draws, random and pathological, on which ArviZ and this package are compared.

`tests/reference/arviz_diagnostics.py` has made ArviZ's numbers for them.
"""

import numpy as np


def autoregressive(rng, C, T, phi):
    """Stationary chains x_t = phi x_(t - 1) + noise, with variance 1."""
    x = rng.standard_normal((C, T))
    x[:, 1:] *= np.sqrt(1 - phi**2)
    for t in range(1, T):
        x[:, t] += phi * x[:, t - 1]
    return x


def random_arrays():
    """Sixty arrays of all sizes, dependences, units and origins, by name."""
    rng = np.random.default_rng(18)
    found = {}
    for i in range(60):
        C, T = int(rng.integers(1, 6)), int(rng.integers(10, 200))
        phi = rng.uniform(-0.95, 0.98)
        x = autoregressive(rng, C, T, phi)
        x += rng.choice([0.0, 0.3, 2.0]) * rng.standard_normal((C, 1))
        x *= np.exp(rng.choice([0.0, 0.7]) * rng.standard_normal((C, 1)))
        x = 10 ** rng.uniform(-6, 6) * (x + rng.choice([0.0, 1.0, 100.0]))
        found[f"random {i}"] = x
    return found


def pathological_arrays():
    """What chains do when something is wrong, and the ends of the range, by name."""
    rng = np.random.default_rng(19)
    x = rng.standard_normal((4, 100))
    t = np.arange(100.0)
    one_constant, stuck = x.copy(), x.copy()
    one_constant[2] = 0.3
    stuck[:, 60:] = stuck[:, 59:60]
    start, middle = x.copy(), np.full((4, 101), 0.1)
    start[:, 0] = 1e6
    middle[1, 50] = 5.0
    first_half = x.copy()
    first_half[0, :50] += 8
    apart = np.repeat(np.arange(4.0)[:, None], 100, axis=1)
    spike = np.zeros((4, 100))
    spike[1, 17] = 1.0
    return {
        "zeros": np.zeros((4, 100)),
        "constant": np.full((4, 100), 0.1),
        "constant, odd": np.full((3, 31), 1 / 3),
        "constant but for the middle draw": middle,
        "a chain is constant": one_constant,
        "chains stop": stuck,
        "one spike": spike,
        "constant chains apart": apart,
        "constant halves apart": np.where(t < 50, 1.0, 2.0) * np.ones((4, 1)),
        "copies of a chain": np.repeat(x[:1], 4, axis=0),
        "copies of a short chain": np.repeat(x[:1, :11], 3, axis=0),
        "alternating": np.where(t % 2 == 0, 1.0, -1.0) * np.ones((4, 1)),
        "alternating, with noise": np.where(t % 2 == 0, 1.0, -1.0) + 0.1 * x,
        "antithetic, -0.9": autoregressive(rng, 4, 400, -0.9),
        "antithetic, -0.99": autoregressive(rng, 4, 400, -0.99),
        "antithetic, one chain": autoregressive(rng, 1, 301, -0.7),
        "slow, 0.99": autoregressive(rng, 4, 500, 0.99),
        "slow, 0.999": autoregressive(rng, 2, 400, 0.999),
        "random walk": rng.standard_normal((4, 200)).cumsum(axis=1),
        "rising": t * np.ones((4, 1)),
        "rising and falling": t * np.array([[1.0], [-1.0]]),
        "drift alike": x + 4 * t / 100,
        "a wave": np.sin(t / 5) + 0 * x,
        "a wave with noise": np.sin(t / 5) + x,
        "a fast wave": np.cos(2.5 * t) + 0.1 * x,
        "one chain apart": x + 3 * np.eye(4)[:, :1],
        "one chain wide": x * np.array([[3.0], [1], [1], [1]]),
        "bad in the first half": first_half,
        "whole numbers": np.round(2 * x),
        "counts": rng.poisson(0.4, (4, 100)).astype(float),
        "rare ones": (rng.random((4, 200)) < 0.03).astype(float),
        "coins": (rng.random((3, 77)) < 0.5).astype(float),
        "sticky coins": (autoregressive(rng, 4, 150, 0.9) > 0).astype(float),
        "two values, mostly one": np.where(x > 1.5, 1.0, 0.0),
        "plus and minus one": np.sign(x),
        "Cauchy": rng.standard_cauchy((4, 100)),
        "exponentials of normals": np.exp(5 * x),
        "a start far away": start,
        "tiny unit": 1e-12 * x,
        "huge unit": 1e20 * x,
        "far from the origin": 1e6 + x,
        "ten draws": x[:, :10],
        "eleven draws": x[:, :11],
        "twelve draws": x[:, :12],
        "thirteen draws": x[:, :13],
        "one chain": x[:1],
        "one chain, odd": x[:1, :99],
        "many short chains": rng.standard_normal((40, 10)),
        "twenty-one draws in all": rng.standard_normal((1, 21)),
        # The last pair of lags is positive, and its even lag negative.
        "the lags run out": np.random.default_rng(1210)
        .standard_normal((2, 14))
        .cumsum(axis=1),
        "sorted": np.sort(x, axis=1),
        "a long run": autoregressive(rng, 4, 1000, 0.5),
    }


def all_arrays():
    """All of them, by name."""
    return {**random_arrays(), **pathological_arrays()}


def special():
    """Arrays on which the definitions differ, by name."""
    x = np.random.default_rng(20).standard_normal((4, 40))
    spoilt, infinite = x.copy(), x.copy()
    spoilt[1, 7], infinite[2, 5] = np.nan, np.inf
    return {
        "nan": spoilt,
        "infinite": infinite,
        "below 1e-15": 1e-17 * x,
        "three draws": x[:, :3],
        "eight draws that rise": np.arange(8.0) * np.ones((4, 1)),
        "eight independent draws": x[:, :8],
        "nine draws": x[:, :9],
    }
