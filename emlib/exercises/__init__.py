"""Exercises that say what is wrong.

``check("gmm.e_step", my_e_step)`` tries a reader's function against the package's, from coarse to
fine, and stops at the first thing worth saying. Every twin function is an exercise by existing.
The mistakes that are recognised by name are in each topic's `mistakes`.
"""

from emlib.exercises._check import check
from emlib.exercises._contract import names
from emlib.exercises._report import Report

__all__ = ["Report", "check", "names"]
