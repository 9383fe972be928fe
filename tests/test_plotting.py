"""The figures show what they are meant to show."""

import matplotlib as mpl
import numpy as np
import pytest

from emlib import gmm, plotting

mpl.use("agg")
import matplotlib.pyplot as plt

MEAN = np.array([3.0, -1.0])
COVARIANCE = np.array([[2.0, 0.6], [0.6, 0.5]])
MIXTURE = gmm.Params([0.3, 0.7], [MEAN, MEAN + 1], [COVARIANCE, 3 * COVARIANCE])


@pytest.fixture
def ax():
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


def test_the_style_uses_only_known_settings():
    with mpl.rc_context():
        plotting.use_book_style()


def test_an_ellipse_holds_its_probability():
    rng = np.random.default_rng(0)
    X, _ = gmm.vectorized.sample(gmm.Params([1.0], [MEAN], [COVARIANCE]), 20000, rng)
    contour = mpl.path.Path(plotting.ellipse_points(MEAN, COVARIANCE, 0.8))
    inside = contour.contains_points(X).mean()
    assert inside == pytest.approx(0.8, abs=4 * np.sqrt(0.8 * 0.2 / 20000))


def test_every_point_of_an_ellipse_is_equally_far():
    away = plotting.ellipse_points(MEAN, COVARIANCE, 0.5) - MEAN
    squared = np.einsum("ni,ni->n", away, np.linalg.solve(COVARIANCE, away.T).T)
    np.testing.assert_allclose(squared, -2 * np.log(0.5), rtol=1e-12)


def test_colours_mix_by_responsibility():
    colors = plotting.responsibility_colors([[1, 0], [0, 1], [0.25, 0.75]])
    np.testing.assert_allclose(colors[2], 0.25 * colors[0] + 0.75 * colors[1])
    assert mpl.colors.to_hex(colors[0]).upper() == plotting.COLORS[0]


def test_scatter_draws_every_observation_in_its_colour(ax):
    X = np.arange(6.0).reshape(3, 2)
    gamma = [[1, 0], [0.5, 0.5], [0, 1]]
    points = plotting.scatter_responsibilities(ax, X, gamma, s=7)
    np.testing.assert_array_equal(points.get_offsets(), X)
    np.testing.assert_allclose(
        points.get_facecolors()[:, :3], plotting.responsibility_colors(gamma)
    )
    assert points.get_sizes() == [7]


def test_ellipses_are_those_of_their_components(ax):
    lines = plotting.covariance_ellipses(ax, MIXTURE, probabilities=(0.5, 0.9), lw=3)
    expected = [(k, probability) for k in range(2) for probability in (0.5, 0.9)]
    for line, (k, probability) in zip(lines, expected, strict=True):
        contour = plotting.ellipse_points(
            MIXTURE.means[k], MIXTURE.covariances[k], probability
        )
        np.testing.assert_allclose(line.get_xydata(), contour)
        assert mpl.colors.same_color(line.get_color(), plotting.COLORS[k])
        assert line.get_linewidth() == 3
    crosses = [line for line in ax.lines if line.get_marker() == "+"]
    np.testing.assert_allclose(
        [line.get_xydata()[0] for line in crosses], MIXTURE.means
    )


def test_the_trace_is_the_history(ax):
    (line,) = plotting.likelihood_trace(ax, [-3.0, -2.0, -1.5], ms=9)
    np.testing.assert_array_equal(line.get_xdata(), [0, 1, 2])
    np.testing.assert_array_equal(line.get_ydata(), [-3.0, -2.0, -1.5])
    assert line.get_markersize() == 9
    assert ax.get_ylabel() == "log-likelihood (nats)"
    assert all(tick == int(tick) for tick in ax.get_xticks())


def test_bounds_are_drawn_with_the_likelihood(ax):
    theta = np.linspace(-1, 1, 5)
    curve, bound = -(theta**2), -2 * (theta - 0.5) ** 2 - 1
    lines = plotting.bound_touching(ax, theta, curve, [bound], [(-0.5, -0.25)])
    np.testing.assert_array_equal(lines[0].get_ydata(), curve)
    np.testing.assert_array_equal(lines[1].get_ydata(), bound)
    marks = {line.get_marker(): tuple(line.get_xydata()[0]) for line in ax.lines[2:]}
    assert marks == {"o": (-0.5, -0.25), "^": (0.5, -1.0)}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda ax: plotting.responsibility_colors([[0.5, 0.6]]),
            r"responsibilities\[0\] sums",
        ),
        (
            lambda ax: plotting.responsibility_colors(np.eye(7)),
            "7 components; 6 colours",
        ),
        (
            lambda ax: plotting.scatter_responsibilities(
                ax, np.ones((2, 3)), np.eye(2)
            ),
            "X has",
        ),
        (
            lambda ax: plotting.scatter_responsibilities(
                ax, np.ones((3, 2)), np.eye(2)
            ),
            "2 rows",
        ),
        (
            lambda ax: plotting.ellipse_points(MEAN, COVARIANCE, 1.0),
            "probability is 1: ",
        ),
        (lambda ax: plotting.covariance_ellipses(ax, (1, 2, 3)), "pass a gmm.Params"),
        (
            lambda ax: plotting.ellipse_points(MEAN, COVARIANCE, "a"),
            "probability holds str",
        ),
        (
            lambda ax: plotting.ellipse_points([0, np.nan], COVARIANCE, 0.5),
            r"mean\[1\] is nan",
        ),
        (
            lambda ax: plotting.ellipse_points(MEAN, -COVARIANCE, 0.5),
            r"covariance\[0, 0\] is -2",
        ),
        (
            lambda ax: plotting.covariance_ellipses(
                ax, gmm.Params([1 / 7] * 7, [MEAN] * 7, [COVARIANCE] * 7)
            ),
            "params has K = 7 components",
        ),
        (lambda ax: plotting.likelihood_trace(ax, [np.nan]), "log_likelihoods"),
        (
            lambda ax: plotting.bound_touching(ax, [0, 1], [0], [[0, 0]], [[0, 0]]),
            "log_likelihood",
        ),
        (
            lambda ax: plotting.bound_touching(ax, [0, 1], [0, 0], [[0]], [[0, 0]]),
            "bounds has",
        ),
        (
            lambda ax: plotting.bound_touching(ax, [0, 1], [0, 0], [[0, 0]], [[0]]),
            "touching has",
        ),
    ],
)
def test_bad_input_is_explained(ax, call, message):
    with pytest.raises(ValueError, match=message):
        call(ax)
