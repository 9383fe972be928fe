"""Re-execute the chapters when the package that they call has changed.

jupyter-cache recognises a notebook by its own code alone: a changed ``emlib``, or a new NumPy,
would leave yesterday's outputs in the book. So the cache lives in a folder whose name is a
digest of all that, and a change begins an empty one.
"""

import hashlib
import platform
import shutil
from importlib.metadata import version
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

INPUTS = ("*.py", "*.csv")
LIBRARIES = ("numpy", "matplotlib")


def digest_of(package: Path) -> str:
    """A digest of what the chapters' outputs depend on besides the chapters themselves."""
    digest = hashlib.sha256(platform.python_version().encode())
    for library in LIBRARIES:
        digest.update(f"{library}=={version(library)}\0".encode())
    for path in sorted(path for pattern in INPUTS for path in package.rglob(pattern)):
        content = path.read_bytes()
        digest.update(
            f"{path.relative_to(package).as_posix()}\0{len(content)}\0".encode()
        )
        digest.update(content)
    return digest.hexdigest()[:16]


def choose_cache(app: Sphinx, config: Config) -> None:
    """Point myst-nb at the folder of the present digest, and drop the folders of earlier ones."""
    caches = Path(app.outdir).parent / ".jupyter_cache"
    cache = caches / digest_of(Path(app.srcdir, "emlib"))
    for old in caches.glob("*"):
        if old.is_dir() and old != cache:
            shutil.rmtree(old)
    config.nb_execution_cache_path = str(cache)


def setup(app: Sphinx) -> dict:
    app.connect("config-inited", choose_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
