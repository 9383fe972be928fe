"""Toy.

What a reader should know of the topic before the first function: what is observed, what is hidden,
what the parameters mean. The first line is the topic's heading in the API reference.
"""

from emlib import _checks


def check_observations(X):
    """What both twins ask of their arguments."""
    return _checks.observations(X)


from emlib.toy import naive, vectorized  # noqa: E402  (they need what is defined above)

__all__ = ["naive", "vectorized"]
