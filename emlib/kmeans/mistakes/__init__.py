"""Mistakes in k-means: the nearest center, the means, the distortion, the seeding, the loop."""

from emlib.kmeans.mistakes import (
    assign,
    distortion,
    fit,
    seed,
    seeding_probabilities,
    update,
)

__all__ = ["assign", "distortion", "fit", "seed", "seeding_probabilities", "update"]
