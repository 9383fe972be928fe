"""Effective sample sizes and R-hats of other programs, beside ours, on the same draws.

``python benchmarks/diagnostics_peers.py`` prints, for each of the programs that are installed, the
library, its version and its values; the others are passed over. The draws are of AR(1) chains
x_t = phi x_{t-1} + noise, whose size is known: S (1 - phi) / (1 + phi) in the limit of long chains.
Not all programs can be installed side by side, so run it in several environments, with emlib on
PYTHONPATH; the draws come from NumPy and are the same in all of them.
"""

import importlib
import math
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

import numpy as np

from emlib.diagnostics import vectorized

C, T, REPLICATES = 4, 2500, 60
PHIS = 0.9, 0.0, -0.9


def autoregressive(rng, phi, shape):
    """Chains (..., T) with variance 1 that start in their stationary distribution."""
    x = rng.standard_normal(shape)
    x[..., 1:] *= math.sqrt(1 - phi**2)
    for t in range(1, shape[-1]):
        x[..., t] += phi * x[..., t - 1]
    return x


def faulty_chains():
    """Draws (4, 1000) that should not be trusted, by what is wrong with them."""
    rng = np.random.default_rng(2)
    z = rng.standard_normal((4, 1000))
    one = np.array([[0.0], [0.0], [0.0], [1.0]])
    return {
        "all drift alike": z + np.linspace(-1, 1, 1000),
        "one is 3 times as wide": z * (1 + 2 * one),
        "one is shifted by 0.5": z + 0.5 * one,
    }


class Program(NamedTuple):
    """A program's name, its version, and its two functions of draws (C, T); None if it has none."""

    name: str
    release: str
    size: Callable | None
    ratio: Callable | None


def programs():
    """The programs that are installed."""
    here = version_of("emlib")
    yield Program("emlib, ranks", here, vectorized.ess, vectorized.rhat)
    yield Program(
        "emlib, no ranks",
        here,
        lambda x: vectorized.ess(x, "mean"),
        lambda x: vectorized.rhat(x, rank=False),
    )
    if arviz := installed("arviz", "0."):
        yield Program(
            "ArviZ",
            version("arviz"),
            lambda x: float(arviz.ess(x)),
            lambda x: float(arviz.rhat(x)),
        )
    if installed("arviz_stats"):
        from arviz_stats.base import array_stats

        axes = {"chain_axis": 0, "draw_axis": 1}
        yield Program(
            "arviz-stats",
            version("arviz-stats"),
            lambda x: float(array_stats.ess(x, **axes)),
            lambda x: float(array_stats.rhat(x, **axes)),
        )
    if installed("numpyro"):
        from numpyro import diagnostics

        release = version("numpyro")
        yield Program(
            "numpyro, split",
            release,
            lambda x: float(diagnostics.effective_sample_size(x)),
            lambda x: float(diagnostics.split_gelman_rubin(x)),
        )
        yield Program(
            "numpyro, not split",
            release,
            None,
            lambda x: float(diagnostics.gelman_rubin(x)),
        )
    if blackjax := installed("blackjax"):
        yield Program(
            "blackjax",
            version("blackjax"),
            lambda x: float(blackjax.diagnostics.effective_sample_size(x)),
            lambda x: float(blackjax.diagnostics.potential_scale_reduction(x)),
        )
    if installed("emcee"):
        from emcee.autocorr import integrated_time

        yield Program(
            "emcee, draws / tau",
            version("emcee"),
            lambda x: float(x.size / integrated_time(x.T, quiet=True)[0]),
            None,
        )
    if pints := installed("pints"):

        def summed(x):
            return float(sum(pints.effective_sample_size(one[:, None])[0] for one in x))

        yield Program(
            "pints, size summed over chains",
            version("pints"),
            summed,
            lambda x: float(pints.rhat(x[:, :, None], warm_up=0)[0]),
        )


def installed(module, release=""):
    """The module, if it is installed and its version begins so; None otherwise."""
    try:
        found = importlib.import_module(module)
        return found if version(module.replace("_", "-")).startswith(release) else None
    except (ImportError, PackageNotFoundError):
        return None


def version_of(package):
    """The package's version; 'here' if it is used without being installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "here"


def in_double_precision():
    """JAX computes with four bytes unless told otherwise."""
    if found := installed("jax"):
        found.config.update("jax_enable_x64", True)


def main():
    """Print both tables."""
    in_double_precision()
    print(f"Effective sample size of {C} x {T} draws: mean (sd) of {REPLICATES}")
    print(f"{'phi':38s}" + "".join(f"{phi:>22}" for phi in PHIS))
    exact = [C * T * (1 - phi) / (1 + phi) for phi in PHIS]
    print(f"{'exact':38s}" + "".join(f"{size:22,.0f}" for size in exact))
    rng = np.random.default_rng(1)
    draws = [autoregressive(rng, phi, (REPLICATES, C, T)) for phi in PHIS]
    found = list(programs())
    for program in (one for one in found if one.size):
        cells = []
        for of_phi in draws:
            values = np.array([program.size(x) for x in of_phi])
            cells.append(f"{values.mean():,.0f} ({values.std(ddof=1):,.0f})")
        label = f"{program.name} {program.release}"
        print(f"{label:38s}" + "".join(f"{cell:>22}" for cell in cells))

    print("\nR-hat of 4 x 1000 draws")
    faulty = faulty_chains()
    print(f"{'':38s}" + "".join(f"{words:>24s}" for words in faulty))
    for program in (one for one in found if one.ratio):
        label = f"{program.name} {program.release}"
        cells = "".join(f"{program.ratio(x):24.4f}" for x in faulty.values())
        print(f"{label:38s}" + cells)


if __name__ == "__main__":
    main()
