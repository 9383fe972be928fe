"""What `check` says, read sentence by sentence and verified by other means.

A reading is a pattern that a whole sentence matches, and a function that says whether the sentence
is true. It does not use the code that wrote the sentence: it calls the reader's function and the
naive twin, draws from other generators, and runs the changed line of the package. A sentence that
no pattern matches is an error, too, except for a relation.
"""

from tests.exercises.readings import draws, experiments, faults, relations, steps
from tests.exercises.readings.scene import Scene, read, results

__all__ = ["RELATIONS", "SENTENCES", "STEPS", "Scene", "read", "results"]

SENTENCES = [*faults.READINGS, *experiments.READINGS, *draws.READINGS]
STEPS, RELATIONS = steps.READINGS, relations.READINGS
