"""Sound calls, and ways to spoil them."""

import numpy as np

X = np.array([[1.0, 2.0], [3.0, 5.0], [4.0, 1.0]])
SOUND = {"average": {"X": X}}

# A function, what is replaced in its sound call, and what the message must say.
BAD = [("average", {"X": X[0]}, r"X has shape \(2,\)")]

# Odd, and right all the same: a check that refused these would be too strict.
ODD = [("average", {"X": X[:1].astype(int)})]
