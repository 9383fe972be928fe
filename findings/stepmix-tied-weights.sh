#!/bin/sh
# One would guess: a row of weight 3 counts as three rows, whatever the structure of the covariance.
# What happens: with "gaussian_tied" the weights are left out of the rows' sum of squares.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check stepmix==3.0.0 scikit-learn==1.9.1
cd "$folder"
OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'END'
import sys
from importlib.metadata import version

import numpy as np
from stepmix.stepmix import StepMix

print("stepmix", version("stepmix"), "scikit-learn", version("scikit-learn"))
X = np.array([[-10, 0], [10, 0], [0, -20], [0, 20]], float)
weights = np.array([3, 3, 1, 1])
right = np.diag([75.0, 100.0])  # 6 * 100 / 8 and 2 * 400 / 8
print("by hand:", right.tolist())
quiet = {"verbose": 0, "progress_bar": 0, "random_state": 0}


def covariance(kind, rows, sample_weight=None):
    model = StepMix(n_components=1, measurement=kind, **quiet)
    model.fit(rows, sample_weight=sample_weight)
    found = model.get_parameters()["measurement"]["covariances"].reshape(2, 2)
    how = "repeated rows" if sample_weight is None else "weights"
    print(f"{kind}, {how}:", np.round(found, 3).tolist())
    return found


copies = np.repeat(X, weights, axis=0)
for kind in ("gaussian_tied", "gaussian_full"):
    assert np.allclose(covariance(kind, copies), right, atol=1e-5)
assert np.allclose(covariance("gaussian_full", X, weights.astype(float)), right, atol=1e-5)
weighted = covariance("gaussian_tied", X, weights.astype(float))
same = np.allclose(weighted, np.diag([25.0, 100.0]), atol=1e-5)
print("as found" if same else "changed")
sys.exit(not same)
END
