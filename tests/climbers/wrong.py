"""The results that have known mistakes."""

# The results that the book teaches: each has at least five known mistakes.
TAUGHT = [
    ("constrain", "weights"),
    ("constrain", "covariances"),
    ("gradient", "logits"),
    ("gradient", "means"),
    ("gradient", "factors"),
    ("acceptance", "result"),
]
