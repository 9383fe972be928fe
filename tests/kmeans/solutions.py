"""Right solutions as readers might write them, in three styles."""

import math

import numpy as np

from tests.solving import solution

# --- assign ---------------------------------------------------------------------------------------


@solution("kmeans.assign", "loops")
def nearest_loops(X, centers):
    labels = []
    for x in X:
        best, shortest = 0, math.inf
        for k, c in enumerate(centers):
            distance = sum(
                (float(a) - float(b)) ** 2 for a, b in zip(x, c, strict=True)
            )
            if distance < shortest:
                best, shortest = k, distance
        labels.append(best)
    return np.array(labels)


@solution("kmeans.assign", "broadcasting")
def nearest_broadcasting(X, mu):
    return np.linalg.norm(X[:, None, :] - mu[None, :, :], axis=2).argmin(axis=1)


@solution("kmeans.assign", "einsum")
def nearest_einsum(data, centers):
    middle = centers.mean(axis=0)
    x, c = data - middle, centers - middle
    squares = np.einsum("kd,kd->k", c, c)
    return np.argmin(squares - 2 * np.einsum("nd,kd->nk", x, c), axis=1)


# --- update ---------------------------------------------------------------------------------------


@solution("kmeans.update", "loops")
def means_loops(X, labels, centers):
    members = [
        [n for n in range(len(X)) if labels[n] == k] for k in range(len(centers))
    ]
    for k in range(len(centers)):
        if members[k]:
            continue
        best, farthest, home = 0.0, None, None
        for j in range(len(centers)):
            for n in members[j] if len(members[j]) > 1 else []:
                distance = float(((X[n] - centers[j]) ** 2).sum())
                if distance > best or (distance == best and best > 0 and n < farthest):
                    best, farthest, home = distance, n, j
        if farthest is not None:
            members[home].remove(farthest)
            members[k].append(farthest)
    rows = [
        [math.fsum(float(X[n][i]) for n in own) / len(own) for i in range(len(X[0]))]
        if own
        else list(map(float, centers[k]))
        for k, own in enumerate(members)
    ]
    return np.array(rows)


@solution("kmeans.update", "broadcasting")
def means_broadcasting(X, labels, mu):
    belongs = labels[:, None] == np.arange(len(mu))  # (N, K)
    for k in np.flatnonzero(~belongs.any(axis=0)):
        own = mu[belongs.argmax(axis=1)]
        far = ((X - own) ** 2).sum(axis=1)
        far = np.where((belongs * belongs.sum(axis=0)).sum(axis=1) > 1, far, 0.0)
        if far.max() > 0:
            belongs[far.argmax()] = np.arange(len(mu)) == k
    counts = belongs.sum(axis=0)[:, None]
    sums = np.where(belongs[:, :, None], X[:, None, :], 0.0).sum(axis=0)
    return np.where(counts > 0, sums / np.maximum(counts, 1), mu)


@solution("kmeans.update", "einsum")
def means_einsum(X, z, centers):
    one_hot = np.eye(len(centers))[z]
    for k in range(len(centers)):
        counts = np.einsum("nk->k", one_hot)
        if counts[k] > 0:
            continue
        apart = X - np.einsum("nk,kd->nd", one_hot, centers)
        far = np.einsum("nd,nd->n", apart, apart)
        far[np.einsum("nk,k->n", one_hot, counts) < 2] = 0
        if far.any():
            one_hot[np.argmax(far)] = np.eye(len(centers))[k]
    counts = np.einsum("nk->k", one_hot)
    means = np.einsum("nk,nd->kd", one_hot, X) / np.where(counts, counts, 1)[:, None]
    means[counts == 0] = centers[counts == 0]
    return means


# --- distortion -----------------------------------------------------------------------------------


@solution("kmeans.distortion", "loops")
def distortion_loops(X, labels, centers):
    return math.fsum(
        float(X[n][i] - centers[labels[n]][i]) ** 2
        for n in range(len(X))
        for i in range(len(X[0]))
    )


@solution("kmeans.distortion", "broadcasting")
def distortion_by_cluster(X, labels, mu):
    return sum(((X[labels == k] - mu[k]) ** 2).sum() for k in range(len(mu)))


@solution("kmeans.distortion", "einsum")
def distortion_einsum(X, z, mu):
    apart = X - np.take(mu, z, axis=0)
    return float(np.einsum("nd,nd->", apart, apart))


# --- seeding_probabilities ------------------------------------------------------------------------


@solution("kmeans.seeding_probabilities", "loops")
def seeding_loops(X, centers):
    weights = []
    for x in X:
        weights.append(min(math.dist(x, c) for c in centers) ** 2)
    return np.array([w / math.fsum(weights) for w in weights])


@solution("kmeans.seeding_probabilities", "broadcasting")
def seeding_broadcasting(X, centers):
    d2 = ((X[:, None, :] - centers) ** 2).sum(axis=-1).min(axis=-1)
    return d2 / d2.sum()


@solution("kmeans.seeding_probabilities", "einsum")
def seeding_einsum(X, mu):
    apart = X[:, None, :] - mu[None, :, :]
    nearest = np.amin(np.einsum("nkd,nkd->nk", apart, apart), axis=1)
    return nearest / np.einsum("n->", nearest)


# --- seed -----------------------------------------------------------------------------------------


@solution("kmeans.seed", "loops")
def seed_loops(X, n_clusters, rng):
    chosen = [X[rng.integers(len(X))]]
    while len(chosen) < n_clusters:
        weights = [min(math.dist(x, c) for c in chosen) ** 2 for x in X]
        left = rng.uniform(0, sum(weights))
        for x, weight in zip(X, weights, strict=True):  # noqa: B007
            left -= weight
            if left < 0:
                break
        chosen.append(x)
    return np.array(chosen)


@solution("kmeans.seed", "broadcasting")
def seed_by_choice(X, n_clusters, rng):
    chosen = [rng.choice(len(X))]
    for _ in range(1, n_clusters):
        d2 = ((X[:, None] - X[chosen]) ** 2).sum(axis=2).min(axis=1)
        chosen.append(rng.choice(len(X), p=d2 / d2.sum()))
    return X[chosen]


@solution("kmeans.seed", "einsum")
def seed_by_exponential_clocks(X, n_clusters, rng):
    # The clock with rate w rings first with probability w / sum(w).
    rates, chosen = np.ones(len(X)), []
    for _ in range(n_clusters):
        with np.errstate(divide="ignore"):
            chosen.append(np.argmin(rng.exponential(size=len(X)) / rates))
        apart = X[:, None, :] - X[chosen]
        rates = np.einsum("nkd,nkd->nk", apart, apart).min(axis=1)
        rates /= rates.max() or 1.0
    return X[chosen]


# --- fit ------------------------------------------------------------------------------------------


def lloyd(assign, update, distortion):
    """Lloyd's algorithm from its parts."""

    def fit(X, centers, max_iter=300):
        labels = assign(X, centers)
        for n_iter in range(1, max_iter + 1):  # noqa: B007
            centers = update(X, labels, centers)
            new = assign(X, centers)
            if np.array_equal(labels, new):
                break
            labels = new
        return centers, new, float(distortion(X, new, centers)), n_iter

    return fit


solution("kmeans.fit", "loops")(lloyd(nearest_loops, means_loops, distortion_loops))
solution("kmeans.fit", "broadcasting")(
    lloyd(nearest_broadcasting, means_broadcasting, distortion_by_cluster)
)
solution("kmeans.fit", "einsum")(lloyd(nearest_einsum, means_einsum, distortion_einsum))
