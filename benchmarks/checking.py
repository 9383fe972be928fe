"""How long `check` takes for the package's own functions, as loops and as arrays.

``python benchmarks/checking.py`` prints the seconds for each exercise and the longest loop.
"""

import time

from emlib.exercises import check, names
from emlib.exercises._contract import contract_of


def seconds(name, function):
    begin = time.perf_counter()
    assert check(name, function)
    return time.perf_counter() - begin


def main():
    loops = []
    for name in names():
        contract = contract_of(name)
        loop, arrays = (seconds(name, f) for f in (contract.naive, contract.vectorized))
        loops.append(loop)
        print(f"{name:26} loop {loop:5.2f} s   arrays {arrays:5.2f} s")
    print(f"{'longest':26} loop {max(loops):5.2f} s")


if __name__ == "__main__":
    main()
