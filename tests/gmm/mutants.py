"""Whether a mutant of `gmm.sample` draws from another distribution."""

import numpy as np

from emlib.problems import Setting, draw

N_CALLS = 1000
SIGMAS = 5


def samples_differ(sample):
    """Whether draws are distributed otherwise: from the same seed others may come.

    Standardised by their own component, they are independent standard normal numbers, and
    independent of the components. Few rows a call, so that the first and the last one count.
    """
    for seed, (N, D, K) in enumerate(((1, 2, 4), (4, 3, 2), (3, 1, 3))):
        rng = np.random.default_rng(seed)
        params = draw("gmm.sample", rng, Setting(D=D, K=K)).arguments["params"]
        share, means, covariances = params
        X, components = np.empty((N_CALLS, N, D)), np.empty((N_CALLS, N), dtype=int)
        try:
            for i in range(N_CALLS):
                X[i], components[i] = sample(params, N, rng)
            apart = X - means[components]
        except Exception:
            return True
        whiten = np.linalg.inv(np.linalg.cholesky(covariances))[components]
        z = np.einsum("cnij,cnj->cni", whiten, apart).reshape(N_CALLS, -1)
        picked = (components[..., None] == np.arange(K)) - share  # (N_CALLS, N, K)
        picked = picked.reshape(N_CALLS, -1)
        # Of means of N_CALLS numbers: a variance is at most 1/4, 1 and 2 before.
        for numbers, deviation in (
            (picked, 1 / 2),
            (z, 1),
            (z[:, :, None] * picked[:, None, :], 1 / 2),
            (z[:, :, None] * z[:, None, :] - np.eye(N * D), np.sqrt(2)),
        ):
            allowed = SIGMAS * deviation / np.sqrt(N_CALLS)
            if not (np.abs(numbers.mean(axis=0)) <= allowed).all():
                return True
    return False


DRAWS_DIFFER = {"gmm.sample": samples_differ}
