"""What `check` says, read sentence by sentence and found out again by other means.

A reading is a pattern that a whole sentence matches, and a function that says whether it is so. The
means are others than those the sentence was written with: the reader's function is called, the
naive twin is asked, draws are made from other generators, and the changed line of the package is
run. A sentence that no pattern matches is one that nobody has read, and that is an error too.
"""

from tests.exercises.readings import draws, experiments, faults, relations, steps
from tests.exercises.readings.scene import Scene, read, results

__all__ = ["RELATIONS", "SENTENCES", "STEPS", "Scene", "read", "results"]

SENTENCES = [*faults.READINGS, *experiments.READINGS, *draws.READINGS]
STEPS, RELATIONS = steps.READINGS, relations.READINGS
