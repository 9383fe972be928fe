"""The algorithms of 'The EM Algorithm, Line by Line', each as a loop and as arrays.

`em` climbs; `coins`, `linkage` and `gmm` are what it climbs on. Each topic holds the same
functions twice: ``naive`` is for reading, ``vectorized`` for running, and the two agree.
Nothing here but `plotting` needs more than NumPy.
"""

__version__ = "0.1.0"
