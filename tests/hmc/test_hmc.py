"""What leapfrog steps keep, what a warm-up learns, and what `sample` says."""

import json
import math
import warnings
from importlib.util import find_spec

import numpy as np
import pytest

from emlib import hmc
from emlib.hmc import naive, vectorized
from tests.hmc import targets

BANANA = targets.both_parts(targets.banana)
SLANTED = hmc.Normal([1.0, -2.0], [[1.0, 0.0], [0.6, 0.8]])
BOTH = pytest.mark.parametrize("twin", [naive, vectorized])


def states(target, D, n=20, seed=0):
    rng = np.random.default_rng(seed)
    q, p = rng.standard_normal((2, n, D))
    return hmc.State(q, p, target.log_density(q), target.gradient(q))


@BOTH
def test_the_same_steps_lead_back(twin):
    begin = states(BANANA, 2)
    mass = np.array([[2.0, 0.5], [0.5, 1.0]])
    end = twin.leapfrog(BANANA, begin, 0.05, 30, mass)
    back = twin.leapfrog(BANANA, end._replace(momentum=-end.momentum), 0.05, 30, mass)
    # Each step rounds; the paths of this target spread errors by less than a thousand.
    assert np.abs(back.position - begin.position).max() < 1e-11
    assert np.abs(back.momentum + begin.momentum).max() < 1e-11


def test_a_path_keeps_the_volume():
    """The Jacobian's determinant, by central differences of position and momentum."""
    begin, h, mass = states(BANANA, 2, n=5), 1e-5, np.array([2.0, 0.5])
    for c in range(5):
        columns = []
        for i in range(4):
            ends = []
            for way in (h, -h):
                z = np.concatenate([begin.position[c], begin.momentum[c]])
                z[i] += way
                q, p = z[None, :2], z[None, 2:]
                at = hmc.State(q, p, BANANA.log_density(q), BANANA.gradient(q))
                end = vectorized.leapfrog(BANANA, at, 0.1, 10, mass)
                ends.append(np.concatenate([end.position[0], end.momentum[0]]))
            columns.append((ends[0] - ends[1]) / (2 * h))
        # Differences err by h^2 times a third derivative, and by rounding over h.
        assert abs(np.linalg.det(np.array(columns)) - 1) < 1e-5


def test_any_gradient_keeps_the_volume_and_can_be_reversed():
    """So a wrong gradient costs acceptance, and not the distribution."""
    odd = hmc.Target(BANANA.log_density, lambda X: np.sin(X[:, ::-1]) + X)
    begin = states(odd, 2)
    end = vectorized.leapfrog(odd, begin, 0.1, 8, np.ones(2))
    back = vectorized.leapfrog(
        odd, end._replace(momentum=-end.momentum), 0.1, 8, np.ones(2)
    )
    assert np.abs(back.position - begin.position).max() < 1e-12


@pytest.mark.parametrize("target", [BANANA, hmc.Normal([0.0], [[1.0]]).target()])
def test_the_error_of_the_energy_falls_with_the_square_of_the_step(target):
    D = 2 if target is BANANA else 1
    begin, sizes = states(target, D, n=50), np.array([0.02, 0.01, 0.005, 0.0025])
    mass, errors = np.ones(D), []
    for step in sizes:
        end = vectorized.leapfrog(target, begin, step, round(0.6 / step), mass)
        rise = vectorized.energy(end, mass) - vectorized.energy(begin, mass)
        errors.append(np.sqrt(np.square(rise).mean()))
    slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert abs(slope - 2) < 0.02


def test_leapfrog_steps_of_an_oscillator_keep_another_energy():
    """q^2 (1 - eps^2 / 4) + p^2 is kept exactly, and the map's trace is 2 - eps^2."""
    target, step = hmc.Normal([0.0], [[1.0]]).target(), 1.3
    q, p = np.array([[1.0], [0.0]]), np.array([[0.0], [1.0]])
    at = hmc.State(q, p, target.log_density(q), target.gradient(q))
    one = vectorized.leapfrog(target, at, step, 1, np.ones(1))
    assert one.position[0, 0] + one.momentum[1, 0] == pytest.approx(2 - step**2)
    far = vectorized.leapfrog(target, at, step, 1000, np.ones(1))
    kept = far.position**2 * (1 - step**2 / 4) + far.momentum**2
    assert np.allclose(kept, q**2 * (1 - step**2 / 4) + p**2, rtol=1e-11)


def test_momenta_have_the_mass_as_their_covariance():
    mass = np.array([[2.0, 0.9], [0.9, 0.7]])
    z = np.random.default_rng(1).standard_normal((1, 200_000, 2))
    p = vectorized.momenta(z, mass)[0]
    # E[p p^T] M^-1 is the identity; each entry errs by about sqrt(2 / n).
    assert np.abs(p.T @ p / len(p) @ mass - np.eye(2)).max() < 0.03


@BOTH
def test_a_path_that_overflows_is_rejected_and_counted(twin):
    start = np.array([[1.0, 2.0]])
    momenta, u = np.ones((3, 1, 2)), np.zeros((3, 1))
    chains = twin.hmc(BANANA, start, momenta, u, 1e30, 40, np.ones(2))
    assert chains.divergent.all()
    assert not chains.accepted.any()
    assert (chains.draws == start).all()
    assert not chains.acceptance.any()


@BOTH
def test_where_the_target_is_nan_the_draw_diverges(twin):
    def log_density(X):
        with np.errstate(invalid="ignore"):
            return np.log(X[:, 0]) - X[:, 0]

    target = hmc.Target(log_density, lambda X: 1 / X - 1)
    start, momenta = np.array([[0.5]]), np.array([[[-3.0]], [[0.1]]])
    u = np.full((2, 1, 3, 4), 0.4)
    chains = twin.no_u_turn(target, start, momenta, u, 0.5, np.ones(1))
    assert chains.divergent[0].tolist() == [True, False]
    assert np.isfinite(chains.draws).all()
    assert not chains.accepted[0, 0]


def test_many_chains_do_as_each_does_alone():
    """Chains finish at different times; what one does must not touch another."""
    rng = np.random.default_rng(4)
    C, T, J = 40, 5, 6
    start, z = rng.standard_normal((C, 2)), rng.standard_normal((T, C, 2))
    u, sizes = rng.random((T, C, 3, J)), np.geomspace(0.02, 1.0, C)
    chains = vectorized.no_u_turn(BANANA, start, z, u, sizes, np.array([50.0, 9.0]))
    for c in range(C):
        own = slice(c, c + 1)
        alone = vectorized.no_u_turn(
            BANANA, start[own], z[:, own], u[:, own], sizes[own], np.array([50.0, 9.0])
        )
        for part, one in zip(chains, alone, strict=True):
            # The products of matrices round alike here: the masses are variances.
            assert np.array_equal(part[own], one)


def test_blocks_of_random_numbers_change_nothing(monkeypatch):
    start = np.random.default_rng(0).standard_normal((3, 2))

    def run():
        rng = np.random.default_rng(7)
        return vectorized.nuts(BANANA, start, rng, 20, 0.1, np.ones(2), 6, 0.3)

    whole = run()
    monkeypatch.setattr(vectorized, "AT_ONCE", 200)
    for part, other in zip(whole, run(), strict=True):
        assert np.array_equal(part, other)


@pytest.mark.parametrize("D", [10, 100])
def test_the_turn_is_not_jumped_over(D):
    """Of a standard normal, where a path of four or eight steps nearly closes."""
    target = hmc.Normal(np.zeros(D), np.eye(D)).target()
    rng = np.random.default_rng(0)
    start = rng.standard_normal((50, D))
    for step in (0.43, 0.87, 0.95):
        chains = vectorized.nuts(target, start, rng, 10, step, np.ones(D))
        # Half a period is pi / step steps; doubling overshoots by a factor of two at most.
        assert chains.n_leapfrog.mean() < 2 * math.pi / step


@pytest.mark.parametrize("step", [0.2, 1.0])
@pytest.mark.parametrize("mass", [np.ones(2), np.array([[1.0, 0.9], [0.9, 1.0]])])
def test_one_draw_leaves_a_normal_distribution_as_it_is(step, mass):
    """Chains that start in the target are in it after a draw; with long steps, too."""
    rng, C = np.random.default_rng(11), 40_000
    L = np.linalg.cholesky([[1.0, 0.8], [0.8, 1.0]])
    start = rng.standard_normal((C, 2)) @ L.T
    target = hmc.Normal(np.zeros(2), L).target()
    chains = vectorized.nuts(target, start, rng, 1, step, mass)
    z = np.linalg.solve(L, chains.draws[:, 0].T)  # (2, C), independent normal numbers
    moments = [z[0], z[1], z[0] ** 2 - 1, z[1] ** 2 - 1, z[0] * z[1], z[0] ** 4 - 3]
    errors = [m.mean() / (m.std() / math.sqrt(C)) for m in moments]
    # 24 of these in all: |z| > 4.8 happens in one of 25,000 suites.
    assert np.abs(errors).max() < 4.8


def test_the_windows_are_those_of_stan():
    assert hmc.windows(1000) == [
        (75, False),
        (25, True),
        (50, True),
        (100, True),
        (200, True),
        (500, True),
        (50, False),
    ]
    assert hmc.windows(100) == [(15, False), (75, True), (10, False)]
    assert hmc.windows(10) == [(10, False)]
    for n in (20, 149, 150, 151, 333, 5000):
        assert sum(length for length, _ in hmc.windows(n)) == n


def test_a_warm_up_learns_scales_and_correlations():
    L = np.linalg.cholesky([[1e4, 9.0], [9.0, 1e-2]])
    target = hmc.Normal([3.0, -1.0], L).target()
    start = np.array([[3.0, -1.0]] * 8) + np.random.default_rng(0).normal(size=(8, 2))
    for dense in (False, True):
        tuning = vectorized.warm_up(
            target, start, 400, np.random.default_rng(1), dense=dense
        )
        wanted = L @ L.T if dense else np.diagonal(L @ L.T)
        # Eight chains of some 200 draws: about a tenth for a variance.
        assert np.allclose(tuning.inverse_mass, wanted, rtol=0.3)


def test_where_draws_diverge_the_steps_become_shorter():
    """In a long stretch of the warm-up; a right sampler then still has its aim from before."""
    assert hmc.aim_after(0.01, 100, 0.8) == pytest.approx(0.95)
    assert hmc.aim_after(0.01, 99, 0.8) == hmc.aim_after(0.001, 500, 0.8) == 0.8
    start = np.random.default_rng(0).standard_normal((32, 2))
    sizes = [
        vectorized.warm_up(BANANA, start, n, np.random.default_rng(1)).step_size
        for n in (225, 250)  # the last slow stretch has 75 draws, and 100
    ]
    assert sizes[1] < 0.75 * sizes[0]


def test_units_change_nothing():
    """In other units, by powers of two, all decisions and all digits are the same."""
    scale = np.array([2.0**20, 2.0**-20])

    def one_unit(X):
        return SLANTED(X), SLANTED.gradient(X)

    def other(X):
        height, gradient = one_unit(X / scale)
        return height, gradient / scale

    start = np.random.default_rng(0).standard_normal((4, 2))
    settings = {"n_draws": 30, "n_warmup": 60, "progress": False}
    one, two = (
        hmc.sample(
            targets.both_parts(both), at, rng=np.random.default_rng(5), **settings
        )
        for both, at in ((one_unit, start), (other, start * scale))
    )
    assert np.array_equal(one.draws * scale, two.draws)
    assert np.array_equal(one.n_leapfrog, two.n_leapfrog)


# --- the gradient's check -------------------------------------------------------------------------


def wrong_by(change):
    return hmc.Target(BANANA.log_density, lambda X: change(BANANA.gradient(X), X))


@pytest.mark.parametrize(
    "change",
    [
        lambda g, X: -g,
        lambda g, X: g * [1.0, 1.01],
        lambda g, X: g + np.array([0.0, 0.02]),
        lambda g, X: g[:, ::-1],
        lambda g, X: g + [[0.01, 0.0]] * X,
    ],
)
def test_a_wrong_gradient_is_found(change):
    start = np.array([[4.0, 1.0], [-3.0, 2.0]])
    with pytest.raises(ValueError, match="gradient contradicts log_density at"):
        hmc.sample(wrong_by(change), start, 5, np.random.default_rng(0), progress=False)


@pytest.mark.parametrize("size", [1e-8, 1e-3, 1.0, 1e6])
@pytest.mark.parametrize("far", [0.0, 1.0, 1e4])
def test_a_right_gradient_passes_in_any_unit(size, far):
    normal = hmc.Normal(np.zeros(3), size * np.eye(3)).target()
    X = size * far + size * np.random.default_rng(0).standard_normal((4, 3))
    curvature = hmc.check_gradient(normal, X)
    if far * size < 1e4 * size or far == 0:
        assert np.allclose(curvature * size**2, -1, rtol=1e-2)


def test_a_right_gradient_passes_where_the_density_has_edges_and_noise():
    rng = np.random.default_rng(0)

    def edged(X):  # exponential, beside its edge
        height = np.where((X > 0).all(axis=1), -X.sum(axis=1), -np.inf)
        return height, -np.ones_like(X)

    hmc.check_gradient(targets.both_parts(edged), np.array([[1e-9, 2.0]]))

    def noisy(X):  # as of a solver that is accurate to 1e-7
        height, gradient = targets.banana(X)
        return height + 1e-7 * rng.standard_normal(len(X)), gradient

    hmc.check_gradient(targets.both_parts(noisy), rng.standard_normal((5, 2)))


# --- sample ---------------------------------------------------------------------------------------


def draw(target, **settings):
    start = np.random.default_rng(0).standard_normal((4, 2))
    settings = {"n_warmup": 50, "progress": False} | settings
    return hmc.sample(target, start, 40, np.random.default_rng(1), **settings)


def test_draws_are_what_warm_up_and_nuts_give():
    start = np.random.default_rng(0).standard_normal((4, 2))
    chains = draw(SLANTED.target(), jitter=0.2)
    rng = np.random.default_rng(1)
    tuning = vectorized.warm_up(SLANTED.target(), start, 50, rng)
    same = vectorized.nuts(
        SLANTED.target(),
        rng=rng,
        n_draws=40,
        jitter=0.2,
        start=tuning.position,
        step_size=tuning.step_size,
        inverse_mass=tuning.inverse_mass,
    )
    assert np.array_equal(chains.draws, same.draws)
    again = hmc.sample(
        SLANTED.target(),
        tuning.position,
        40,
        np.random.default_rng(2),
        tuning=tuning,
        progress=False,
    )
    assert again.draws.shape == (4, 40, 2)


class Interrupting:
    """A target during whose call number n the keyboard interrupts."""

    def __init__(self, n, error=KeyboardInterrupt):
        self.left, self.error = n, error

    def target(self):
        def both(X):
            self.left -= 1
            if self.left < 0:
                raise self.error("stop")
            return SLANTED(X), SLANTED.gradient(X)

        return hmc.Target(SLANTED, SLANTED.gradient, both)


def calls_of_warm_up():
    counting = Interrupting(10**9)
    start = np.random.default_rng(0).standard_normal((4, 2))
    vectorized.warm_up(counting.target(), start, 50, np.random.default_rng(1))
    return 10**9 - counting.left


def test_an_interrupted_run_keeps_its_draws():
    whole = draw(SLANTED.target())
    n = calls_of_warm_up() + 150
    with pytest.warns(UserWarning, match=r"interrupted: \d+ of 40 draws of each"):
        chains = draw(Interrupting(n).target())
    T = chains.draws.shape[1]
    assert 0 < T < 40
    for part, all_of_it in zip(chains, whole, strict=True):
        assert np.array_equal(part, all_of_it[:, :T])


def test_an_interrupted_warm_up_has_no_draws_to_keep():
    with pytest.raises(KeyboardInterrupt):
        draw(Interrupting(30).target())


def test_a_target_that_raises_while_drawing_loses_nothing():
    n = calls_of_warm_up() + 150
    with pytest.raises(
        ValueError, match=r"target\.both raised OSError\(stop\)"
    ) as error:
        draw(Interrupting(n, OSError).target())
    assert 0 < error.value.chains.draws.shape[1] < 40


def test_divergences_nan_and_deep_trees_are_said():
    def half(X):
        height, gradient = SLANTED(X), SLANTED.gradient(X)
        return np.where(X[:, 0] > 1.5, np.nan, height), gradient

    with pytest.warns(
        hmc.DivergenceWarning,
        match=r"of 160 draws diverged \(log_density was \d+ times NaN\)",
    ):
        draw(targets.both_parts(half))
    with pytest.warns(hmc.DivergenceWarning, match=r"160 of 160 trees .* max_depth 1:"):
        draw(hmc.Normal(np.zeros(2), np.eye(2)).target(), max_depth=1)


def test_a_density_that_cannot_be_normalised_is_found():
    flat = hmc.Target(lambda X: np.zeros(len(X)), np.zeros_like)
    with pytest.raises(ValueError, match=r"cannot be normalised"):
        draw(flat)


def test_a_wrong_setting_is_refused():
    with pytest.raises(ValueError, match="tuning is a float: pass what"):
        draw(SLANTED.target(), tuning=0.1)
    with pytest.raises(ValueError, match=r"jitter is -0\.1"):
        draw(SLANTED.target(), jitter=-0.1)


def test_the_bar_counts_all_draws(capsys):
    draw(SLANTED.target(), progress=True)
    assert "360/360" in capsys.readouterr().err


def test_without_tqdm_there_is_no_bar(monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "tqdm", None)
    draw(SLANTED.target(), progress=True)
    assert not capsys.readouterr().err


@pytest.mark.skipif(find_spec("arviz") is None, reason="ArviZ is optional")
def test_arviz_takes_the_draws():
    chains = draw(SLANTED.target())
    data = hmc.to_arviz(chains, ["x0", "x1"])
    assert np.array_equal(data["posterior"]["x1"].values, chains.draws[:, :, 1])
    assert np.array_equal(data["sample_stats"]["diverging"].values, chains.divergent)
    assert hmc.to_arviz(chains)["posterior"]["q"].shape == (4, 40, 2)


class FakeArviz:
    """What both generations of ArviZ are called with."""

    def __init__(self, version):
        self.__version__ = version

    def from_dict(self, *groups, **named):
        return groups[0] if groups else named


@pytest.mark.parametrize("version", ["0.23.4", "1.3.0"])
def test_both_generations_of_arviz_are_called_as_they_want(version, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "arviz", FakeArviz(version))
    chains = draw(SLANTED.target())
    data = hmc.to_arviz(chains, ["x0", "x1"])
    assert list(data["posterior"]) == ["x0", "x1"]
    assert data["sample_stats"]["tree_depth"] is chains.depths
    with pytest.raises(ValueError, match="names has 1 names: give 2 different"):
        hmc.to_arviz(chains, ["x", "x"])


def test_no_warning_where_nothing_is_wrong():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw(hmc.Normal(np.zeros(2), np.eye(2)).target())
    json.dumps(hmc.windows(50))
