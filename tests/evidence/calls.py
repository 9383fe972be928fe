"""Sound calls, and ways to spoil them."""

import numpy as np

HALVES = np.full((4, 2), 0.5)
SOUND = {
    "log_sum_exp": {"log_terms": np.zeros((3, 2))},
    "lower_bound": {"log_joint": np.zeros((4, 2)), "q": HALVES},
    "kl_divergence": {"q": HALVES, "p": HALVES},
}

# A function, what is replaced in its sound call, and what the message must say.
BAD = [
    ("log_sum_exp", {"log_terms": [[1e300, 0]]}, r"log_terms\[0, 0\].*overflow"),
    ("kl_divergence", {"p": HALVES[:3]}, r"p has shape \(3, 2\), expected \(4, 2\)"),
    ("log_sum_exp", {"log_terms": [1.0, 2.0]}, r"log_terms has shape \(2,\)"),
    ("lower_bound", {"q": HALVES.T}, r"q has shape \(2, 4\).*transposed"),
    ("lower_bound", {"q": HALVES / 2}, r"q\[0\] sums to 0\.5"),
    ("kl_divergence", {"p": 2 * HALVES}, r"p\[0\] sums to 2"),
    (
        "kl_divergence",
        {"q": HALVES - np.array([1, -1])},
        r"q\[0, 0\] is -0\.5: .*between 0 and 1",
    ),
]
