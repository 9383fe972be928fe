"""The published numbers that the package must reproduce, with their sources."""

import json
from pathlib import Path

REFERENCE = Path(__file__).parent / "reference"


def reference(name):
    """The content of `tests/reference/<name>.json`."""
    return json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))


class Trace(list):
    """A callback that keeps the parameters of every iteration."""

    def __call__(self, progress):
        self.append(progress.params)
