"""Time and memory of posters and films, in fresh processes.

    python benchmarks/large_render.py [--image F] [--strokes 5000] [--scales 1,2,4,8,16] [--brush oil] [--film]

The picture is cut to 16:9 and painted at 960 x 540, so that scale 8 is 8K (7680 x 4320). For each scale a process of
its own does what `python -m painter_core render STROKES -o OUT.png --scale S` does and reports the seconds after the
imports and the peak of resident memory. `--film` does the same for a time-lapse of 300 frames at 1920 x 1080, which is
then decoded again and compared.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

#: Size (height, width) at which the picture is painted.
PAINTED = (540, 960)
#: The film: long side in pixels, seconds, frames per second, seconds that it stays.
FILM_SIDE, SECONDS, FPS, HOLD = 1920, 10, 30, 1


def paint_strokes(options: argparse.Namespace, target: Path) -> None:
    """Paint the picture, cut to 16:9, and save its strokes."""
    from painter_core import PaintOptions, load_predictor, paint
    from painter_core.cli.fitting import resized
    from painter_core.export import save_strokes
    from painter_core.files.pictures import read_picture

    picture = read_picture(options.image)
    height, width = picture.shape[1:]
    rows = min(height, round(width * PAINTED[0] / PAINTED[1]))
    columns = min(width, round(rows * PAINTED[1] / PAINTED[0]))
    top, left = (height - rows) // 2, (width - columns) // 2
    picture = resized(picture[:, top : top + rows, left : left + columns], PAINTED)
    settings = PaintOptions(strokes=options.strokes, brush=options.brush, refine=0, attention=0.5)
    strokes = paint(picture, load_predictor(), settings)
    save_strokes(strokes, target)


def command_line(arguments: list[str]) -> dict[str, float]:
    """Run the command line in this process, and measure it."""
    from painter_core.bench.memory import peak_mib
    from painter_core.cli import main as run

    importlib.import_module("painter_core.rendering.raster")  # PyTorch's import is not what is measured
    start = time.perf_counter()
    code = run(arguments)
    return {"code": code, "seconds": time.perf_counter() - start, "peak_mib": peak_mib()}


def fresh(arguments: list[str]) -> dict[str, float]:
    """`command_line` in a process of its own."""
    command = [sys.executable, str(Path(__file__).resolve()), "--child", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    result = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {"code": done.returncode}
    if result["code"]:
        raise RuntimeError(f"render {' '.join(arguments)} failed: {done.stderr}")
    return result


def poster_row(strokes: Path, scale: float, options: argparse.Namespace, folder: Path) -> str:
    """Draw at one scale; a line of the table."""
    out = folder / "poster.png"
    result = fresh(["render", str(strokes), "-o", str(out), "--scale", str(scale), "--brush", options.brush])
    height, width = (round(side * scale) for side in PAINTED)
    megapixels, megabytes = height * width / 1e6, out.stat().st_size / 1e6
    return (
        f"| {scale:g} | {width} x {height} | {result['seconds']:.1f} | {result['seconds'] / megapixels:.2f} "
        f"| {result['peak_mib']:.0f} | {megabytes:.1f} |"
    )


def film_report(strokes: Path, options: argparse.Namespace, folder: Path) -> str:
    """Encode the film and decode it again; a few lines about it."""
    import av
    import numpy as np

    from painter_core.export import load_strokes
    from painter_core.rendering.raster import render

    film, still = folder / "film.mp4", folder / "still.png"
    arguments = ["render", str(strokes), "-o", str(still), "--timelapse", str(film), "--brush", options.brush]
    arguments += ["--seconds", str(SECONDS), "--fps", str(FPS), "--hold", str(HOLD), "--film-size", str(FILM_SIDE)]
    result = fresh([*arguments, "--order", options.order])
    count, last = 0, None
    with av.open(str(film)) as container:
        rate = container.streams.video[0].average_rate
        for frame in container.decode(video=0):
            count, last = count + 1, frame
    pixels = last.to_ndarray(format="rgb24").astype(float)
    painting = render(load_strokes(strokes), size=pixels.shape[:2], brush=options.brush).movedim(0, -1).numpy() * 255
    decibels = -10 * np.log10(np.mean(((pixels - painting) / 255) ** 2))
    return (
        f"\nfilm, order {options.order!r}: {count} frames of {pixels.shape[1]} x {pixels.shape[0]} at {rate} a second, "
        f"{film.stat().st_size / 1e6:.1f} MB, in {result['seconds']:.1f} s, at most {result['peak_mib']:.0f} MiB; "
        f"its last frame and the painting: {decibels:.1f} dB"
    )


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["--child"]:
        print(json.dumps(command_line(arguments[1:])))
        return 0
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--image", type=Path, default=REPOSITORY / "assets" / "photo.jpg")
    parser.add_argument("--strokes", type=int, default=5000)
    parser.add_argument("--scales", default="1,2,4,8,16", help="which (default 1,2,4,8,16)")
    parser.add_argument("--brush", default="oil")
    parser.add_argument("--film", action="store_true", help="also a time-lapse of 300 frames at 1920 x 1080")
    parser.add_argument("--order", default="painted", help="the film's order (painted)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        strokes = folder / "strokes.safetensors"
        paint_strokes(options, strokes)
        print(f"{options.strokes} strokes, {options.brush} brush, {os.cpu_count()} cores\n")
        print("| scale | pixels | seconds | s per megapixel | peak MiB | PNG, MB |\n|---:|---|---:|---:|---:|---:|")
        for scale in options.scales.split(","):
            print(poster_row(strokes, float(scale), options, folder), flush=True)
        if options.film:
            print(film_report(strokes, options, folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
