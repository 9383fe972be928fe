"""The evidence, its lower bound and the gap between them.

These are the three quantities of the derivation. For N observations and K values of the latent
variable, `log_joint` (N, K) holds log p(x_n, z_n = k | theta), and a row of `q` (N, K) is any
distribution over the K values.
"""

from emlib._checks import distributions, logarithms


def check_log_terms(value, name):
    """Logarithms (N, K): finite or -inf, which is the logarithm of zero."""
    return logarithms(value, name, ("N", "K"))


def check_bound(log_joint, q):
    """The arguments of the lower bound: equal shapes, rows of q summing to one."""
    log_joint = check_log_terms(log_joint, "log_joint")
    return log_joint, distributions(q, "q", log_joint.shape)


def check_divergence(q, p):
    """Two arrays of distributions of equal shape."""
    q = distributions(q, "q", ("N", "K"))
    return q, distributions(p, "p", q.shape)


from emlib.evidence import naive, vectorized  # noqa: E402  (they need what is defined above)

__all__ = ["naive", "vectorized"]
