"""From a target to draws: warm up, draw, and say what went wrong."""

import warnings

import numpy as np

from emlib import _checks
from emlib.hmc import (
    Chains,
    Target,
    Tuning,
    check_inverse_mass,
    check_jitter,
    check_step_size,
    check_warm_up,
)
from emlib.hmc._target import N_CHECKED, check_gradient
from emlib.hmc.vectorized import _drawn, _empty_chains, _finished, _warmed_up


class DivergenceWarning(UserWarning):
    """Draws of a Hamiltonian sampler that cannot be trusted, and why."""


def sample(
    target,
    start,
    n_draws,
    rng,
    *,
    n_warmup=1000,
    target_acceptance=0.8,
    max_depth=10,
    progress=True,
    dense=False,
    jitter=0.5,
    tuning=None,
):
    """Draw from a target with the No-U-Turn sampler, warm-up included.

    Parameters
    ----------
    target : Target
        The log-density, nats, and its gradient, on rows (C, D).
    start : array_like, shape (C, D)
        Where each chain starts; the density must be positive there. Starts that are farther apart
        than the target is wide let `emlib.diagnostics` see whether the chains have met.
    n_draws : int
        How many draws of each chain to keep, T.
    rng : numpy.random.Generator
        The source of randomness.
    n_warmup : int
        How many draws of each chain are spent on learning step size and inverse mass.
    target_acceptance : float
        The mean acceptance probability to aim at. Nearer to 1 the steps are shorter, and fewer
        draws diverge. Where more than one in 500 draws of a long stretch of the warm-up diverges,
        it aims higher.
    max_depth : int
        How often a tree is doubled at most: 2^max_depth - 1 leapfrog steps a draw.
    progress : bool
        Whether to show a bar, if tqdm is installed.
    dense : bool
        Whether to learn a covariance (D, D) as the inverse mass, instead of variances (D,).
    jitter : float
        Each draw's step size is multiplied by a uniform number from 1 - jitter to 1 + jitter. It
        leads out of narrow places, where steps of one size stick, and costs some speed elsewhere.
    tuning : Tuning, optional
        What `warm_up` found; then there is no warm-up here.

    Returns
    -------
    Chains
        Draws (C, T, D) and what belongs to each. Interrupted from the keyboard while drawing, it
        warns and returns the draws that all chains have so far.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, a start has density zero, the target is NaN
        there, raises or returns another shape, or its gradient contradicts its log-density. Where
        the target raises while drawing, the error's `chains` are the draws so far.

    Warns
    -----
    DivergenceWarning
        If draws diverged, if trees were cut off at `max_depth`, or if no draw of a chain was
        accepted.
    """
    given = check_warm_up(
        target, start, n_warmup, rng, target_acceptance, max_depth, dense
    )
    start, n_warmup, rng, delta, J, dense = given
    T, jitter = _checks.whole_number(n_draws, "n_draws"), check_jitter(jitter)
    watched, counts = _watching(target)
    if tuning is not None:
        step_size, inverse_mass = _check_tuning(tuning, start)
        n_warmup = 0
    bar = _bar(progress, len(start) * (n_warmup + T))
    with bar:
        if tuning is None:
            bar.set_description("warm-up")
            tuning = _finished(_warmed_up(watched, *given), bar.update)
            step_size, inverse_mass, start = tuning
            check_gradient(target, start[:N_CHECKED])
        bar.set_description("draws")
        counts.update(dict.fromkeys(counts, 0))
        chains = _empty_chains(len(start), T, start.shape[1])
        step_sizes = check_step_size(step_size, len(start))
        at = watched, start, rng, step_sizes, inverse_mass, J, chains
        try:
            _finished(_drawn(*at, jitter=jitter), bar.update)
        except KeyboardInterrupt:
            chains = _so_far(chains)
            warnings.warn(
                f"interrupted: {chains.draws.shape[1]} of {T} draws of each chain are returned",
                UserWarning,
                stacklevel=2,
            )
        except ValueError as error:
            error.chains = _so_far(chains)
            raise
    _warn(chains, J, delta, counts)
    return chains


def _check_tuning(tuning, start):
    if not isinstance(tuning, Tuning):
        raise ValueError(
            f"tuning is a {type(tuning).__name__}: pass what hmc.vectorized.warm_up returned"
        )
    C, D = start.shape
    return check_step_size(tuning.step_size, C), check_inverse_mass(
        tuning.inverse_mass, D
    )


def _watching(target):
    """The same target, which counts where it is NaN and where zero; and these two counts."""
    counts = {"NaN": 0, "-inf": 0}

    def seen(heights):
        values = np.asarray(heights)
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            counts["NaN"] += int(np.isnan(values).sum())
            counts["-inf"] += int(np.isneginf(values).sum())
        return heights

    def log_density(X):
        return seen(target.log_density(X))

    def both(X):
        pair = target.both(X)
        seen(pair[0])
        return pair

    if target.both is None:
        return Target(log_density, target.gradient), counts
    return Target(log_density, target.gradient, both), counts


def _so_far(chains):
    """The draws that all chains have; a draw that was not made took no leapfrog steps."""
    made = (chains.n_leapfrog > 0).all(axis=0)
    T = len(made) if made.all() else int(made.argmin())
    return Chains(*(part[:, :T] for part in chains))


class _NoBar:
    """A progress bar that nobody sees."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def update(self, n):
        pass

    def set_description(self, words):
        pass


def _bar(progress, total):
    if not progress:
        return _NoBar()
    try:
        from tqdm import tqdm
    except ImportError:
        return _NoBar()
    return tqdm(total=total, unit=" draws", mininterval=0.5)


def _warn(chains, max_depth, delta, counts):
    """Say what casts doubt on the draws."""
    C, T = chains.divergent.shape
    if not T:
        return
    said = []
    n = int(chains.divergent.sum())
    if n:
        odd = [f"{n} times {value}" for value, n in counts.items() if n]
        seen = f" (log_density was {' and '.join(odd)})" if odd else ""
        said.append(
            f"{n} of {C * T} draws diverged{seen}: the energy could not be kept, beside an edge or "
            f"where the target is narrow; parts of it may be missing. Write the model in other "
            f"parameters, or raise target_acceptance above {delta:g}"
        )
    deep = int((chains.depths == max_depth).sum())
    if deep:
        said.append(
            f"{deep} of {C * T} trees were cut off at max_depth {max_depth}: the draws are valid, "
            f"but dependent; rescale the parameters, pass dense=True or raise max_depth"
        )
    still = ~chains.accepted.any(axis=1)
    if still.any() and T > 1:
        said.append(f"chain {int(np.argmax(still))} never moved")
    if said:
        warnings.warn("; and ".join(said), DivergenceWarning, stacklevel=3)


def to_arviz(chains, names=None):
    """The draws as ArviZ has them: its groups posterior and sample_stats.

    Parameters
    ----------
    chains : Chains
        What `sample` returned.
    names : list of str, optional
        A name for each coordinate; by default all are together under the name ``q``.

    Returns
    -------
    arviz.InferenceData or xarray.DataTree
        The first before ArviZ 1, the second since.

    Raises
    ------
    ValueError
        If there are not as many names as coordinates.
    ImportError
        If ArviZ is not installed.
    """
    import arviz

    D = chains.draws.shape[2]
    if names is not None and len(set(names)) != D:
        raise ValueError(f"names has {len(set(names))} names: give {D} different ones")
    groups = {
        "posterior": {"q": chains.draws}
        if names is None
        else {name: chains.draws[..., i] for i, name in enumerate(names)},
        "sample_stats": {
            "lp": chains.log_densities,
            "energy": chains.energies,
            "acceptance_rate": chains.acceptance,
            "diverging": chains.divergent,
            "n_steps": chains.n_leapfrog,
            "tree_depth": chains.depths,
        },
    }
    if int(arviz.__version__.partition(".")[0]) < 1:
        return arviz.from_dict(**groups)
    return arviz.from_dict(groups)
