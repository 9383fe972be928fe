"""Mistakes in the Gaussian mixture: its log-likelihood, its steps, its structures, its prior."""

from emlib.gmm.mistakes import (
    e_step,
    log_density,
    log_likelihood,
    log_prior,
    m_step,
    project,
    sample,
)

__all__ = [
    "e_step",
    "log_density",
    "log_likelihood",
    "log_prior",
    "m_step",
    "project",
    "sample",
]
