"""Wrong solutions, and what must be said of them."""

# A function, a wrong solution of it, and what must be said of that.
WRONG = [("average", lambda X: X.mean(axis=1), "expected (D,)")]

# The results that the book teaches: each has at least five known mistakes.
TAUGHT = [("average", "result")]
