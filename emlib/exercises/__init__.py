"""Exercises that say what is wrong.

``check("gmm.e_step", my_e_step)`` tries a reader's function against the package's, from coarse to
fine, and stops at the first thing worth saying. Every twin function is an exercise by existing.
`emlib.exercises.mistakes` holds the mistakes that are recognised by name.
"""

from emlib.exercises._check import check
from emlib.exercises._contract import names
from emlib.exercises._report import Report

__all__ = ["Report", "check", "names"]
