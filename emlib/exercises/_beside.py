"""What lies beside a submission, copied into the folder that it runs in.

A notebook finds the modules and tables that were handed in with it, and what it writes stays its
own: the originals are never touched.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path

MEBIBYTES, FILES, SEEN = 64, 500, 5000  # copied at most, and looked at
SKIPPED = ("__pycache__", "node_modules")


class Beside:
    """The files in a submission's folder and the folders below it.

    Parameters
    ----------
    file : str
        The submission.
    others : set of Path
        Submissions that are graded in the same go: none of them is another's business.

    Attributes
    ----------
    left_out : list of str
        What is too large or too much to be copied, in words.
    """

    def __init__(self, file, others=frozenset()):
        own = Path(file).absolute()  # and not where a link leads
        self._root, self._folders, self._chosen = own.parent, [], []
        self.left_out, spent = [], 0
        for number, path in enumerate(_below(self._root)):
            if len(self._chosen) == FILES or number == SEEN:
                self.left_out.append(
                    f"too many files lie beside it: {self._name(path)} and what comes after it "
                    f"were not copied"
                )
                break
            with suppress(OSError):  # it has gone, or may not be read
                if path.is_dir():
                    self._folders.append(path)
                    continue
                if path != own and path.resolve() in others:
                    continue
                size = path.stat().st_size
                if spent + size > MEBIBYTES * 2**20:
                    self.left_out.append(
                        f"{self._name(path)} ({size / 2**20:.0f} MiB) was not copied: what lies "
                        f"beside it may have {MEBIBYTES} MiB"
                    )
                    continue
                self._chosen.append(path)
                spent += size

    def _name(self, path):
        return path.relative_to(self._root).as_posix()

    def copy_to(self, folder):
        """Copy what was chosen; what cannot be read is not there."""
        for path in self._folders:
            Path(folder, self._name(path)).mkdir(parents=True, exist_ok=True)
        for path in self._chosen:
            with suppress(OSError):  # with times and the right to be run
                shutil.copy2(path, Path(folder, self._name(path)))


def _below(root):
    """Files and folders that are not hidden, those of the folder itself first, then by name."""
    waiting, seen = [root], set()
    while waiting:
        folder = waiting.pop(0)
        with suppress(OSError):
            if folder.resolve() in seen:  # a link that leads up again
                continue
            seen.add(folder.resolve())
            for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
                if entry.name.startswith(".") or entry.name in SKIPPED:
                    continue
                if entry.is_dir():
                    waiting.append(Path(entry.path))
                    yield Path(entry.path)
                elif entry.is_file():
                    yield Path(entry.path)
