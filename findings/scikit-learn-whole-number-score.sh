#!/bin/sh
# One would guess: the score of rows of whole numbers is that of the same rows in floating point.
# What happens: with int64, "full" and "tied", each squared distance is cut to a whole number first;
# with uint8 (pixels), "diag" and "spherical", values are squared modulo 256.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check scikit-learn==1.9.1 numpy==2.4.6
cd "$folder"
OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'END'
import math
import sys

import numpy as np
import sklearn
from sklearn.mixture import GaussianMixture

print("scikit-learn", sklearn.__version__, "numpy", np.__version__)


def above(X, structures):
    """How far each structure's score is above the right one, by hand."""
    variance = X.astype(float).var()
    right = -(math.log(2 * math.pi * variance) + 1) / 2
    found = []
    for structure in structures:
        mixture = GaussianMixture(1, covariance_type=structure, reg_covar=0).fit(X)
        score, of_floats = mixture.score(X), mixture.score(X.astype(float))
        print(
            f"{X.dtype} {structure}: score {score:.4f}, BIC {mixture.bic(X):.4f}; float64 rows: "
            f"score {of_floats:.4f}, BIC {mixture.bic(X.astype(float)):.4f}; by hand {right:.4f}"
        )
        assert abs(of_floats - right) < 1e-6
        found.append(score - right)
    return found


rows = np.array([[0], [1], [2], [5]])  # mean 2, variance 3.5
# Squared distances 8/7, 2/7, 0, 18/7 become 1, 0, 0, 2.
cut = np.allclose(above(rows, ("full", "tied", "diag", "spherical")), [0.125, 0.125, 0, 0])
pixels = np.array([[200], [201], [203], [204]], dtype=np.uint8)  # mean 202, variance 2.5
squares = pixels.astype(int).ravel() ** 2
lost = (squares - squares % 256).sum() / (2 * 2.5 * 4)
modulo = np.allclose(above(pixels, ("diag", "spherical")), lost, rtol=1e-6)
print("as found" if cut and modulo else "changed")
sys.exit(not (cut and modulo))
END
