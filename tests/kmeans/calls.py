"""Sound calls, and ways to spoil them."""

import numpy as np

X = np.array([[1.0, 2.0], [3.0, 5.0], [4.0, 1.0], [0.0, 2.0]])
SOUND = {
    "assign": {"X": X, "centers": X[:2]},
    "update": {"X": X, "labels": np.array([0, 1, 1, 0]), "centers": X[:2]},
    "distortion": {"X": X, "labels": np.array([0, 1, 1, 0]), "centers": X[:2]},
    "seeding_probabilities": {"X": X, "centers": X[:2]},
    "seed": {"X": X, "n_clusters": 2, "rng": np.random.default_rng(0)},
    "fit": {"X": X, "centers": X[:2]},
}

# A function, what is replaced in its sound call, and what the message must say.
BAD = [
    ("assign", {"X": X[:, 0]}, r"X has shape \(4,\).*X\.reshape\(4, 1\)"),
    (
        "assign",
        {"centers": X[:2, :1]},
        r"centers has shape \(2, 1\), expected \(K, 2\)",
    ),
    (
        "assign",
        {"centers": 1e60 * X},
        r"centers\[0, 0\] is 1e\+60: beyond 1e\+49.*rescale",
    ),
    ("assign", {"X": 1e60 * X}, r"X\[0, 0\] is 1e\+60.*rescale"),
    (
        "update",
        {"labels": np.array([0, 1, 2, 0])},
        r"labels\[2\] is 2: it must be a whole number from 0 to 1",
    ),
    ("update", {"labels": [0, 1, 1, -1]}, r"labels\[3\] is -1: it must be"),
    ("update", {"labels": [0, 0.5, 1, 0]}, r"labels\[1\] is 0\.5: it must be"),
    ("update", {"labels": [0, 1, 1]}, r"labels has shape \(3,\), expected \(4,"),
    (
        "update",
        {"labels": np.eye(2)[[0, 1, 1, 0]]},
        r"labels has shape \(4, 2\), expected \(4,\)",
    ),
    (
        "update",
        {"centers": np.ones((5, 2))},
        "centers asks for 5 clusters from 4 observations: use at most",
    ),
    (
        "distortion",
        {"labels": [1, 2, 2, 1]},
        r"labels\[1\] is 2: it must be a whole number from 0 to 1",
    ),
    (
        "distortion",
        {"centers": np.ones((5, 2))},
        "centers asks for 5 clusters from 4 observations: use at most",
    ),
    (
        "seeding_probabilities",
        {"centers": X},
        "X has only 4 different observations, .*use at most 4 clusters",
    ),
    (
        "seeding_probabilities",
        {"X": X[[0, 1, 0, 1]]},
        "X has only 2 different observations, .*use at most 2 clusters",
    ),
    ("seed", {"n_clusters": 0}, "n_clusters is 0: pass a whole number"),
    ("seed", {"n_clusters": 2.5}, r"n_clusters is 2\.5: pass a whole number"),
    ("seed", {"n_clusters": True}, "n_clusters is True"),
    (
        "seed",
        {"n_clusters": 5},
        "n_clusters asks for 5 clusters from 4 observations: use at most",
    ),
    (
        "seed",
        {"X": X[[0, 1, 0, 1]], "n_clusters": 3},
        "X has only 2 different observations, .*use at most 2 clusters",
    ),
    ("seed", {"rng": 7}, r"rng is a int: pass numpy\.random\.default_rng"),
    ("seed", {"rng": np.random}, r"rng is a module: pass numpy\.random\.default_rng"),
    ("fit", {"max_iter": 0}, "max_iter is 0: pass a whole number, at least 1"),
    ("fit", {"max_iter": 1.5}, r"max_iter is 1\.5: pass a whole number"),
    (
        "fit",
        {"centers": np.ones((5, 2))},
        "centers asks for 5 clusters from 4 observations: use at most",
    ),
]

# Odd, and right all the same: a check that refused these would be too strict.
ODD = [
    ("assign", {"centers": np.ones((5, 2))}),  # equal, and more than observations
    ("assign", {"X": X.astype(int), "centers": X[:1].tolist()}),
    ("update", {"labels": [0.0, 1.0, 1.0, 0.0]}),  # whole, though not integers
    ("update", {"labels": np.array([0, 1, 1, 0], dtype=np.uint8)}),
    ("update", {"labels": np.array([False, True, True, False])}),
    ("update", {"labels": [1, 1, 1, 1]}),
    ("update", {"X": np.ones((4, 2)), "labels": [0, 0, 0, 0]}),
    ("update", {"centers": X[[0, 0, 1, 2]]}),  # as many as observations
    ("distortion", {"labels": [0, 0, 0, 0], "centers": X[[0, 0]]}),
    ("seeding_probabilities", {"X": X[:1], "centers": np.zeros((3, 2))}),
    ("seeding_probabilities", {"X": X[[0, 0, 0]], "centers": X[1:2]}),
    ("seed", {"X": X[:1], "n_clusters": np.int64(1)}),
    ("fit", {"centers": X, "max_iter": np.int64(1)}),
    ("fit", {"X": X[[0, 0, 0, 0]], "centers": X[[0, 1]]}),
]
