"""Time and memory of painting, in fresh processes.

    python benchmarks/speed.py [--image F] [--strokes 3000] [--size 512] [--runs 3] [--public-code CHECKOUT]

Every run is a process of its own: it loads the network, paints twice (the first painting also pays for what is set up
once, such as brush tips), and reports seconds after loading and the peak of resident memory. `--public-code` times the
Paint Transformer authors' PyTorch code on the same picture beside it, with random weights: its cost does not depend on
them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

#: Paint Transformer's public code: read the picture and the weights, then everything that `main` does.
PUBLIC_CODE = """
import json, resource, sys, time
import torch
sys.path.insert(0, ".")
import inference, network
weights, picture, out = sys.argv[1:]
torch.manual_seed(0)
torch.save(network.Painter(5, 8, 256, 8, 3, 3).state_dict(), weights)
start = time.perf_counter()
inference.main(input_path=picture, model_path=weights, output_dir=out)
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


class Stopwatch:
    """Seconds spent in a function, by name; wraps callables."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def wrap(self, name: str, function: Any) -> Any:
        """The same function, timed under `name`."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

        return timed


def measure(options: argparse.Namespace) -> dict[str, float]:
    """Load, paint twice, measure; for one fresh process."""
    start = time.perf_counter()
    from painter_core.bench.memory import peak_mib
    from painter_core.bench.metrics import psnr
    from painter_core.files.pictures import read_picture
    from painter_core.images import shrunk
    from painter_core.painting import painter
    from painter_core.painting import session as painting
    from painter_core.predictor.checkpoint import load_predictor
    from painter_core.rendering.raster import render

    picture = shrunk(read_picture(options.image), options.size)
    predictor = load_predictor(options.predictor)
    result = {"load": time.perf_counter() - start}
    watch = Stopwatch()
    predictor.predict = watch.wrap("network", predictor.predict)
    # the painter's own looks at its canvas, and the colors that are fitted with them
    painting.render = watch.wrap("canvas", painting.render)
    painting.refit_colors = watch.wrap("canvas", painting.refit_colors)
    settings = painter.PaintOptions(strokes=options.strokes, brush=options.brush, refine=0, attention=0.5)
    for run in ("first", "second"):
        watch.seconds.clear()
        start = time.perf_counter()
        strokes = painter.paint(picture, predictor, settings)
        painted = time.perf_counter()
        canvas = render(strokes, brush=options.brush)
        end = time.perf_counter()
        result[run] = end - start
    network, looks = watch.seconds.get("network", 0.0), watch.seconds.get("canvas", 0.0)
    result |= {
        "network": network,
        "canvas": looks + end - painted,
        "accept": painted - start - network - looks,
        "peak_mib": peak_mib(),
        "strokes": len(strokes),
        "psnr": psnr(canvas, picture),
    }
    return result


def measure_public_code(checkout: Path, image: Path, size: int) -> dict[str, float]:
    """Time the authors' PyTorch code on the same picture, in a fresh process."""
    from painter_core.files.pictures import read_picture, write_picture
    from painter_core.images import shrunk

    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "picture.png"
        write_picture(picture, shrunk(read_picture(image), size))
        command = [sys.executable, "-c", PUBLIC_CODE, f"{folder}/model.pth", str(picture), f"{folder}/out"]
        done = subprocess.run(command, cwd=checkout / "inference", capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    default = REPOSITORY / "benchmarks" / "pictures" / "photos" / "heldout" / "astronaut.png"
    parser.add_argument("--image", type=Path, default=default, help="what to paint (default: the held-out astronaut)")
    parser.add_argument("--strokes", type=int, default=3000)
    parser.add_argument("--size", type=int, default=512, help="long side in pixels")
    parser.add_argument("--brush", default="oil")
    parser.add_argument("--predictor", help="network (default: compact)")
    parser.add_argument("--runs", type=int, default=3, help="fresh processes; the report has the medians")
    parser.add_argument(
        "--public-code", type=Path, metavar="CHECKOUT", help="a checkout of Huage001/PaintTransformer to time beside it"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if not options.image.is_file():
        parser.error(f"there is no picture {options.image}; give one with --image, or run benchmarks/data/pictures.py")
    if options.child:
        print(json.dumps(measure(options)))
        return 0
    runs = [_fresh(arguments or sys.argv[1:]) for _ in range(options.runs)]
    result: dict[str, Any] = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    if options.public_code:
        result["public_code"] = measure_public_code(options.public_code, options.image, options.size)
    print(json.dumps(result) if options.json else _report(result, options))
    return 0


def _fresh(arguments: list[str]) -> dict[str, float]:
    command = [sys.executable, str(Path(__file__).resolve()), *arguments, "--child"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def _report(result: dict[str, Any], options: argparse.Namespace) -> str:
    rows = [
        (f"painting, {options.size} px, {result['strokes']:.0f} strokes ({result['psnr']:.2f} dB)",
         f"{result['second']:.2f} s"),
        ("the same, first time in the process", f"{result['first']:.2f} s"),
        ("of it: network", f"{result['network']:.2f} s"),
        ("of it: color and acceptance", f"{result['accept']:.2f} s"),
        ("of it: fitting colors, final render", f"{result['canvas']:.2f} s"),
        ("importing and loading", f"{result['load']:.2f} s"),
        ("peak resident memory", f"{result['peak_mib']:.0f} MiB"),
    ]  # fmt: skip
    public = result.get("public_code")
    if public:
        rows += [
            ("Paint Transformer's public code (PyTorch, parallel)", f"{public['seconds']:.2f} s"),
            ("its peak resident memory", f"{public['peak_mib']:.0f} MiB"),
            ("ours is faster by", f"{public['seconds'] / result['second']:.1f} x"),
        ]
    lines = [f"| {name} | {value} |" for name, value in rows]
    head = f"| {os.cpu_count()} cores, median of {options.runs} processes | |\n| --- | ---: |"
    return "\n".join([head, *lines])


if __name__ == "__main__":
    sys.exit(main())
