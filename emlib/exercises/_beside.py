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
        own = Path(file).resolve()
        self._root, self._chosen, self.left_out, spent = own.parent, [], [], 0
        for number, path in enumerate(_files(self._root)):
            if len(self._chosen) == FILES or number == SEEN:
                self.left_out.append(
                    f"too many files lie beside it: {self._name(path)} and what comes after it "
                    f"were not copied"
                )
                break
            if path in others and path != own:
                continue
            with suppress(OSError):  # it has gone, or may not be read
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
        for path in self._chosen:
            target = Path(folder, path.relative_to(self._root))
            target.parent.mkdir(parents=True, exist_ok=True)
            with suppress(OSError):
                shutil.copyfile(path, target)


def _files(root):
    """Plain files that are not hidden, those of the folder itself first, then by name."""
    waiting = [root]
    while waiting:
        try:
            entries = sorted(os.scandir(waiting.pop(0)), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if entry.name.startswith(".") or entry.name in SKIPPED:
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))
            elif entry.is_file():
                yield Path(entry.path)
