"""Mistakes in counting parameters and in the criteria."""

from emlib.selection.mistakes import aic, bic, icl, n_parameters

__all__ = ["aic", "bic", "icl", "n_parameters"]
