"""The figures show what they claim to show."""

import matplotlib as mpl
import numpy as np
import pytest

from emlib import gmm, plotting

mpl.use("agg")
import matplotlib.pyplot as plt

MEAN = np.array([3.0, -1.0])
COVARIANCE = np.array([[2.0, 0.6], [0.6, 0.5]])
MIXTURE = gmm.Params([0.5, 0.5], [MEAN, MEAN + 1], [COVARIANCE, COVARIANCE])


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


def test_scatter_draws_every_observation(ax):
    X = np.arange(6.0).reshape(3, 2)
    points = plotting.scatter_responsibilities(ax, X, np.full((3, 2), 0.5))
    np.testing.assert_array_equal(points.get_offsets(), X)


def test_ellipses_are_drawn_for_every_component(ax):
    assert len(plotting.covariance_ellipses(ax, MIXTURE, probabilities=(0.5, 0.9))) == 4


def test_the_trace_is_the_history(ax):
    (line,) = plotting.likelihood_trace(ax, [-3.0, -2.0, -1.5])
    np.testing.assert_array_equal(line.get_ydata(), [-3.0, -2.0, -1.5])
    assert ax.get_ylabel() == "log-likelihood (nats)"


def test_bounds_are_drawn_with_the_likelihood(ax):
    theta = np.linspace(0, 1, 5)
    lines = plotting.bound_touching(
        ax, theta, -(theta**2), [-2 * theta**2], [(0.0, 0.0)]
    )
    assert len(lines) == 2


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
            "probability is 1.0",
        ),
        (lambda ax: plotting.covariance_ellipses(ax, (1, 2, 3)), "pass a gmm.Params"),
        (lambda ax: plotting.likelihood_trace(ax, [np.nan]), "log_likelihoods"),
    ],
)
def test_bad_input_is_explained(ax, call, message):
    with pytest.raises(ValueError, match=message):
        call(ax)
