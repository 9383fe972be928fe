"""Bad input gets the same ValueError from both twins, naming argument, place and remedy."""

import numpy as np
import pytest
from test_twins import TWINS, arguments_of, outcome, pair, twins

from emlib import climbers, coins, em, gaussian, gmm, linkage, problems


def spoilt(value, how):
    """`value` with one thing wrong with it."""
    array = np.array(value, dtype=float)
    first = (0,) * array.ndim
    if how == "nan":
        array[first] = np.nan
    elif how == "inf":
        array[first] = np.inf
    elif how == "one axis too many":
        array = array[None]
    elif how == "text":
        array = array.astype(str)
    elif how == "complex":
        array = array.astype(complex)
    elif how == "empty":
        array = array[:0]
    elif how == "ragged":
        array = [[1.0, 2.0], [3.0]]
    return array


WAYS = ["nan", "inf", "one axis too many", "text", "complex", "empty", "ragged"]


def array_arguments(arguments):
    """Every array argument as a path: ("X",) or ("params", "means")."""
    for name, value in arguments.items():
        if isinstance(value, np.ndarray):
            yield (name,)
        elif hasattr(value, "_fields"):
            yield from ((name, field) for field in value._fields)


def replaced(arguments, path, value):
    name, *fields = path
    if fields:
        value = arguments[name]._replace(**{fields[0]: value})
    return {**arguments, name: value}


@pytest.mark.parametrize("how", WAYS)
@twins
def test_a_spoilt_array_is_refused_by_name(topic, name, how):
    loop, arrays = pair(topic, name)
    problem = problems.draw(f"{topic}.{name}", np.random.default_rng(3))
    if "observation_weights" in problem.arguments:
        ones = np.ones(len(problem.arguments["X"]))
        problem = problem._replace(
            arguments={**problem.arguments, "observation_weights": ones}
        )
    for path in array_arguments(problem.arguments):
        original = arguments_of(problem)[path[0]]
        original = getattr(original, path[1]) if len(path) == 2 else original
        if how == "empty" and np.ndim(original) == 0:
            continue  # a scalar cannot be empty
        messages = [
            outcome(twin, replaced(arguments_of(problem), path, spoilt(original, how)))
            for twin in (loop, arrays)
        ]
        for message in messages:
            assert isinstance(message, ValueError), (path, how, message)
            assert ".".join(path) in str(message), (path, message)
            assert ":" in str(message) or ";" in str(message), message  # fault: remedy
        assert str(messages[0]) == str(messages[1])


# Each row: function, what is replaced in a sound problem, and what the message must say.
X = np.array([[1.0, 2.0], [3.0, 5.0], [4.0, 1.0], [0.0, 2.0]])
GAUSSIAN = gaussian.Params(np.zeros(2), np.eye(2))
MIXTURE = gmm.Params(np.array([0.4, 0.6]), np.zeros((2, 2)), np.array([np.eye(2)] * 2))
HALVES = np.full((4, 2), 0.5)
COUNTS = np.array([[5.0, 5.0], [9.0, 1.0]])
SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]])
INDEFINITE = np.array([[1.0, 3.0], [3.0, 1.0]])
WALK = {"before": np.zeros(2), "between": np.ones(2), "after": np.array([1.5, 1.75])}
PRIOR = gmm.Prior(np.zeros(2), 0.5, np.eye(2), 4.0, 1.5)
SCATTERS = {"scatters": np.array([np.eye(2)] * 2), "counts": np.array([3.0, 5.0])}
FREE = climbers.Params(np.zeros(2), np.zeros((2, 2)), np.zeros((2, 2, 2)))
PARENTS = {"mean": np.zeros(2), "covariance": np.eye(2), "path": np.ones(2)}
SOUND = {
    "gaussian.cholesky": {"covariance": np.eye(2)},
    "gaussian.log_density": {"X": X, "params": GAUSSIAN},
    "gaussian.fit": {"X": X},
    "gmm.log_density": {"X": X, "params": MIXTURE},
    "gmm.log_likelihood": {"X": X, "params": MIXTURE},
    "gmm.e_step": {"X": X, "params": MIXTURE},
    "gmm.m_step": {"X": X, "responsibilities": HALVES},
    "gmm.project": {**SCATTERS, "structure": "full"},
    "gmm.log_prior": {"params": MIXTURE, "prior": PRIOR},
    "gmm.sample": {"params": MIXTURE, "n_samples": 3, "rng": np.random.default_rng(0)},
    "coins.e_step": {"counts": COUNTS, "params": coins.Params(np.array([0.6, 0.5]))},
    "coins.log_likelihood": {
        "counts": COUNTS,
        "params": coins.Params(np.array([0.6, 0.5])),
    },
    "coins.m_step": {"counts": COUNTS, "responsibilities": HALVES[:2]},
    "linkage.e_step": {
        "counts": np.array([125.0, 18, 20, 34]),
        "params": linkage.Params(0.5),
    },
    "linkage.log_likelihood": {
        "counts": np.array([125.0, 18, 20, 34]),
        "params": linkage.Params(0.5),
    },
    "linkage.m_step": {
        "counts": np.array([125.0, 18, 20, 34]),
        "expected_counts": np.array([100.0, 25, 18, 20, 34]),
    },
    "evidence.log_sum_exp": {"log_terms": np.zeros((3, 2))},
    "evidence.lower_bound": {"log_joint": np.zeros((4, 2)), "q": HALVES},
    "evidence.kl_divergence": {"q": HALVES, "p": HALVES},
    "kmeans.assign": {"X": X, "centers": X[:2]},
    "kmeans.update": {"X": X, "labels": np.array([0, 1, 1, 0]), "centers": X[:2]},
    "kmeans.distortion": {"X": X, "labels": np.array([0, 1, 1, 0]), "centers": X[:2]},
    "kmeans.seeding_probabilities": {"X": X, "centers": X[:2]},
    "kmeans.seed": {"X": X, "n_clusters": 2, "rng": np.random.default_rng(0)},
    "kmeans.fit": {"X": X, "centers": X[:2]},
    **{
        f"selection.{name}": {"X": X, "params": MIXTURE, "structure": "full"}
        for name in ("aic", "bic", "icl")
    },
    "selection.n_parameters": {"params": MIXTURE, "structure": "full"},
    "acceleration.step_length": WALK,
    "acceleration.aitken": {**WALK, "step_length": -2.0},
    "acceleration.squarem": {**WALK, "step_length": -2.0},
    "climbers.unconstrain": MIXTURE._asdict(),
    "climbers.constrain": {"params": FREE},
    "climbers.gradient": {"X": X, "responsibilities": HALVES, "params": FREE},
    "climbers.acceptance": {
        "log_likelihoods": np.zeros(2),
        "proposed": np.array([1.0, -1.0]),
        "temperature": 2.0,
    },
    "climbers.recombine": {"offspring": X, **PARENTS, "step_size": 0.5},
}


def covariances(matrix):
    return {"params": MIXTURE._replace(covariances=np.array([np.eye(2), matrix]))}


BAD = [
    (
        "gaussian.cholesky",
        {"covariance": np.ones((2, 3))},
        r"covariance has shape \(2, 3\)",
    ),
    ("gaussian.cholesky", {"covariance": SINGULAR}, "covariance is not positive.*drop"),
    (
        "gaussian.cholesky",
        {"covariance": INDEFINITE},
        "covariance is not positive.*eigenvalue.* is -2,",
    ),
    (
        "gaussian.cholesky",
        {"covariance": -np.eye(2)},
        r"covariance\[0, 0\] is -1: .*positive",
    ),
    (
        "gaussian.cholesky",
        {"covariance": np.array([[1, 0.5], [0.4, 1]])},
        r"not symmetric.*\[0, 1",
    ),
    ("gaussian.cholesky", {"covariance": 1e-120 * np.eye(2)}, "rescale"),
    ("gaussian.cholesky", {"covariance": 1e101 * np.eye(2)}, "rescale"),
    ("gaussian.cholesky", {"covariance": 1e-101 * np.eye(2)}, "rescale"),
    (
        "gaussian.cholesky",
        {"covariance": [[1e-99, 1e250], [1e250, 1e-99]]},
        r"\[0, 1\].*rescale",
    ),
    (
        "gaussian.cholesky",
        {"covariance": [[1, 1 - 3e-13], [1 - 3e-13, 1]]},
        "not positive",
    ),
    (
        "gaussian.cholesky",
        {"covariance": [[1e-6, 1e-9], [0, 1e-6]]},
        r"\[0, 1\] is 1e-09.* is 0;",
    ),
    (
        "gaussian.log_density",
        {"params": GAUSSIAN._replace(mean=[0, 1e60])},
        r"mean\[1\].*rescale",
    ),
    ("gaussian.log_density", {"X": -1e60 * X}, r"X\[0, 0\] is -1e\+60.*rescale"),
    ("gaussian.log_density", {"X": 1e50 * X}, r"X\[0, 0\] is 1e\+50.*rescale"),
    ("gaussian.log_density", {"X": X.astype(object)}, "X holds object"),
    ("gaussian.log_density", {"X": np.ma.masked_less(X, 2)}, "X is masked: leave"),
    ("gaussian.fit", {"observation_weights": np.full(4, 1e60)}, "divide all weights"),
    ("gaussian.fit", {"observation_weights": np.full(4, 5e-324)}, "divide all weights"),
    (
        "gmm.e_step",
        {"params": MIXTURE._replace(means=[[0, 0], [1e60, 0]])},
        r"means\[1\]\[0\]",
    ),
    ("gmm.sample", {"n_samples": True}, "n_samples is True"),
    (
        "coins.e_step",
        {"params": coins.Params([0.5, 1 + 2.3e-16])},
        r"is 1\.0000000000000002: ",
    ),
    (
        "coins.e_step",
        {"counts": 1e60 * COUNTS},
        r"counts\[0, 0\].*too large for a count",
    ),
    (
        "coins.e_step",
        {"counts": np.array([[5.0, 0], [5, 5]]), "params": coins.Params([1.0, 1.0])},
        r"probability zero to counts\[1\]",
    ),
    ("linkage.e_step", {"params": linkage.Params(5e-324)}, "start strictly between"),
    ("linkage.e_step", {"counts": [1e60, 1, 1, 1]}, "too large for a count"),
    (
        "linkage.log_likelihood",
        {"counts": [5.0, 0, 3, 3], "params": linkage.Params(1.0)},
        "zero",
    ),
    (
        "linkage.m_step",
        {"expected_counts": [100.0, 25.0001, 18, 20, 34]},
        r"add up to counts\[0\]",
    ),
    (
        "evidence.log_sum_exp",
        {"log_terms": [[1e300, 0]]},
        r"log_terms\[0, 0\].*overflow",
    ),
    (
        "evidence.kl_divergence",
        {"p": HALVES[:3]},
        r"p has shape \(3, 2\), expected \(4, 2\)",
    ),
    ("gaussian.log_density", {"X": X[:, 0]}, r"X has shape \(4,\).*X\.reshape\(4, 1\)"),
    ("gaussian.log_density", {"X": 1e60 * X}, r"X\[0, 0\] is 1e\+60.*rescale"),
    (
        "gaussian.log_density",
        {"X": X[:, :1]},
        r"params\.mean has shape \(2,\), expected \(1,\)",
    ),
    (
        "gaussian.log_density",
        {"params": (0, 1)},
        r"params is a tuple: pass a gaussian\.Params",
    ),
    (
        "gaussian.fit",
        {"observation_weights": np.zeros(4)},
        "observation_weights are all zero",
    ),
    (
        "gaussian.fit",
        {"observation_weights": -np.ones(4)},
        r"observation_weights\[0\] is -1",
    ),
    (
        "gaussian.fit",
        {"observation_weights": np.ones(3)},
        r"observation_weights has shape \(3,\)",
    ),
    ("gmm.e_step", {"X": X.T}, r"params\.means has shape \(2, 2\), expected \(2, 4\)"),
    (
        "gmm.e_step",
        {"params": MIXTURE._replace(weights=[0.4, 0.5])},
        "sum to 0.9, not to 1: divide",
    ),
    (
        "gmm.e_step",
        {"params": MIXTURE._replace(weights=[0.0, 1.0])},
        r"weights\[0\] is 0.*leave out",
    ),
    (
        "gmm.e_step",
        {"params": MIXTURE._replace(weights=[-0.5, 1.5])},
        r"weights\[0\] is -0\.5",
    ),
    (
        "gmm.e_step",
        {"params": MIXTURE._replace(means=np.zeros((3, 2)))},
        r"expected \(2, 2\)",
    ),
    (
        "gmm.e_step",
        covariances(SINGULAR),
        r"params\.covariances\[1\] is not positive definite",
    ),
    (
        "gmm.e_step",
        covariances(np.tri(2)),
        r"params\.covariances\[1\] is not symmetric",
    ),
    ("gmm.e_step", {"params": list(MIXTURE)}, r"params is a list: pass a gmm\.Params"),
    (
        "gmm.log_likelihood",
        {"observation_weights": [1, 2, 3, -1]},
        r"observation_weights\[3\]",
    ),
    (
        "gmm.log_density",
        covariances(INDEFINITE),
        r"params\.covariances\[1\] is not positive",
    ),
    ("gmm.m_step", {"responsibilities": HALVES.T}, r"expected \(4, K\): transposed\?"),
    (
        "gmm.m_step",
        {"responsibilities": HALVES / 2},
        r"responsibilities\[0\] sums to 0\.5.*divide",
    ),
    ("gmm.m_step", {"responsibilities": HALVES + np.array([1, -1])}, "between 0 and 1"),
    (
        "gmm.m_step",
        {"responsibilities": np.full((4, 5), 0.2)},
        "K = 5 components for 4 obs.*at most",
    ),
    ("gmm.m_step", {"observation_weights": [1, 0, 0, 0]}, "K = 2 components for 1 obs"),
    (
        "gmm.m_step",
        {"structure": "spheric"},
        "structure is 'spheric': pass one of 'full', 'tied', 'diag', 'spherical'",
    ),
    ("gmm.m_step", {"structure": np.ones(2)}, "structure is array"),
    ("gmm.m_step", {"prior": (0, 1)}, r"prior is a tuple: pass a gmm\.Prior"),
    (
        "gmm.m_step",
        {"prior": PRIOR._replace(mean_strength=0.0)},
        r"prior\.mean_strength is 0: pass a number above 0",
    ),
    (
        "gmm.m_step",
        {"prior": PRIOR._replace(degrees=1)},
        r"prior\.degrees is 1: pass a number above D - 1 = 1",
    ),
    (
        "gmm.m_step",
        {"prior": PRIOR._replace(scatter=SINGULAR)},
        r"prior\.scatter is not positive definite",
    ),
    (
        "gmm.e_step",
        {"prior": PRIOR._replace(mean=np.zeros(3))},
        r"prior\.mean has shape \(3,\), expected \(2,\)",
    ),
    (
        "gmm.e_step",
        {"prior": PRIOR._replace(concentration=0.5)},
        r"prior\.concentration is 0\.5: pass 1 or more",
    ),
    (
        "gmm.log_prior",
        {"prior": PRIOR._replace(concentration=1e60)},
        r"prior\.concentration is 1e\+60: pass 1 or more, at most 1e\+49",
    ),
    ("gmm.log_prior", {"prior": None}, r"prior is a NoneType: pass a gmm\.Prior"),
    (
        "gmm.log_prior",
        {"prior": PRIOR._replace(mean=np.array([0, 1e60]))},
        r"prior\.mean\[1\] is 1e\+60.*rescale",
    ),
    ("gmm.log_prior", covariances(INDEFINITE), r"params\.covariances\[1\] is not pos"),
    (
        "gmm.project",
        {"scatters": np.ones((2, 2, 3))},
        r"scatters has shape \(2, 2, 3\): expected square matrices \(K, D, D\)",
    ),
    (
        "gmm.project",
        {"scatters": 1e100 * SCATTERS["scatters"]},
        r"scatters\[0, 0, 0\] is 1e\+100: too large.*rescale",
    ),
    (
        "gmm.project",
        {"counts": np.array([3.0, 0])},
        r"counts\[1\] is 0: an effective count must be positive; leave out",
    ),
    ("gmm.project", {"counts": np.array([-1.0, 2])}, r"counts\[0\] is -1: an eff"),
    ("gmm.project", {"counts": np.array([1e60, 2])}, r"counts\[0\] is 1e\+60: an eff"),
    (
        "gmm.project",
        {"counts": np.ones(3)},
        r"counts has shape \(3,\), expected \(2,\)",
    ),
    ("gmm.project", {"structure": None}, "structure is None: pass one of 'full'"),
    ("gmm.sample", {"n_samples": 0}, "n_samples is 0: pass a whole number"),
    ("gmm.sample", {"n_samples": 2.5}, r"n_samples is 2\.5"),
    ("gmm.sample", {"rng": 7}, "rng is a int: pass numpy.random.default_rng"),
    ("gmm.sample", covariances(SINGULAR), r"params\.covariances\[1\] is not positive"),
    (
        "coins.e_step",
        {"counts": COUNTS - 5},
        r"counts\[1, 1\] is -4: it must not be negative",
    ),
    (
        "coins.e_step",
        {"counts": COUNTS[:, :1]},
        r"counts has shape \(2, 1\), expected \(S, 2\)",
    ),
    (
        "coins.e_step",
        {"params": coins.Params([0.5, 1.2])},
        r"params\.biases\[1\] is 1\.2",
    ),
    (
        "coins.e_step",
        {"params": coins.Params([1.0, 1.0])},
        r"probability zero to counts\[0\].*start",
    ),
    ("coins.e_step", {"params": (0.6, 0.5)}, r"pass a coins\.Params"),
    (
        "coins.log_likelihood",
        {"params": coins.Params([0.0])},
        r"probability zero to counts\[0\]",
    ),
    (
        "coins.m_step",
        {"responsibilities": HALVES},
        r"responsibilities has shape \(4, 2\)",
    ),
    (
        "coins.m_step",
        {"responsibilities": HALVES[:2] / 2},
        "divide each row by its sum",
    ),
    (
        "linkage.e_step",
        {"counts": [1.0, 2, 3]},
        r"counts has shape \(3,\), expected \(4,\)",
    ),
    (
        "linkage.e_step",
        {"params": linkage.Params(0.0)},
        "theta is 0, .*start strictly between",
    ),
    (
        "linkage.e_step",
        {"params": linkage.Params(1.0)},
        "theta is 1, .*start strictly between",
    ),
    (
        "linkage.e_step",
        {"params": linkage.Params(1.5)},
        r"params\.theta is 1\.5: .*between 0 and 1",
    ),
    ("linkage.e_step", {"params": 0.5}, r"params is a float: pass a linkage\.Params"),
    (
        "linkage.log_likelihood",
        {"params": linkage.Params(-0.1)},
        r"params\.theta is -0\.1",
    ),
    (
        "linkage.m_step",
        {"expected_counts": [100.0, 20, 18, 20, 34]},
        r"add up to counts\[0\]",
    ),
    (
        "linkage.m_step",
        {"counts": [5.0, 0, 0, 0], "expected_counts": [5.0, 0, 0, 0, 0]},
        "cannot be",
    ),
    ("evidence.log_sum_exp", {"log_terms": [1.0, 2.0]}, r"log_terms has shape \(2,\)"),
    ("evidence.lower_bound", {"q": HALVES.T}, r"q has shape \(2, 4\).*transposed"),
    ("evidence.lower_bound", {"q": HALVES / 2}, r"q\[0\] sums to 0\.5"),
    ("evidence.kl_divergence", {"p": 2 * HALVES}, r"p\[0\] sums to 2"),
    (
        "evidence.kl_divergence",
        {"q": HALVES - np.array([1, -1])},
        r"q\[0, 0\] is -0\.5: .*between 0 and 1",
    ),
    ("kmeans.assign", {"X": X[:, 0]}, r"X has shape \(4,\).*X\.reshape\(4, 1\)"),
    (
        "kmeans.assign",
        {"centers": X[:2, :1]},
        r"centers has shape \(2, 1\), expected \(K, 2\)",
    ),
    (
        "kmeans.assign",
        {"centers": 1e60 * X},
        r"centers\[0, 0\] is 1e\+60: beyond 1e\+49.*rescale",
    ),
    ("kmeans.assign", {"X": 1e60 * X}, r"X\[0, 0\] is 1e\+60.*rescale"),
    (
        "kmeans.update",
        {"labels": np.array([0, 1, 2, 0])},
        r"labels\[2\] is 2: it must be a whole number from 0 to 1",
    ),
    ("kmeans.update", {"labels": [0, 1, 1, -1]}, r"labels\[3\] is -1: it must be"),
    ("kmeans.update", {"labels": [0, 0.5, 1, 0]}, r"labels\[1\] is 0\.5: it must be"),
    ("kmeans.update", {"labels": [0, 1, 1]}, r"labels has shape \(3,\), expected \(4,"),
    (
        "kmeans.update",
        {"labels": np.eye(2)[[0, 1, 1, 0]]},
        r"labels has shape \(4, 2\), expected \(4,\)",
    ),
    (
        "kmeans.update",
        {"centers": np.ones((5, 2))},
        "centers asks for 5 clusters of 4 observations: use at most",
    ),
    (
        "kmeans.distortion",
        {"labels": [1, 2, 2, 1]},
        r"labels\[1\] is 2: it must be a whole number from 0 to 1",
    ),
    (
        "kmeans.distortion",
        {"centers": np.ones((5, 2))},
        "centers asks for 5 clusters of 4 observations: use at most",
    ),
    (
        "kmeans.seeding_probabilities",
        {"centers": X},
        "X has only 4 different observations, .*use at most 4 clusters",
    ),
    (
        "kmeans.seeding_probabilities",
        {"X": X[[0, 1, 0, 1]]},
        "X has only 2 different observations, .*use at most 2 clusters",
    ),
    ("kmeans.seed", {"n_clusters": 0}, "n_clusters is 0: pass a whole number"),
    ("kmeans.seed", {"n_clusters": 2.5}, r"n_clusters is 2\.5: pass a whole number"),
    ("kmeans.seed", {"n_clusters": True}, "n_clusters is True"),
    (
        "kmeans.seed",
        {"n_clusters": 5},
        "n_clusters asks for 5 clusters of 4 observations: use at most",
    ),
    (
        "kmeans.seed",
        {"X": X[[0, 1, 0, 1]], "n_clusters": 3},
        "X has only 2 different observations, .*use at most 2 clusters",
    ),
    ("kmeans.seed", {"rng": 7}, r"rng is a int: pass numpy\.random\.default_rng"),
    (
        "kmeans.seed",
        {"rng": np.random},
        r"rng is a module: pass numpy\.random\.default_rng",
    ),
    ("kmeans.fit", {"max_iter": 0}, "max_iter is 0: pass a whole number, at least 1"),
    ("kmeans.fit", {"max_iter": 1.5}, r"max_iter is 1\.5: pass a whole number"),
    (
        "kmeans.fit",
        {"centers": np.ones((5, 2))},
        "centers asks for 5 clusters of 4 observations: use at most",
    ),
    (
        "acceleration.step_length",
        {"between": np.ones(3)},
        r"between has shape \(3,\), expected \(2,\)",
    ),
    (
        "acceleration.step_length",
        {"after": np.array([1.0, 1e60])},
        r"after\[1\] is 1e\+60: .*rescale",
    ),
    (
        "acceleration.aitken",
        {"after": np.ones(1)},
        r"after has shape \(1,\), expected \(2,\)",
    ),
    (
        "acceleration.aitken",
        {"step_length": -0.5},
        r"step_length is -0\.5: it must be at most -1, which leads to `after`",
    ),
    ("acceleration.aitken", {"step_length": np.nan}, "step_length is nan: give a fini"),
    ("acceleration.squarem", {"step_length": 2.0}, "step_length is 2: it must be at m"),
    (
        "acceleration.squarem",
        {"step_length": -np.inf},
        "step_length is -inf: give a finite number",
    ),
    (
        "acceleration.squarem",
        {"step_length": -1e60},
        r"step_length is -1e\+60: .*at least -1e\+49",
    ),
    (
        "acceleration.squarem",
        {"step_length": np.array([-2.0])},
        r"step_length has shape \(1,\), expected \(\)",
    ),
    (
        "selection.n_parameters",
        {"structure": "round"},
        "structure is 'round': pass one of 'full', 'tied', 'diag', 'spherical'",
    ),
    (
        "selection.n_parameters",
        covariances(2 * np.eye(2)) | {"structure": "tied"},
        r"covariances\[1\]\[0, 0\] is 2, and for .* 'tied' it would have to be 1: pass the",
    ),
    (
        "selection.aic",
        covariances(np.array([[1, 0.5], [0.5, 1]])) | {"structure": "diag"},
        r"covariances\[1\]\[0, 1\] is 0\.5, and for .* 'diag' it would have to be 0: pass",
    ),
    (
        "selection.bic",
        covariances(np.array([[1, 0.5], [0.5, 1]])) | {"structure": "spherical"},
        r"covariances\[1\]\[0, 1\] is 0\.5, and for .* 'spherical'",
    ),
    (
        "selection.bic",
        covariances(np.diag([1.0, 2])) | {"structure": "spherical"},
        r"covariances\[1\]\[1, 1\] is 2, and for .* 'spherical' it would have to be 1",
    ),
    (
        "selection.icl",
        {"X": X[:, :1]},
        r"params.means has shape \(2, 2\), expected \(2, 1\)",
    ),
    ("selection.icl", {"structure": None}, "structure is None: pass one of"),
    ("selection.aic", {"X": 1e60 * X}, r"X\[0, 0\] is 1e\+60: .*rescale"),
    (
        "climbers.unconstrain",
        {"weights": [0.4, 0.5]},
        "weights sum to 0.9, not to 1: divide",
    ),
    (
        "climbers.unconstrain",
        {"means": np.zeros((3, 2))},
        r"means has shape \(3, 2\), expected \(2, D\)",
    ),
    (
        "climbers.unconstrain",
        {"covariances": np.array([np.eye(2), SINGULAR])},
        r"covariances\[1\] is not positive definite",
    ),
    ("climbers.constrain", {"params": MIXTURE}, r"pass a climbers\.Params"),
    (
        "climbers.constrain",
        {"params": FREE._replace(factors=np.ones((2, 2, 2)))},
        r"factors\[0, 0, 1\] is 1: a factor is lower triangular",
    ),
    (
        "climbers.constrain",
        {"params": FREE._replace(factors=np.array([np.eye(2), 200 * np.eye(2)]))},
        r"factors\[1, 0, 0\] is 200: .*logarithm.*at most 115",
    ),
    (
        "climbers.constrain",
        {"params": FREE._replace(logits=[0, -1e60])},
        r"logits\[1\] is -1e\+60",
    ),
    (
        "climbers.gradient",
        {"responsibilities": HALVES / 2},
        r"responsibilities\[0\] sums to 0\.5",
    ),
    (
        "climbers.gradient",
        {"X": X[:, :1]},
        r"params\.means has shape \(2, 2\), expected \(2, 1\)",
    ),
    (
        "climbers.gradient",
        {"responsibilities": np.ones((4, 1))},
        r"responsibilities has shape \(4, 1\), expected \(4, 2\)",
    ),
    (
        "climbers.acceptance",
        {"temperature": 0.0},
        "temperature is 0: it must be positive",
    ),
    (
        "climbers.acceptance",
        {"temperature": -1.0},
        "temperature is -1: it must be positive",
    ),
    (
        "climbers.acceptance",
        {"temperature": np.inf},
        "temperature is inf: give a finite",
    ),
    (
        "climbers.acceptance",
        {"log_likelihoods": [0, -np.inf]},
        r"log_likelihoods\[1\] is -inf: give a finite",
    ),
    ("climbers.acceptance", {"proposed": [0, 1e60]}, r"proposed\[1\] is 1e\+60"),
    (
        "climbers.acceptance",
        {"proposed": [0.0]},
        r"proposed has shape \(1,\), expected \(2,\)",
    ),
    ("climbers.recombine", {"offspring": X[:1]}, "offspring has M = 1 row: draw at le"),
    (
        "climbers.recombine",
        {"mean": np.zeros(3)},
        r"mean has shape \(3,\), expected \(2,\)",
    ),
    ("climbers.recombine", {"covariance": INDEFINITE}, "covariance is not positive"),
    ("climbers.recombine", {"path": [0, 1e60]}, r"path\[1\] is 1e\+60"),
    ("climbers.recombine", {"step_size": 0.0}, "step_size is 0: it must be positive"),
]


def test_the_table_covers_every_function():
    assert (
        {name for name, _, _ in BAD} == {".".join(pair) for pair in TWINS} == set(SOUND)
    )


@pytest.mark.parametrize("name", SOUND)
def test_the_sound_arguments_are_accepted(name):
    for twin in pair(*name.split(".")):
        twin(**SOUND[name])


# Odd, and right all the same: a check that refused these would be too strict.
ODD = [
    (
        "gaussian.cholesky",
        {"covariance": np.diag([1e-20, 1.0])},
    ),  # units differ, no more
    ("gaussian.cholesky", {"covariance": [[1, 1 - 1e-12], [1 - 1e-12, 1]]}),
    ("gaussian.fit", {"X": 1e-4 * X + 1e8}),
    ("gaussian.fit", {"X": X.astype(np.float32)}),
    ("gaussian.fit", {"X": np.asfortranarray(X)[::-1]}),
    ("gaussian.log_density", {"X": X.astype(int)}),
    ("gmm.e_step", {"params": MIXTURE._replace(weights=[0.4, 0.6 + 1e-9])}),
    ("gmm.e_step", {"params": gmm.Params([1.0], [[0, 0]], [[[1, 0], [0, 1]]])}),
    ("gmm.m_step", {"responsibilities": HALVES + np.array([1e-12, -1e-12])}),
    (
        "gmm.m_step",
        {"responsibilities": np.eye(2)[[0, 0, 1, 1]] * (1 + 2.3e-16), "X": X[:, :1]},
    ),
    ("gmm.m_step", {"prior": PRIOR._replace(concentration=1, degrees=1.001)}),
    ("gmm.e_step", {"prior": PRIOR._replace(mean=[0, 0], scatter=[[1, 0], [0, 1]])}),
    ("gmm.log_prior", {"prior": PRIOR._replace(mean_strength=1e-300)}),
    ("gmm.project", {"scatters": np.zeros((2, 2, 2))}),  # of one observation each
    ("gmm.project", {"counts": [3, 5], "structure": "tied"}),
    ("coins.m_step", {"counts": np.array([[0.25, 0.25]]), "responsibilities": [[1.0]]}),
    (
        "coins.e_step",
        {"counts": np.array([[5.0, 0]]), "params": coins.Params([1.0, 0.5])},
    ),
    ("coins.e_step", {"counts": np.array([[0.0, 0]])}),
    (
        "linkage.e_step",
        {"counts": np.array([5.0, 0, 0, 3]), "params": linkage.Params(1.0)},
    ),
    (
        "linkage.e_step",
        {"counts": np.array([5.0, 2, 0, 0]), "params": linkage.Params(0.0)},
    ),
    (
        "kmeans.assign",
        {"centers": np.ones((5, 2))},
    ),  # equal, and more than observations
    ("kmeans.assign", {"X": X.astype(int), "centers": X[:1].tolist()}),
    ("kmeans.update", {"labels": [0.0, 1.0, 1.0, 0.0]}),  # whole, though not integers
    ("kmeans.update", {"labels": np.array([0, 1, 1, 0], dtype=np.uint8)}),
    ("kmeans.update", {"labels": np.array([False, True, True, False])}),
    ("kmeans.update", {"labels": [1, 1, 1, 1]}),
    ("kmeans.update", {"X": np.ones((4, 2)), "labels": [0, 0, 0, 0]}),
    ("kmeans.update", {"centers": X[[0, 0, 1, 2]]}),  # as many as observations
    ("kmeans.distortion", {"labels": [0, 0, 0, 0], "centers": X[[0, 0]]}),
    ("kmeans.seeding_probabilities", {"X": X[:1], "centers": np.zeros((3, 2))}),
    ("kmeans.seeding_probabilities", {"X": X[[0, 0, 0]], "centers": X[1:2]}),
    ("kmeans.seed", {"X": X[:1], "n_clusters": np.int64(1)}),
    ("kmeans.fit", {"centers": X, "max_iter": np.int64(1)}),
    ("kmeans.fit", {"X": X[[0, 0, 0, 0]], "centers": X[[0, 1]]}),
    ("acceleration.step_length", {"before": [0, 0], "between": [1, 1]}),
    ("acceleration.step_length", {"before": np.ones(2)}),  # no step at all
    ("acceleration.aitken", {"step_length": -1}),
    ("acceleration.squarem", {"step_length": np.float32(-1e6)}),
    ("selection.n_parameters", {"structure": "spherical"}),
    ("selection.aic", {"structure": "tied"}),
    ("selection.bic", {"X": X.astype(int), "structure": "diag"}),
    (
        "selection.bic",  # diagonal to half of the digits
        covariances(np.array([[1, 1e-9], [1e-9, 1]])) | {"structure": "diag"},
    ),
    ("selection.icl", {"X": 100 * X}),
    ("climbers.unconstrain", {"weights": [0.4, 0.6 + 1e-9]}),
    ("climbers.constrain", {"params": FREE._replace(logits=[1e4, 0])}),
    (
        "climbers.constrain",
        {
            "params": FREE._replace(
                logits=[7, 7], means=[[0], [1]], factors=[[[0]], [[1]]]
            )
        },
    ),
    ("climbers.gradient", {"X": X.astype(int), "responsibilities": HALVES.tolist()}),
    ("climbers.gradient", {"X": X[:1], "responsibilities": [[0, 1]]}),
    ("climbers.acceptance", {"proposed": [-np.inf, 0]}),
    ("climbers.acceptance", {"proposed": [1e40, -1e40], "temperature": 1e-40}),
    ("climbers.recombine", {"offspring": X[:2], "path": [0, 0]}),
    ("climbers.recombine", {"offspring": X.astype(int), "step_size": 3}),
]


@pytest.mark.parametrize(("name", "change"), ODD)
def test_odd_arguments_are_accepted_alike(name, change):
    results = [
        np.concatenate(
            [np.ravel(part) for part in flat(twin(**{**SOUND[name], **change}))]
        )
        for twin in pair(*name.split("."))
    ]
    assert np.isfinite(results[0]).all()
    np.testing.assert_allclose(*results, rtol=1e-6, atol=1e-12)


def flat(result):
    return result if isinstance(result, tuple) else (result,)


def test_a_component_with_little_is_not_empty():
    gamma = np.column_stack(
        [[1e-4, 2e-4, 1e-4, 3e-4], 1 - np.array([1e-4, 2e-4, 1e-4, 3e-4])]
    )
    for side in (gmm.naive, gmm.vectorized):
        assert side.m_step(X, gamma).weights[0] == pytest.approx(1.75e-4)


@pytest.mark.parametrize(("name", "change", "message"), BAD)
def test_bad_input_is_explained_alike(name, change, message):
    errors = []
    for twin in pair(*name.split(".")):
        with pytest.raises(ValueError, match=message) as caught:
            twin(**{**SOUND[name], **change})
        errors.append(str(caught.value))
    assert errors[0] == errors[1]


# Numerical failures: the input is sound, the estimate does not exist.
MANY = np.full((8000, 1), 0.3)  # summing these rounds always to the same side
TWO_HEAPS = np.concatenate([np.full((5000, 1), 0.7), np.arange(1.0, 51).reshape(50, 1)])
IN_HEAPS = np.eye(2)[np.repeat([0, 1], [5000, 50])]
DEGENERATE = [
    ("gaussian.fit", {"X": MANY}, "the Gaussian has collapsed: feature 0"),
    (
        "gmm.m_step",
        {"X": TWO_HEAPS, "responsibilities": IN_HEAPS},
        "component 0 has collapsed: feature 0",
    ),
    (
        "gmm.m_step",
        {"responsibilities": np.eye(2)[[0, 0, 0, 0]]},
        "component 1 is empty.*fewer",
    ),
    (
        "gmm.m_step",
        {"responsibilities": np.eye(2)[[0, 0, 0, 1]]},
        "component 1 has collapsed",
    ),
    ("gmm.m_step", {"X": np.ones((4, 2))}, "component 0 has collapsed: feature 0"),
    (
        "gmm.m_step",
        {"X": np.ones((4, 2)) + 1e8},
        "component 0 has collapsed: feature 0",
    ),
    (
        "gmm.m_step",
        {"X": X[:, [0, 0]]},
        "component 0 has collapsed: its observations lie",
    ),
    (
        "gmm.m_step",
        {"X": X[:, [0, 0]] / 3 + 1e8},
        "component 0 has collapsed: its observations",
    ),
    (
        "gaussian.fit",
        {"X": X[:1]},
        "the Gaussian has collapsed: feature 0.*more observations",
    ),
    ("gaussian.fit", {"X": X[:2]}, "the Gaussian has collapsed: its observations lie"),
    (
        "coins.m_step",
        {"responsibilities": np.eye(2)[[0, 0]]},
        "coin 1 is empty.*fewer coins",
    ),
]


@pytest.mark.parametrize(("name", "change", "message"), DEGENERATE)
def test_a_degenerate_estimate_is_explained_alike(name, change, message):
    errors = []
    for twin in pair(*name.split(".")):
        with pytest.raises(em.DegenerateComponent, match=message) as caught:
            twin(**{**SOUND[name], **change})
        errors.append(str(caught.value))
    assert errors[0] == errors[1]


@pytest.mark.parametrize("side", ["naive", "vectorized"])
def test_a_small_component_beside_a_far_one_has_not_collapsed(side):
    """How finely a component is resolved depends on its own observations, not on others'."""
    near = 1e-7 * np.random.default_rng(0).standard_normal((20, 1))
    data = np.concatenate([near, 1e8 + 1e3 * near / 1e-7])
    params = getattr(gmm, side).m_step(data, np.eye(2)[np.repeat([0, 1], 20)])
    assert params.covariances[0, 0, 0] == pytest.approx(near.var(), rel=1e-6)
