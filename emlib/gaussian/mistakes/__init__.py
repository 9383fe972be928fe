"""Mistakes in one Gaussian: its log-density, its Cholesky factor, its fit."""

from emlib.gaussian.mistakes import cholesky, fit, log_density

__all__ = ["cholesky", "fit", "log_density"]
