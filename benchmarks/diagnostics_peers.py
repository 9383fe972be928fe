"""Effective sample sizes and R-hats of other programs, beside ours, on the same draws.

``python benchmarks/diagnostics_peers.py`` prints, for each of the programs that are installed, the
library, its version and its values; the others are passed over. The draws are of AR(1) chains
x_t = phi x_{t-1} + noise, whose size is known: S (1 - phi) / (1 + phi) in the limit of long chains.
Not all programs can be installed side by side, so run it in several environments, with emlib on
PYTHONPATH; the draws come from NumPy and are the same in all of them.
"""

import importlib
import math
from importlib.metadata import PackageNotFoundError, version

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


def sizes():
    """For each program that is installed: its version, and a function of draws (C, T)."""
    yield "emlib, bulk", version_of("emlib"), vectorized.ess
    yield "emlib, mean", version_of("emlib"), lambda x: vectorized.ess(x, "mean")
    if found := installed("arviz", "0."):
        yield "ArviZ, bulk", version("arviz"), lambda x: float(found.ess(x))
    if installed("arviz_stats"):
        from arviz_stats.base import array_stats

        yield (
            "arviz-stats, bulk",
            version("arviz-stats"),
            lambda x: float(array_stats.ess(x, chain_axis=0, draw_axis=1)),
        )
    if installed("numpyro"):
        from numpyro.diagnostics import effective_sample_size

        yield "numpyro", version("numpyro"), lambda x: float(effective_sample_size(x))
    if found := installed("blackjax"):
        size = found.diagnostics.effective_sample_size
        yield "blackjax", version("blackjax"), lambda x: float(size(x))
    if installed("emcee"):
        from emcee.autocorr import integrated_time

        yield (
            "emcee, draws / tau",
            version("emcee"),
            lambda x: float(x.size / integrated_time(x.T, quiet=True)[0]),
        )
    if found := installed("pints"):
        yield (
            "pints, sum over chains",
            version("pints"),
            lambda x: float(
                sum(found.effective_sample_size(one[:, None])[0] for one in x)
            ),
        )


def rhats():
    """For each program that is installed: its version, and a function of draws (C, T)."""
    yield "emlib", version_of("emlib"), vectorized.rhat
    yield (
        "emlib, rank=False",
        version_of("emlib"),
        lambda x: vectorized.rhat(x, rank=False),
    )
    if found := installed("arviz", "0."):
        yield "ArviZ", version("arviz"), lambda x: float(found.rhat(x))
    if installed("arviz_stats"):
        from arviz_stats.base import array_stats

        yield (
            "arviz-stats",
            version("arviz-stats"),
            lambda x: float(array_stats.rhat(x, chain_axis=0, draw_axis=1)),
        )
    if installed("numpyro"):
        from numpyro.diagnostics import gelman_rubin, split_gelman_rubin

        yield (
            "numpyro, split",
            version("numpyro"),
            lambda x: float(split_gelman_rubin(x)),
        )
        yield "numpyro, not split", version("numpyro"), lambda x: float(gelman_rubin(x))
    if found := installed("blackjax"):
        ratio = found.diagnostics.potential_scale_reduction
        yield "blackjax", version("blackjax"), lambda x: float(ratio(x))
    if found := installed("pints"):
        yield (
            "pints",
            version("pints"),
            lambda x: float(found.rhat(x[:, :, None], warm_up=0)[0]),
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
    print(f"{'phi':34s}" + "".join(f"{phi:>22}" for phi in PHIS))
    exact = [C * T * (1 - phi) / (1 + phi) for phi in PHIS]
    print(f"{'exact':34s}" + "".join(f"{size:22,.0f}" for size in exact))
    rng = np.random.default_rng(1)
    draws = [autoregressive(rng, phi, (REPLICATES, C, T)) for phi in PHIS]
    for library, release, size in sizes():
        cells = []
        for of_phi in draws:
            values = np.array([size(x) for x in of_phi])
            cells.append(f"{values.mean():,.0f} ({values.std(ddof=1):,.0f})")
        label = f"{library} {release}"
        print(f"{label:34s}" + "".join(f"{cell:>22}" for cell in cells))

    print("\nR-hat of 4 x 1000 draws")
    faulty = faulty_chains()
    print(f"{'':34s}" + "".join(f"{words:>24s}" for words in faulty))
    for library, release, ratio in rhats():
        label = f"{library} {release}"
        cells = "".join(f"{ratio(x):24.4f}" for x in faulty.values())
        print(f"{label:34s}" + cells)


if __name__ == "__main__":
    main()
