"""Exercises that say what is wrong.

``check("gmm.e_step", my_e_step)`` compares a reader's function with the package's, from coarse to
fine, and stops at the first fault. Every twin function is automatically an exercise. The mistakes
that are recognised by name are in each topic's `mistakes`.
"""

from emlib.exercises._check import check
from emlib.exercises._contract import names
from emlib.exercises._report import Report

__all__ = ["Report", "check", "names"]
