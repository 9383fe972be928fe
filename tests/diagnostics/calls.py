"""Sound calls, and ways to spoil them."""

import numpy as np

DRAWS = np.random.default_rng(0).standard_normal((3, 20))
SPOILT = DRAWS.copy()
SPOILT[1, 4] = np.nan
SOUND = {
    name: {"draws": DRAWS} for name in ("autocovariance", "rhat", "ess", "mcse_mean")
}

# A function, what is replaced in its sound call, and what the message must say.
BAD = [
    (
        "autocovariance",
        {"draws": SPOILT},
        r"draws\[1, 4\] is nan: give a finite number",
    ),
    ("autocovariance", {"draws": DRAWS[0]}, r"expected \(C, T\): for a single chain"),
    ("autocovariance", {"draws": DRAWS[None]}, r"draws has shape \(1, 3, 20\)"),
    ("autocovariance", {"draws": 1e50 * DRAWS}, r"draws\[0, 0\] is .*rescale"),
    ("rhat", {"draws": SPOILT}, r"draws\[1, 4\] is nan: give a finite number"),
    ("rhat", {"draws": [[1.0, 2.0, np.inf, 3.0]]}, r"draws\[0, 2\] is inf"),
    ("rhat", {"draws": DRAWS[:, :3]}, r"chains of T = 3: at least 4.*run the chains"),
    ("rhat", {"draws": DRAWS.T[:, :, None]}, r"\(20, 3, 1\).*\(is it transposed\?\)"),
    ("rhat", {"draws": DRAWS[:1], "split": False}, "C = 1 chain.*leave split=True"),
    ("rhat", {"draws": 1e-60 * DRAWS}, "draws differ by less than 1e-50.*rescale"),
    ("ess", {"draws": DRAWS[:, :9]}, r"\(3, 9\), so chains of T = 9: at least 10"),
    ("ess", {"draws": DRAWS.T}, r"chains of T = 3 \(is it transposed\?\)"),
    ("ess", {"draws": DRAWS[0]}, r"pass draws\[None\]"),
    ("ess", {"kind": "median"}, 'kind is \'median\': pass "bulk", "tail" or "mean"'),
    ("ess", {"draws": SPOILT[:, :, None]}, r"draws\[1, 4, 0\] is nan"),
    ("mcse_mean", {"draws": DRAWS[:, :9]}, r"chains of T = 9: at least 10 draws"),
    ("mcse_mean", {"draws": SPOILT}, r"draws\[1, 4\] is nan: give a finite number"),
]

# Odd, and still right.
ODD = [
    ("rhat", {"draws": DRAWS[:, :4]}),
    ("rhat", {"draws": DRAWS[:1]}),
    ("rhat", {"draws": np.ones((2, 10))}),
    ("ess", {"draws": np.ones((2, 10)), "kind": "tail"}),
    ("ess", {"draws": DRAWS[:1, :10].astype(np.float32)}),
    ("ess", {"draws": DRAWS > 0}),
    ("ess", {"draws": np.round(DRAWS).astype(int), "kind": "mean"}),
    ("mcse_mean", {"draws": np.ones((2, 10))}),
    ("mcse_mean", {"draws": DRAWS.reshape(3, 10, 2)}),
    ("autocovariance", {"draws": [[2.0]]}),
]
