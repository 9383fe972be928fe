#!/bin/sh
# One would guess: the score of rows of bytes (pixels) is that of the same rows in floating point.
# What happens: with uint8, "diag" and "spherical", values are squared modulo 256.
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
X = np.array([[200], [201], [203], [204]], dtype=np.uint8)  # mean 202, variance 2.5
right = -(math.log(2 * math.pi * 2.5) + 1) / 2
print(f"by hand: score {right:.4f}")
numbers = X.astype(int).ravel()
expected = right + ((numbers**2).sum() - (numbers**2 % 256).sum()) / (2 * 2.5 * 4)
same = True
for structure in ("diag", "spherical"):
    mixture = GaussianMixture(1, covariance_type=structure, reg_covar=0).fit(X)
    score, of_floats = mixture.score(X), mixture.score(X.astype(float))
    print(
        f"{structure}: lower_bound_ {mixture.lower_bound_:.4f}, {X.dtype} rows: score {score:.4f}; "
        f"float64 rows: score {of_floats:.4f}"
    )
    assert abs(of_floats - right) < 1e-6
    same &= abs(score - expected) < 1e-4
print("as found" if same else "changed")
sys.exit(not same)
END
