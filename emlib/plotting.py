"""The book's figures: ellipses, points coloured by responsibility, traces, and bounds.

Needs Matplotlib. Every function draws on the axes it is given and returns what it drew.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import cbook
from matplotlib.lines import Line2D

from emlib import _checks, gmm

# Okabe & Ito (2008): readers with any common colour deficiency can tell them apart.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
INK = "#222222"
PAPER = "#fbfbf8"


def use_book_style():
    """Set Matplotlib's defaults to the book's: an opaque light card, legible on any page."""
    plt.rcParams.update(
        {
            "figure.figsize": (6.4, 4.0),
            "figure.dpi": 110,
            "figure.facecolor": PAPER,
            "savefig.facecolor": PAPER,
            "axes.facecolor": PAPER,
            "axes.edgecolor": INK,
            "axes.labelcolor": INK,
            "axes.titlesize": "medium",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": plt.cycler(color=COLORS),
            "figure.constrained_layout.use": True,
            "font.size": 11,
            "legend.frameon": False,
            "text.color": INK,
            "xtick.color": INK,
            "ytick.color": INK,
        }
    )


def _component_colors(n_components, name):
    if n_components > len(COLORS):
        raise ValueError(
            f"{name} has K = {n_components} components; {len(COLORS)} colours can be told apart: "
            f"draw fewer at a time"
        )
    return np.array(
        [plt.matplotlib.colors.to_rgb(color) for color in COLORS[:n_components]]
    )


def responsibility_colors(responsibilities):
    """Mix the components' colours in the proportions of the responsibilities.

    Parameters
    ----------
    responsibilities : array_like, shape (N, K)
        Rows sum to one; K at most 6.

    Returns
    -------
    numpy.ndarray, shape (N, 3)
        Red, green and blue between 0 and 1.

    Raises
    ------
    ValueError
        If the rows are not distributions, or K is more than 6.
    """
    gamma = _checks.distributions(responsibilities, "responsibilities", ("N", "K"))
    return np.clip(gamma @ _component_colors(gamma.shape[1], "responsibilities"), 0, 1)


def scatter_responsibilities(ax, X, responsibilities, **options):
    """Draw observations, each in a mixture of the components' colours by its responsibilities.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    X : array_like, shape (N, 2)
        Observations.
    responsibilities : array_like, shape (N, K)
        Rows sum to one; K at most 6.
    **options
        For ``ax.scatter``.

    Returns
    -------
    matplotlib.collections.PathCollection
        The points.

    Raises
    ------
    ValueError
        If the shapes do not fit, the rows are not distributions, or K is more than 6.
    """
    X = _checks.observations(X, 2)
    colors = responsibility_colors(responsibilities)
    if len(colors) != len(X):
        raise ValueError(
            f"responsibilities has {len(colors)} rows for {len(X)} observations: pass one for each"
        )
    style = {"s": 18, "alpha": 0.9, "linewidths": 0, **options}
    return ax.scatter(X[:, 0], X[:, 1], c=colors, **style)


def ellipse_points(mean, covariance, probability, n_points=200):
    """The contour of a Gaussian in the plane that holds a given probability.

    Parameters
    ----------
    mean : array_like, shape (2,)
        The centre.
    covariance : array_like, shape (2, 2)
        Symmetric and positive definite.
    probability : float
        Between 0 and 1, exclusive.
    n_points : int
        How many points to return.

    Returns
    -------
    numpy.ndarray, shape (n_points, 2)
        A closed curve.

    Raises
    ------
    ValueError
        If an argument is not as required.

    Notes
    -----
    The Cholesky factor maps a circle of radius r to the contour. In two dimensions the
    squared distance is exponential with mean 2, so r^2 = -2 log(1 - probability).
    """
    mean = _checks.mean_vector(mean, 2, "mean")
    covariance = _checks.covariance_matrix(covariance, 2, "covariance")
    probability = float(_checks.interval(probability, "probability", ()))
    if probability in (0.0, 1.0):
        raise ValueError(
            f"probability is {probability:g}: it must lie strictly between 0 and 1"
        )
    angle = np.linspace(0, 2 * np.pi, _checks.whole_number(n_points, "n_points"))
    circle = np.sqrt(-2 * np.log1p(-probability)) * np.array(
        [np.cos(angle), np.sin(angle)]
    )
    return mean + (np.linalg.cholesky(covariance) @ circle).T


def covariance_ellipses(ax, params, probabilities=(0.5, 0.95), **options):
    """Draw each component of a mixture in the plane: its mean, and contours around it.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    params : emlib.gmm.Params
        A mixture with D = 2; K at most 6.
    probabilities : sequence of float
        How much of a component each contour holds.
    **options
        For ``ax.plot``.

    Returns
    -------
    list of matplotlib.lines.Line2D
        The contours, component by component.

    Raises
    ------
    ValueError
        If D is not 2, K is more than 6, or a probability is not between 0 and 1.
    """
    weights, means, covariances = gmm.check_params(params, 2)
    options = cbook.normalize_kwargs(options, Line2D)
    lines = []
    for k, color in enumerate(_component_colors(len(weights), "params")):
        ax.plot(*means[k], marker="+", markersize=11, markeredgewidth=2, color=color)
        for probability in probabilities:
            points = ellipse_points(means[k], covariances[k], probability)
            style = {"color": color, "linewidth": 1.8} | options
            lines += ax.plot(points[:, 0], points[:, 1], **style)
    return lines


def likelihood_trace(ax, log_likelihoods, **options):
    """Draw the log-likelihood of each iteration.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    log_likelihoods : array_like, shape (n_iter + 1,)
        The history in an `emlib.em.EMResult`, nats.
    **options
        For ``ax.plot``.

    Returns
    -------
    list of matplotlib.lines.Line2D
        The trace.

    Raises
    ------
    ValueError
        If the history is not a one-dimensional array of finite numbers.
    """
    history = _checks.real_array(log_likelihoods, "log_likelihoods", ("n_iter + 1",))
    ax.set_xlabel("iteration")
    ax.set_ylabel("log-likelihood (nats)")
    ax.xaxis.get_major_locator().set_params(integer=True)
    style = {"marker": "o", "markersize": 4} | cbook.normalize_kwargs(options, Line2D)
    return ax.plot(np.arange(len(history)), history, **style)


def bound_touching(ax, theta, log_likelihood, bounds, touching):
    """Draw a log-likelihood of one parameter and lower bounds that touch it.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    theta : array_like, shape (M,)
        Values of the parameter.
    log_likelihood : array_like, shape (M,)
        The log-likelihood there, nats.
    bounds : array_like, shape (T, M)
        A lower bound there for each of T distributions q, nats.
    touching : array_like, shape (T, 2)
        Where each bound touches: the parameter and the log-likelihood.

    Returns
    -------
    list of matplotlib.lines.Line2D
        The log-likelihood, then the bounds.

    Raises
    ------
    ValueError
        If the curves differ in length from `theta`, or `touching` from `bounds`.
    """
    theta = _checks.real_array(theta, "theta", ("M",))
    log_likelihood = _checks.real_array(log_likelihood, "log_likelihood", theta.shape)
    bounds = _checks.real_array(bounds, "bounds", ("T", len(theta)))
    touching = _checks.real_array(touching, "touching", (len(bounds), 2))
    lines = ax.plot(
        theta, log_likelihood, color=INK, linewidth=2.2, label=r"$\ell(\theta)$"
    )
    for t, (bound, (x, y)) in enumerate(zip(bounds, touching, strict=True)):
        color = COLORS[t % len(COLORS)]
        label = rf"$\mathcal{{L}}(q^{{({t})}}, \theta)$"
        lines += ax.plot(theta, bound, color=color, linestyle="--", label=label)
        ax.plot(x, y, "o", color=color, markersize=8)
        peak = int(np.argmax(bound))
        ax.plot(theta[peak], bound[peak], "^", color=color, markersize=8)
    ax.set_ylabel("nats")
    return lines
