"""What several mistakes in k-means are made with."""

import numpy as np

ALONE = {"X": np.array([[2.0, 3]]), "centers": np.array([[0.0, 1]])}


def squared_distances(X, centers):
    """From each observation to each center, (N, K)."""
    return np.square(X[:, None, :] - centers).sum(axis=2)


def own_distances(X, labels, centers):
    """The squared distance of each observation from its own center, (N,)."""
    return np.square(X - centers[labels]).sum(axis=1)


def handed_over(X, labels, centers, distances=own_distances):
    """The labels, after each center without observations has taken over the farthest."""
    labels, K = labels.copy(), len(centers)
    for k in range(K):
        counts = np.bincount(labels, minlength=K)
        if counts[k] == 0:
            far = distances(X, labels, centers)
            far = np.where(counts[labels] > 1, far, -1.0)
            if far.max() > 0:
                labels[far.argmax()] = k
    return labels


def averages(X, labels, centers, average=np.mean):
    """The average of the observations of each center; one that has none stays."""
    return np.array(
        [
            average(X[labels == k], axis=0) if (labels == k).any() else centers[k]
            for k in range(len(centers))
        ]
    )
