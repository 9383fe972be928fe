#!/bin/sh
# One would guess: the score of rows of whole numbers is that of the same rows in floating point.
# What happens: with int64, "full" and "tied", each squared distance is cut to a whole number first.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check scikit-learn==1.9.1
cd "$folder"
OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'END'
import math
import sys

import numpy as np
import sklearn
from sklearn.mixture import GaussianMixture

print("scikit-learn", sklearn.__version__, "numpy", np.__version__)
X = np.array([[0], [1], [2], [5]])  # mean 2, variance 3.5
right = -(math.log(2 * math.pi * 3.5) + 1) / 2
print(f"by hand: score {right:.4f}, BIC {2 * math.log(4) - 8 * right:.4f}")
seen = []
for structure in ("full", "tied", "diag", "spherical"):
    mixture = GaussianMixture(1, covariance_type=structure, reg_covar=0).fit(X)
    score, of_floats = mixture.score(X), mixture.score(X.astype(float))
    print(
        f"{structure}: lower_bound_ {mixture.lower_bound_:.4f}, {X.dtype} rows: score {score:.4f}, "
        f"BIC {mixture.bic(X):.4f}; float64 rows: score {of_floats:.4f}, "
        f"BIC {mixture.bic(X.astype(float)):.4f}"
    )
    assert abs(of_floats - right) < 1e-9
    seen.append(round(score - right, 6))
same = seen == [0.125, 0.125, 0, 0]  # squared distances 8/7, 2/7, 0, 18/7 became 1, 0, 0, 2
print("as found" if same else f"changed: above the right score by {seen}")
sys.exit(not same)
END
