"""The Gaussian mixture with one pass over the data per iteration, in blocks, on several threads.

These are the same equations a third time, for large data. The E step keeps no responsibilities. For
each block it returns the sums that the M step needs. These `Statistics` can be added, wherever they
were computed. So memory depends on the size of a block and not on the number of observations, and
several threads can share the blocks.

There are three forms. The quick one writes a Gaussian as an exponential family: its log-density is
linear in the features 1, x_i and x_i x_j, so that the log-densities of a block are one matrix
product and the statistics another. It subtracts large squares from each other, so it is used only
where a bound shows that rounding cannot move a log-density by more than `QUICK`. If there are too
few components to share the features, the second form takes its place: triangular products around a
common point, with a bound of their own. The careful form subtracts the means first and solves with
the Cholesky factor, as `vectorized` does. It is slower, has no such limits, and handles what the
others cannot.
"""

# What is where, from the top down:
#   engine        the functions that a user calls
#   maximisation  the M step
#   one_pass      an E step: a form for each block, and whether the digits were kept
#   quick         the first form
#   careful       the other two; `factors` has their Cholesky factors
#   statistics    what the forms return, and how it adds up
#   team, blocks  the threads, and how the data are cut for them
#   checks        of arguments
#   components, underflow  what several of these need

from emlib.gmm.streaming.engine import e_step, fit, m_step, posterior
from emlib.gmm.streaming.quick import QUICK
from emlib.gmm.streaming.statistics import Statistics, nothing

__all__ = ["QUICK", "Statistics", "e_step", "fit", "m_step", "nothing", "posterior"]
