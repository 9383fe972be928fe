"""Wrong solutions, and what must be said of them."""

from emlib import gaussian

# A function, a wrong solution of it, and what must be said of that.
WRONG = [
    (
        "cholesky",
        lambda covariance: gaussian.vectorized.cholesky(covariance).T,
        "it is the transpose of what it should be",
    ),
]

# The results that the book teaches: each has at least five known mistakes.
TAUGHT = [
    ("log_density", "result"),
]
