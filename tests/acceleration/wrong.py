"""Wrong solutions, and what must be said of them."""

from emlib import acceleration


def first_parameter_twice(before, between, after, step_length):
    leap = acceleration.vectorized.squarem(before, between, after, step_length)
    leap[0] = before[0]
    return leap


# A function, a wrong solution of it, and what must be said of that.
WRONG = [
    (
        "step_length",
        lambda *points: -acceleration.vectorized.step_length(*points),
        "it is at most -1, which leads to `after`",
    ),
    (
        "squarem",
        first_parameter_twice,
        "with the parameters in another order, result",
    ),
]

# The results that the book teaches: each has at least five known mistakes.
TAUGHT = [
    ("step_length", "result"),
    ("aitken", "result"),
    ("squarem", "result"),
]
