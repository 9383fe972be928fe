"""What no drawn problem has: q and p zero in one place, a row of very different logarithms."""

import numpy as np

Q, P = np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]]), np.array([[0.2, 0.8, 0.0]] * 2)
LOGARITHMS = np.array([[0.0, 3e3], [-3e3, 0.0], [1e4, -np.inf], [-np.inf, -np.inf]])
BY_HAND = {
    "evidence.kl_divergence": [{"q": Q, "p": P}, {"q": P, "p": Q}],
    "evidence.lower_bound": [{"log_joint": LOGARITHMS, "q": np.eye(2)[[1, 1, 0, 0]]}],
    "evidence.log_sum_exp": [{"log_terms": row[None]} for row in LOGARITHMS],
}
