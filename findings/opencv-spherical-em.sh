#!/bin/sh
# One would guess: the log-likelihoods of a spherical EM are those of a Gaussian with its variance.
# What happens: the logarithm of the variance is counted once, and not once for each dimension.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check opencv-python-headless==4.14.0.94 numpy==2.4.6
cd "$folder"
OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'END'
import sys

import cv2
import numpy as np

print("opencv", cv2.__version__, "numpy", np.__version__)
X = np.array([[-10, 0], [10, 0], [0, -20], [0, 20]], float)  # mean 0, variances 50 and 200
variances = {"SPHERICAL": np.array([125, 125]), "DIAGONAL": np.array([50, 200])}
seen = []
for kind, variance in variances.items():
    model = cv2.ml.EM_create()
    model.setClustersNumber(1)
    model.setCovarianceMatrixType(getattr(cv2.ml, f"EM_COV_MAT_{kind}"))
    _, log_likelihoods, _, _ = model.trainEM(X)
    covariance = model.getCovs()[0]
    assert np.allclose(model.getMeans(), 0)
    assert np.allclose(covariance, np.diag(variance))
    right = -(np.log(2 * np.pi * variance) + X**2 / variance).sum(axis=1) / 2
    print(f"{kind}: covariance {covariance.tolist()}")
    print("  log-likelihoods of the rows:", np.round(log_likelihoods.ravel(), 4))
    print("  by hand:                    ", np.round(right, 4))
    seen.append(log_likelihoods.ravel() - right)
same = np.allclose(seen[0], np.log(125) / 2) and np.allclose(seen[1], 0)
print("as found" if same else "changed")
sys.exit(not same)
END
