"""Effective draws per second of `emlib.hmc` beside NumPyro, BlackJAX and nutpie, in one run.

All four have the No-U-Turn sampler, learn step size and mass in a warm-up, and compute in double
precision on the processor. Each gets the way of running chains that suits it best here:

* `emlib`, many chains at once in NumPy, in one process or half of them in each of two, with one
  BLAS thread each; with jitter=0.5, the default, and without. Its chains learn together, so that
  they warm up in 200 draws (``--warmup``);
* NumPyro and BlackJAX, loops over their kernels compiled by JAX, on two devices: four chains in
  turns (map) where a gradient is dear, 64 in step (vmap) where it is cheap; 1,000 draws of warm-up;
* nutpie, the same model in PyMC, compiled by Numba, four chains in two threads, 400 draws of
  warm-up, its default.

The targets are eight schools, not centred, in 10 dimensions; a logistic regression with 25
dimensions, its covariates correlated and in odd units; and a normal distribution in 100 dimensions
with standard deviations from 0.01 to 100 and correlations of condition number 1,000, for which
there is also a dense mass, where a program offers one, or one of low rank. Those of NumPy and JAX
are written by hand, with the work shared between log-density and gradient.

Effective draws are the least over the coordinates of those of the bulk and those of the tails, by
`emlib.diagnostics`. They are divided by the seconds of drawing, of warm-up and drawing, and of
compiling and both, for the run's own length. Importing is not counted, nor is the start of the two
processes, of which a first small call makes sure; bringing their draws back is. z is by how many
errors a mean or a standard deviation is off at most: from the exact ones, from those of
posteriordb, or from those of the other programs, in that order of targets. Above 5 it is an error.

Every program runs in a process of its own, one after the other: eight minutes on a quiet machine
with two processors. ``pip install numpyro blackjax nutpie[pymc]`` for the peers; what is not
installed is left out.
"""

import argparse
import functools
import importlib.metadata
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from emlib import datasets, diagnostics, hmc

REFERENCE = Path(__file__).parents[1] / "tests/reference/eight_schools.json"
N_REFERENCE = 10_000  # draws of the reference, independent
TIMEOUT = 240  # seconds


class Model:
    """What the targets have in common."""

    def target(self):
        both = self.both
        return hmc.Target(lambda X: both(X)[0], lambda X: both(X)[1], both)

    def jax(self):
        import jax
        import jax.numpy as jnp

        # Log-density and gradient in one: differentiated by JAX, they would take longer.
        forward = functools.partial(self.forward, jnp)
        height = jax.custom_vjp(lambda x: forward(x)[0])
        height.defvjp(forward, lambda gradient, g: (g * gradient,))
        return height

    def from_pymc(self, posterior):
        return np.asarray(posterior["x"])

    def quantities(self, draws):
        return draws

    def reference(self):
        """Means, standard deviations, and the errors of the former, if they are known."""


class EightSchools(Model):
    """The coordinates are the schools' deviations (8,), their mean, and the log of their spread."""

    D = 10

    def __init__(self):
        self.y, self.sigma = datasets.eight_schools()

    def both(self, X):
        # Coordinates first, so that each operation runs along the chains.
        X = np.ascontiguousarray(X.T)
        deviations, mu, log_tau = X[:8], X[8], X[9]
        tau, sigma = np.exp(log_tau), self.sigma[:, None]
        shift = deviations * tau
        z = (self.y[:, None] - mu - shift) / sigma
        squares = np.einsum("jc,jc->c", deviations, deviations)
        squares += np.einsum("jc,jc->c", z, z) + 0.04 * mu * mu
        q = 0.04 * tau * tau
        z /= sigma
        G = np.empty_like(X)
        G[:8] = z * tau - deviations
        G[8] = z.sum(axis=0) - 0.04 * mu
        # The last two terms are 1 - 2 q / (1 + q), also where q overflows.
        G[9] = np.einsum("jc,jc->c", z, shift) + 2 / (1 + q) - 1
        return log_tau - squares / 2 - np.log1p(q), G.T

    def jax(self):
        import jax.numpy as jnp

        def log_density(x):
            z = (self.y - x[8] - jnp.exp(x[9]) * x[:8]) / self.sigma
            squares = x[:8] @ x[:8] + z @ z + 0.04 * x[8] ** 2
            return x[9] - squares / 2 - jnp.log1p(0.04 * jnp.exp(2 * x[9]))

        return log_density

    def pymc(self, pm):
        deviations = pm.Normal("deviations", 0, 1, shape=8)
        mu, tau = pm.Normal("mu", 0, 5), pm.HalfCauchy("tau", 5)
        pm.Normal("y", mu + tau * deviations, self.sigma, observed=self.y)

    def from_pymc(self, posterior):
        parts = (np.asarray(posterior[name]) for name in ("deviations", "mu", "tau"))
        deviations, mu, tau = parts
        return np.concatenate([deviations, mu[..., None], np.log(tau)[..., None]], -1)

    def quantities(self, draws):
        """What the reference is of: the schools' effects, their mean and their spread."""
        mu, tau = draws[..., 8:9], np.exp(draws[..., 9:])
        return np.concatenate([mu + tau * draws[..., :8], mu, tau], axis=-1)

    def reference(self):
        parameters = json.loads(REFERENCE.read_text())["parameters"]
        names = [*(f"theta[{j}]" for j in range(1, 9)), "mu", "tau"]
        keys = ("mean", "sd", "mcse_mean")
        return [np.array([parameters[n][k] for n in names]) for k in keys]


class Logistic(Model):
    """A thousand outcomes, 24 covariates and an intercept, with priors N(0, 10^2)."""

    D, N, PRECISION = 25, 1000, 0.01
    AT_ONCE = 64  # chains, whose (N, AT_ONCE) numbers stay in the cache

    def __init__(self):
        rng, K = np.random.default_rng(1), self.D - 1
        # Three factors, of which each covariate has its share, correlate pairs by up to 0.9.
        loadings = rng.normal(size=(K, 3))
        share = rng.uniform(0.6, 0.985, size=K)
        loadings *= (share / np.linalg.norm(loadings, axis=1))[:, None]
        alone = np.sqrt(1 - np.square(loadings).sum(axis=1))
        Z = rng.normal(size=(self.N, 3)) @ loadings.T
        Z += alone * rng.normal(size=(self.N, K))
        sds = np.geomspace(0.1, 10, K)[rng.permutation(K)]
        self.X = np.column_stack([sds * (Z + rng.normal(size=K)), np.ones(self.N)])
        weights = np.append(rng.normal(size=K) * 0.5 / sds, 0)
        eta = (self.X - self.X.mean(axis=0)) @ weights + 0.3
        self.y = (rng.uniform(size=self.N) < 1 / (1 + np.exp(-eta))).astype(int)
        self.S = (2 * self.y - 1)[:, None] * self.X  # rows with the outcome's sign
        self.total = self.S.sum(axis=0)

    def both(self, X):
        heights, G = np.empty(len(X)), np.empty((len(X), self.D))
        for begin in range(0, len(X), self.AT_ONCE):
            part = slice(begin, begin + self.AT_ONCE)
            heights[part], G[part] = self._some(X[part])
        return heights, G

    def _some(self, w):
        # With d = 1 + exp(-S w) the log-likelihood is -log prod d, and its gradient
        # S^T (1 - 1 / d): a single logarithm for each chain, unless the product overflows.
        with np.errstate(over="ignore"):
            d = self.S @ -w.T  # (N, C)
            np.exp(d, out=d)
            d += 1
            loss = np.log(np.multiply.reduce(d, axis=0))
        bad = np.flatnonzero(~(loss < np.inf))
        loss[bad] = np.logaddexp(0, self.S @ -w[bad].T).sum(axis=0)
        np.divide(1, d, out=d)
        prior = self.PRECISION * w
        heights = -loss - np.einsum("cd,cd->c", w, prior) / 2
        return heights, self.total - d.T @ self.S - prior

    def forward(self, jnp, w):
        # Of the tangent both can be made, and it cannot overflow.
        z = self.S / 2 @ w
        t, prior = jnp.tanh(z), self.PRECISION * w
        loss = jnp.abs(z).sum() + self.N * np.log(2)
        loss -= jnp.log(jnp.prod(1 + jnp.abs(t)))
        height = self.total @ w / 2 - loss - w @ prior / 2
        return height, self.total / 2 - t @ (self.S / 2) - prior

    def pymc(self, pm):
        w = pm.Normal("x", 0, self.PRECISION**-0.5, shape=self.D)
        pm.Bernoulli("y", logit_p=self.X @ w, observed=self.y)


class Gaussian(Model):
    """Neighbours are correlated, and three factors correlate all."""

    D = 100
    RHO = 0.92933  # with it the condition number of the correlations is 1,000

    def __init__(self):
        rng, D = np.random.default_rng(2), self.D
        F = rng.normal(size=(D, 3)) / np.sqrt(3)
        A = self.RHO ** np.abs(np.subtract.outer(np.arange(D), np.arange(D)))
        A += 0.5 * F @ F.T
        s = np.sqrt(np.diagonal(A))
        self.sd = np.geomspace(0.01, 100, D)[rng.permutation(D)]
        self.mean = self.sd * rng.normal(size=D)
        P = np.linalg.inv(A / np.outer(s, s)) / np.outer(self.sd, self.sd)
        self.precision = (P + P.T) / 2

    def both(self, X):
        Y = X - self.mean
        G = -(Y @ self.precision)
        return np.einsum("cd,cd->c", Y, G) / 2, G

    def forward(self, jnp, x):
        g = -(self.precision @ (x - self.mean))
        return (x - self.mean) @ g / 2, g

    def pymc(self, pm):
        x = pm.Flat("x", shape=self.D, initval=np.zeros(self.D))
        y = x - self.mean
        pm.Potential("height", -(y * pm.math.dot(self.precision, y)).sum() / 2)

    def reference(self):
        return self.mean, self.sd, np.zeros(self.D)


MODELS = {"schools": EightSchools, "logistic": Logistic, "gaussian": Gaussian}


class Run(NamedTuple):
    """One program on one target: C chains of T draws after W of warm-up."""

    model: str
    program: str
    C: int
    W: int
    T: int
    how: str
    dense: bool = False

    @property
    def name(self):
        kind = "low rank" if self.program == "nutpie" else "dense"
        return ", ".join([self.program, self.how, *[kind] * self.dense])


def plan(warmup, short):
    """All runs, in turn."""
    runs = []
    for model, dense, (C, T), (how, many, more), few in (
        ("schools", False, (1000, 300), ("vmap", 64, 2000), 40_000),
        ("logistic", False, (128, 200), ("map", 4, 1500), 1500),
        ("gaussian", False, (128, 100), ("map", 4, 2000), 2000),
        ("gaussian", True, (128, 300), ("map", 4, 4000), 4000),
    ):
        for processes in ("one process", "two processes"):
            runs.append(Run(model, "emlib", C, warmup, T, processes, dense))
        for program in ("numpyro", "blackjax"):
            runs.append(Run(model, program, many, 1000, more, how, dense))
        runs.append(Run(model, "nutpie", 4, 400, few, "numba", dense))
    if short:
        runs = [
            r._replace(C=min(r.C, 32), W=min(r.W, 200), T=max(r.T // 20, 20))
            for r in runs
        ]
    return runs


@functools.cache
def made(model):
    """The target of a name; built once in each process."""
    return MODELS[model]()


def warm_up(model, rng, C, W, dense):
    """emlib's tuning. This and `draw` also run in processes of their own."""
    start = rng.uniform(-2, 2, size=(C, made(model).D))
    target = made(model).target()
    return rng, hmc.vectorized.warm_up(target, start, W, rng, dense=dense)


def draw(model, warm, T, jitter):
    """emlib's draws."""
    (rng, tuning), target = warm, made(model).target()
    options = dict(jitter=jitter, tuning=tuning, progress=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hmc.DivergenceWarning)
        return hmc.sample(target, tuning.position, T, rng, **options).draws


def of_emlib(run):
    """The package, with one warm-up for both jitters, as it uses none."""
    pools = [ThreadPoolExecutor(1)]  # which is this process
    if run.how == "two processes":
        context = multiprocessing.get_context("spawn")
        pools = [ProcessPoolExecutor(1, mp_context=context) for _ in range(2)]

    def each(task, given, *more):
        begin = time.perf_counter()
        together = zip(pools, given, strict=True)
        jobs = [pool.submit(task, run.model, own, *more) for pool, own in together]
        return [job.result() for job in jobs], time.perf_counter() - begin

    rngs = np.random.default_rng(0).spawn(len(pools))
    each(warm_up, rngs, 4, 10, run.dense)
    warm, warming = each(warm_up, rngs, run.C // len(pools), run.W, run.dense)
    for jitter, name in ((0.5, run.name), (0.0, f"{run.name}, no jitter")):
        draws, seconds = each(draw, warm, run.T, jitter)
        yield name, 0.0, warming, seconds, np.concatenate(draws)
    for pool in pools:
        pool.shutdown()


def of_jax(run, adapt, sample):
    """Compile and time what one chain does in its warm-up, and then."""
    import jax

    model = made(run.model)
    shape = (2, run.C // 2)

    def in_turns(f):
        return lambda *given: jax.lax.map(lambda each: f(*each), given)

    over = jax.vmap if run.how == "vmap" else in_turns
    start = np.random.default_rng(0).uniform(-2, 2, size=(*shape, model.D))
    keys = [jax.random.split(jax.random.key(seed), shape) for seed in (1, 2)]
    begin = time.perf_counter()
    adapt, sample = (jax.pmap(over(f)) for f in (adapt, sample))
    adapted = jax.eval_shape(adapt, keys[0], start)
    adapt = adapt.lower(keys[0], start).compile()
    sample = sample.lower(keys[1], *adapted).compile()
    compiled = time.perf_counter()
    adapted = jax.block_until_ready(adapt(keys[0], start))
    warmed = time.perf_counter()
    draws = np.asarray(sample(keys[1], *adapted)).reshape(run.C, run.T, model.D)
    seconds = time.perf_counter() - warmed
    yield run.name, compiled - begin, warmed - compiled, seconds, draws


def of_numpyro(run):
    """NumPyro's kernel in loops: its own `MCMC` compiles anew at each run."""
    import jax
    from numpyro.infer import NUTS

    log_density = made(run.model).jax()
    kernel = NUTS(potential_fn=lambda x: -log_density(x), dense_mass=run.dense)

    def step(state, _):
        state = kernel.sample(state, (), {})
        return state, state.z

    def adapt(key, x):
        state = kernel.init(key, run.W, x, (), {})
        return (jax.lax.fori_loop(0, run.W, lambda _, s: step(s, _)[0], state),)

    def sample(_, state):
        return jax.lax.scan(step, state, None, length=run.T)[1]

    return of_jax(run, adapt, sample)


def of_blackjax(run):
    """BlackJAX's window adaptation and its kernel."""
    import blackjax
    import jax
    from blackjax.adaptation.base import get_filter_adapt_info_fn

    log_density = made(run.model).jax()
    warmup = blackjax.window_adaptation(
        blackjax.nuts,
        log_density,
        is_mass_matrix_diagonal=not run.dense,
        adaptation_info_fn=get_filter_adapt_info_fn(),  # keeps nothing of the warm-up
    )

    def adapt(key, x):
        (state, found), _ = warmup.run(key, x, num_steps=run.W)
        return state, found["step_size"], found["inverse_mass_matrix"]

    def sample(key, state, step_size, inverse_mass):
        kernel = blackjax.nuts(log_density, step_size, inverse_mass)

        def step(state, key):
            state, _ = kernel.step(key, state)
            return state, state.position

        return jax.lax.scan(step, state, jax.random.split(key, run.T))[1]

    return of_jax(run, adapt, sample)


def of_nutpie(run):
    """nutpie. It does not tell warm-up and draws apart: the former is a run with two draws."""
    import nutpie
    import pymc as pm

    def seconds(T, W):
        begin = time.perf_counter()
        trace = nutpie.sample(
            compiled,
            draws=T,
            tune=W,
            chains=run.C,
            cores=2,
            seed=1,
            progress_bar=False,
            save_warmup=False,
            low_rank_modified_mass_matrix=run.dense,
        )
        return time.perf_counter() - begin, trace.posterior

    model, begin = made(run.model), time.perf_counter()
    with pm.Model() as pymc_model:
        model.pymc(pm)
    compiled = nutpie.compile_pymc_model(pymc_model, backend="numba")
    seconds(2, 10)  # something is compiled at the first call
    compiling = time.perf_counter() - begin
    warm, _ = seconds(2, run.W)
    both, posterior = seconds(run.T, run.W)
    yield run.name, compiling, warm, both - warm, model.from_pymc(posterior)


def figures(run, name, compiling, warm, seconds, draws):
    """What is kept of one run."""
    ess = diagnostics.vectorized.ess
    effective = min(ess(draws, kind).min() for kind in ("bulk", "tail"))
    x = made(run.model).quantities(draws)
    mean, sd = x.mean(axis=(0, 1)), x.std(axis=(0, 1))
    squares = np.square(x - mean)
    # An error of the variance is this large; half of it, relative, is that of its root.
    width = squares.std(axis=(0, 1)) / sd / 2
    sd_error = width / np.sqrt(ess(squares, "mean"))
    kept = mean, sd, sd / np.sqrt(ess(x, "mean")), sd_error, width
    times = compiling, warm, seconds
    return dict(
        name=name, times=times, effective=effective, kept=np.array(kept).tolist()
    )


def in_child(run):
    """Run here, and print the figures."""
    programs = dict(
        emlib=of_emlib, numpyro=of_numpyro, blackjax=of_blackjax, nutpie=of_nutpie
    )
    try:
        if run.program in ("numpyro", "blackjax"):
            import jax

            jax.config.update("jax_enable_x64", True)
        found = [figures(run, *each) for each in programs[run.program](run)]
    except ImportError as error:
        found = str(error)
    print(json.dumps(found))


def in_process(run):
    """The figures of a run in a process of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        environment = dict(os.environ, PYTENSOR_FLAGS=f"base_compiledir={scratch}")
        environment.update(JAX_PLATFORMS="cpu", NUMBA_CACHE_DIR=scratch)
        environment["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"
        if run.program in ("emlib", "nutpie"):
            environment.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
        command = [sys.executable, __file__, "--run", json.dumps(run)]
        options = dict(capture_output=True, text=True, env=environment, timeout=TIMEOUT)
        try:
            done = subprocess.run(command, **options)
        except subprocess.TimeoutExpired:
            return f"more than {TIMEOUT} seconds"
    if done.returncode:
        return f"failed: {done.stderr.strip().splitlines()[-1]}"
    return json.loads(done.stdout.splitlines()[-1])


def largest_z(row, rows, reference):
    """By how many errors a mean or a standard deviation differs from the reference at most."""
    mean, sd, mean_error, sd_error, width = np.array(row["kept"])
    if reference is not None:
        wanted, wanted_sd, error = reference
        error_of_sd = width / np.sqrt(N_REFERENCE) * (error > 0)
    else:
        program = row["name"].split(",")[0]
        others = [r["kept"] for r in rows if r["name"].split(",")[0] != program]
        if not others:
            return np.nan
        means, sds, errors, errors_of_sd, _ = np.array(others).swapaxes(0, 1)
        wanted, error = _pooled(means, errors)
        wanted_sd, error_of_sd = _pooled(sds, errors_of_sd)
    z = np.abs(mean - wanted) / np.hypot(mean_error, error)
    z_sd = np.abs(sd - wanted_sd) / np.hypot(sd_error, error_of_sd)
    return max(z.max(), z_sd.max())


def _pooled(values, errors):
    weights = errors**-2.0
    return (weights * values).sum(axis=0) / weights.sum(axis=0), weights.sum(
        axis=0
    ) ** -0.5


def main():
    """Run all, one after the other, and print a table for each target."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="programs whose name has this in it")
    parser.add_argument("--model", choices=MODELS)
    parser.add_argument("--warmup", type=int, default=200, help="emlib's, in draws")
    parser.add_argument("--short", action="store_true", help="to see whether all runs")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        return in_child(Run(*json.loads(given.run)))
    packages = "numpy", "numpyro", "blackjax", "jax", "nutpie", "pymc", "numba"
    versions = (
        f"{p} {importlib.metadata.version(p)}" for p in packages if _installed(p)
    )
    print(", ".join(versions), flush=True)
    wrong = []
    for model in [given.model] if given.model else MODELS:
        rows = []
        for run in plan(given.warmup, given.short):
            if run.model != model or given.only not in run.name:
                continue
            found = in_process(run)
            if isinstance(found, str):
                print(f"left out: {run.name} ({found})", flush=True)
                continue
            size = f"{run.C:,} x ({run.W:,} + {run.T:,})"
            rows += [dict(row, size=size) for row in found]
        wrong += table(model, rows)
    if wrong:
        sys.exit(f"more than 5 errors off: {'; '.join(wrong)}")


def table(model, rows):
    """Print what was found on one target; returns what is wrong."""
    reference, wrong = made(model).reference(), []
    print(
        f"\n{model + ', effective draws per second of':46s} {'chains x draws':>20s}"
        f" {'compile':>8s} {'warm-up':>8s} {'drawing':>8s} {'effective':>9s}"
        f" {'drawing':>9s} {'+ warm-up':>9s} {'+ compile':>9s} {'z':>5s}"
    )
    for row in rows:
        compiling, warm, seconds = row["times"]
        n, z = row["effective"], largest_z(row, rows, reference)
        print(
            f"{row['name']:46s} {row['size']:>20s} {compiling:8.2f} {warm:8.2f}"
            f" {seconds:8.2f} {n:9,.0f} {n / seconds:9,.0f} {n / (warm + seconds):9,.0f}"
            f" {n / (compiling + warm + seconds):9,.0f} {z:5.1f}",
            flush=True,
        )
        if z > 5:
            wrong.append(f"{model}, {row['name']}")
    return wrong


def _installed(name):
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


if __name__ == "__main__":
    main()
