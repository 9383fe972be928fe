"""The files next to a submission, copied into the folder that it runs in.

A notebook finds the modules and tables that were submitted with it. It writes to the copies; the
originals are never changed.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path

MEBIBYTES, FILES, SEEN = 64, 500, 5000  # limits: size and number of copies, paths seen
SKIPPED = ("__pycache__", "node_modules")


class Beside:
    """The files in a submission's folder and the folders below it.

    Parameters
    ----------
    file : str
        The submission.
    others : set of Path
        Submissions that are graded in the same run: they are not copied.

    Attributes
    ----------
    left_out : list of str
        Which files were not copied, because they are too large or too many, in words.
    """

    def __init__(self, file, others=frozenset()):
        own = Path(file).absolute()  # a link is not followed
        self._root, self._folders, self._chosen = own.parent, [], []
        self.left_out, spent = [], 0
        for number, path in enumerate(_below(self._root)):
            if len(self._chosen) == FILES or number == SEEN:
                self.left_out.append(
                    f"too many files are next to it: {self._name(path)} and all files after it "
                    f"were not copied"
                )
                break
            with suppress(OSError):  # it has been deleted, or cannot be read
                if path.is_dir():
                    self._folders.append(path)
                    continue
                if path != own and path.resolve() in others:
                    continue
                size = path.stat().st_size
                if spent + size > MEBIBYTES * 2**20:
                    self.left_out.append(
                        f"{self._name(path)} ({size / 2**20:.0f} MiB) was not copied: the "
                        f"files next to it may have {MEBIBYTES} MiB in all"
                    )
                    continue
                self._chosen.append(path)
                spent += size

    def _name(self, path):
        return path.relative_to(self._root).as_posix()

    def copy_to(self, folder):
        """Copy the chosen files; one that cannot be read is left out."""
        for path in self._folders:
            Path(folder, self._name(path)).mkdir(parents=True, exist_ok=True)
        for path in self._chosen:
            with suppress(OSError):  # `copy2` keeps times and permissions
                shutil.copy2(path, Path(folder, self._name(path)))


def _below(root):
    """Files and folders that are not hidden: by depth, and in each folder by name."""
    waiting, seen = [root], set()
    while waiting:
        folder = waiting.pop(0)
        with suppress(OSError):
            if folder.resolve() in seen:  # a link to a folder above
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
