"""Effective draws per second of `emlib.mcmc` beside emcee and blackjax, side by side in one run.

The target is a normal distribution in ten dimensions. Its coordinates have standard deviations from
0.01 to 100 and all their correlations are 0.9: data as people have them. All are told the target's
density and a start drawn from the target, and nothing else unless the table says so:

* `emlib`, one step size for each dimension, its standard deviation (2.38 / sqrt(D) times it);
* `emlib`, the Cholesky factor of the covariance, as an adapted proposal would have: `random_walk`,
  which draws the noise step by step, and `metropolis`, to which all of it is handed;
* emcee's stretch move, vectorised over walkers, which needs no scale;
* blackjax's random walk with normal proposals and the same factor, jitted, over all chains by vmap.

Effective draws are those of the worst coordinate, by `emlib.diagnostics.ess`, kind "mean"; the cap
does not bind. Compile time is excluded and stated. ``pip install emcee blackjax`` for the peers;
what is not installed is left out.
"""

import argparse
import importlib.metadata
import math
import time

import numpy as np

from emlib import diagnostics, mcmc

C, T, D = 1000, 1000, 10


def target():
    """The factor of the covariance, the standard deviations, and the log-density of rows."""
    deviations = np.geomspace(0.01, 100, D)
    correlation = np.full((D, D), 0.9) + 0.1 * np.eye(D)
    factor = np.linalg.cholesky(correlation) * deviations[:, None]
    inverse = np.linalg.inv(factor)

    def log_density(X):
        return -0.5 * np.square(X @ inverse.T).sum(axis=1)

    return factor, deviations, inverse, log_density


def worst(draws):
    """The effective draws of the worst coordinate of draws (C, T, D)."""
    return float(np.min(diagnostics.vectorized.ess(draws, kind="mean")))


def of_emlib(step, seed):
    """Seconds and draws of the package's chains."""
    factor, _, _, log_density = target()
    rng = np.random.default_rng(seed)
    start = rng.standard_normal((C, D)) @ factor.T
    begin = time.perf_counter()
    chains = mcmc.vectorized.random_walk(log_density, start, rng, T, step)
    return time.perf_counter() - begin, 0.0, chains.draws


def of_metropolis(step, seed):
    """The same with all the noise drawn first, and handed over; drawing it counts."""
    factor, _, _, log_density = target()
    rng = np.random.default_rng(seed)
    start = rng.standard_normal((C, D)) @ factor.T
    begin = time.perf_counter()
    noise, u = rng.standard_normal((T, C, D)), rng.random((T, C))
    chains = mcmc.vectorized.metropolis(log_density, start, noise, u, step)
    return time.perf_counter() - begin, 0.0, chains.draws


def of_emcee(seed):
    """The same of emcee: its walkers as chains."""
    import emcee

    factor, _, _, log_density = target()
    rng = np.random.default_rng(seed)
    start = rng.standard_normal((C, D)) @ factor.T
    sampler = emcee.EnsembleSampler(C, D, log_density, vectorize=True)
    sampler.random_state = np.random.RandomState(seed).get_state()
    begin = time.perf_counter()
    sampler.run_mcmc(start, T)
    seconds = time.perf_counter() - begin
    return seconds, 0.0, sampler.get_chain().transpose(1, 0, 2)


def of_blackjax(seed):
    """The same of blackjax's random walk, in double precision."""
    import jax

    jax.config.update("jax_enable_x64", True)
    import blackjax
    import jax.numpy as jnp

    factor, _, inverse, _ = target()
    inverse = jnp.asarray(inverse)
    step = 2.38 / math.sqrt(D) * factor
    kernel = blackjax.additive_step_random_walk(
        lambda x: -0.5 * jnp.square(inverse @ x).sum(),
        blackjax.mcmc.random_walk.normal(jnp.asarray(step)),
    )

    def chain(state, key):
        def one(state, key):
            state, _ = kernel.step(key, state)
            return state, state.position

        return jax.lax.scan(one, state, jax.random.split(key, T))[1]

    run = jax.jit(jax.vmap(chain))
    rng = np.random.default_rng(seed)
    start = jax.vmap(kernel.init)(jnp.asarray(rng.standard_normal((C, D)) @ factor.T))
    keys = jax.random.split(jax.random.key(seed), C)
    begin = time.perf_counter()
    compiled = run.lower(start, keys).compile()
    compiling = time.perf_counter() - begin
    begin = time.perf_counter()
    draws = np.asarray(compiled(start, keys))
    return time.perf_counter() - begin, compiling, draws


def main():
    """Run all, in turn, and print the table of medians."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    factor, deviations, _, _ = target()
    scale = 2.38 / math.sqrt(D)
    ways = {
        "emlib, factor": lambda seed: of_emlib(scale * factor, seed),
        "emlib, factor, noise first": lambda seed: of_metropolis(scale * factor, seed),
        "emlib, step sizes": lambda seed: of_emlib(scale * deviations / 3, seed),
        "emcee, stretch move": of_emcee,
        "blackjax, random walk, factor": of_blackjax,
    }
    found = {name: [] for name in ways}
    for seed in range(rounds):
        for name, run in ways.items():
            try:
                seconds, compiling, draws = run(seed)
            except ImportError as error:
                if seed == 0:
                    print(f"left out: {name} ({error})")
                continue
            moved = (np.diff(draws[:, :, 0], axis=1) != 0).mean()
            found[name].append((worst(draws) / seconds, seconds, compiling, moved))
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}"
        for name in ("numpy", "emcee", "blackjax", "jax")
        if _installed(name)
    )
    print(f"{C:,} chains, {T:,} draws, {D} dimensions; {versions}")
    print(
        f"{'':30s} {'effective/s':>12s} {'seconds':>8s} {'compile':>8s} {'accepted':>9s}"
        f" {'ratio':>6s}"
    )
    reference = np.median([row[0] for row in found["emlib, factor"]])
    for name, rows in found.items():
        if rows:
            speed, seconds, compiling, moved = np.median(rows, axis=0)
            print(
                f"{name:30s} {speed:12,.0f} {seconds:8.2f} {compiling:8.2f} {moved:9.2f}"
                f" {reference / speed:6.1f}"
            )


def _installed(name):
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


if __name__ == "__main__":
    main()
