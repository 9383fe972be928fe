"""Re-execute the chapters when the package that they call has changed.

jupyter-cache recognises a notebook by its own code alone: after a change of ``emlib`` or of
NumPy the book would keep old outputs. So the cache is in a folder whose name is a digest of
what the outputs depend on, and a change begins an empty one. ``tools/execution.py`` fills it.
"""

import hashlib
import platform
import shutil
from importlib.metadata import version
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

# What the chapters read: the package, its data, and the record of the benchmark.
INPUTS = ("emlib/**/*.py", "emlib/**/*.csv", "benchmarks/*.json", "benchmarks/*.md")
LIBRARIES = ("numpy", "matplotlib")


def digest_of(root: Path) -> str:
    """A digest of what the chapters' outputs depend on besides the chapters themselves."""
    digest = hashlib.sha256(platform.python_version().encode())
    for library in LIBRARIES:
        digest.update(f"{library}=={version(library)}\0".encode())
    for path in sorted(path for pattern in INPUTS for path in root.glob(pattern)):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def cache_of(root: Path) -> Path:
    """The folder of the present digest; the folders of earlier ones are deleted."""
    caches = root / "_build" / ".jupyter_cache"
    cache = caches / digest_of(root)
    for old in caches.glob("*"):
        if old.is_dir() and old != cache:
            shutil.rmtree(old)
    return cache


def choose_cache(app: Sphinx, config: Config) -> None:
    """Point myst-nb at the cache."""
    config.nb_execution_cache_path = str(cache_of(Path(app.srcdir)))


def setup(app: Sphinx) -> dict:
    app.connect("config-inited", choose_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
