"""Time and memory of painting, in fresh processes.

    python benchmarks/speed.py [--image F] [--strokes 3000] [--refine 0] [--size 512] [--runs 3]
        [--threads 2,1] [--busy] [--device cuda] [--against CHECKOUT] [--public-code CHECKOUT] [--profile]

Every run is a process of its own: it loads the network, paints twice (the first painting also pays for what is set up
once, such as brush tips), and reports seconds after loading and the peak of resident memory. Runs of all kinds take
turns, so that a machine that gets slower does so for all of them. `--threads` measures several numbers of threads,
`--busy` all of it once more with a loop that keeps one processor busy, `--against` another checkout of this program.
`--public-code` times the Paint Transformer authors' PyTorch code on the same picture beside it, with random weights:
its cost does not depend on them. `--profile` says where the time goes, on one thread. `--device` paints on another one
than the CPU.
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
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]

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
#: Keeps a processor busy until it is killed.
BUSY = "while True: pass"
#: Rows of the table of operators.
OPERATORS = 12


class Stopwatch:
    """Seconds spent in functions, by name; what one of them calls of the others counts for those alone."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inner: list[float] = []

    def wrap(self, name: str, function: Callable) -> Callable:
        """The same function, timed under `name`."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            self._inner.append(0.0)
            start = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                whole = time.perf_counter() - start
                inner = self._inner.pop()
                self.seconds[name] = self.seconds.get(name, 0.0) + whole - inner
                if self._inner:
                    self._inner[-1] += whole

        return timed


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Load, paint twice, measure; for one fresh process, which works in the checkout that it was started in."""
    start = time.perf_counter()
    import torch

    from painter_core.bench.memory import peak_mib
    from painter_core.bench.metrics import psnr
    from painter_core.files.pictures import read_picture
    from painter_core.images import shrunk
    from painter_core.painting import painter
    from painter_core.predictor.checkpoint import load_predictor
    from painter_core.rendering.raster import render

    torch.set_num_threads(int(options.threads))
    picture = shrunk(read_picture(options.image), options.size).to(options.device)
    predictor = load_predictor(options.predictor).to(options.device)
    result: dict[str, Any] = {"load": time.perf_counter() - start}
    settings = painter.PaintOptions(
        strokes=options.strokes, brush=options.brush, refine=int(options.refine), attention=0.5
    )

    def painted() -> Any:
        strokes = painter.paint(picture, predictor, settings)
        canvas = render(strokes)
        if canvas.is_cuda:
            torch.cuda.synchronize()  # a CUDA device works on while the program goes ahead
        return strokes, canvas

    for run in ("first", "second"):
        start = time.perf_counter()
        strokes, canvas = painted()
        result[run] = time.perf_counter() - start
    result |= {"peak_mib": peak_mib(), "strokes": len(strokes), "psnr": psnr(canvas, picture)}
    if options.profile:
        result |= _profile(predictor, painted)
    return result


def _profile(predictor: Any, painted: Callable[[], Any]) -> dict[str, Any]:
    """Seconds by stage, and the operators of PyTorch that take most of them; on one thread, where stages don't mix."""
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    from painter_core.painting import laying, painter, proposals, session
    from painter_core.refinement import polish, rework

    torch.set_num_threads(1)
    watch = Stopwatch()
    predictor.predict = watch.wrap("the network", predictor.predict)
    stages = {
        "where people look": [(painter, "detail_map")],
        "proposals, around the network": [(session, "propose"), (proposals, "_middle")],
        "color and acceptance": [(laying.Board, "lay")],
        "fitting colors": [(session, "refit_colors"), (rework, "refit_colors")],
        "drawing": [(session, "render"), (rework, "render")],
        "linearizing": [(polish, "linearize")],
        "Gauss-Newton steps": [(polish, "improved")],
        "what strokes are worth": [(rework, "strongest")],
        "joining": [(rework, "joined")],
    }
    for name, places in stages.items():
        for owner, function in places:
            setattr(owner, function, watch.wrap(name, getattr(owner, function)))
    start = time.perf_counter()
    painted()
    whole = time.perf_counter() - start
    watch.seconds["everything else"] = whole - sum(watch.seconds.values())
    calls: Counter[str] = Counter()
    spent: Counter[str] = Counter()

    class Operators(TorchDispatchMode):
        """Counts and times every operator."""

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            start = time.perf_counter()
            found = func(*args, **(kwargs or {}))
            spent[func.overloadpacket.__name__] += time.perf_counter() - start
            calls[func.overloadpacket.__name__] += 1
            return found

    with Operators():
        painted()
    return {
        "stages": dict(sorted(watch.seconds.items(), key=lambda item: -item[1])),
        "operator_calls": calls.total(),
        "operators": [(name, calls[name], s / spent.total()) for name, s in spent.most_common(OPERATORS)],
    }


def measure_public_code(checkout: Path, image: Path, size: int) -> dict[str, Any]:
    """Time the authors' PyTorch code on the same picture, in a fresh process; {"failed": why} if it does not run."""
    sys.path.insert(0, str(REPOSITORY))
    from painter_core.files.pictures import read_picture, write_picture
    from painter_core.images import shrunk

    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "picture.png"
        write_picture(picture, shrunk(read_picture(image), size))
        command = [sys.executable, "-c", PUBLIC_CODE, f"{folder}/model.pth", str(picture), f"{folder}/out"]
        try:
            done = subprocess.run(command, cwd=checkout / "inference", capture_output=True, text=True)
        except OSError as error:
            return {"failed": str(error)}
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]}
    return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def busy_processor() -> Iterator[None]:
    """A process beside this one that never rests."""
    process = subprocess.Popen([sys.executable, "-c", BUSY])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    default = REPOSITORY / "benchmarks" / "pictures" / "photos" / "heldout" / "astronaut.png"
    parser.add_argument("--image", type=Path, default=default, help="what to paint (default: the held-out astronaut)")
    parser.add_argument("--strokes", type=int, default=3000)
    parser.add_argument("--refine", default="0", metavar="STEPS,...", help="steps of refinement (0)")
    parser.add_argument("--size", type=int, default=512, help="long side in pixels")
    parser.add_argument("--brush", default="oil")
    parser.add_argument("--predictor", help="network (default: compact)")
    parser.add_argument("--runs", type=int, default=3, help="fresh processes of each kind; the report has the medians")
    parser.add_argument("--device", default="cpu", help="where to paint: cpu, cuda or mps (cpu)")
    parser.add_argument("--threads", default=str(os.cpu_count()), metavar="N,...", help="numbers of threads")
    parser.add_argument("--busy", action="store_true", help="once more with one processor kept busy by others")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="another checkout of this program beside it")
    parser.add_argument(
        "--public-code", type=Path, metavar="CHECKOUT", help="a checkout of Huage001/PaintTransformer to time beside it"
    )
    parser.add_argument("--profile", action="store_true", help="say where the time goes")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if not options.image.is_file():
        parser.error(f"there is no picture {options.image}; give one with --image, or run benchmarks/data/pictures.py")
    if options.child:
        sys.path.insert(0, str(Path.cwd()))
        print(json.dumps(measure(options)))
        return 0
    result: dict[str, Any] = {"runs": _all_runs(options)}
    if options.public_code:
        result["public_code"] = measure_public_code(options.public_code, options.image, options.size)
    print(json.dumps(result) if options.json else _report(result, options))
    return 0


def _all_runs(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Medians of all kinds of runs, which take turns."""
    checkouts = [REPOSITORY] + ([options.against.resolve()] if options.against else [])
    kinds = [
        {"refine": refine, "threads": threads, "busy": busy, "checkout": str(checkout)}
        for refine in options.refine.split(",")
        for threads in options.threads.split(",")
        for busy in ((False, True) if options.busy else (False,))
        for checkout in checkouts
    ]
    runs: list[list[dict[str, Any]]] = [[] for _ in kinds]
    for _ in range(options.runs):
        for kind, of_kind in zip(kinds, runs, strict=True):
            if kind["busy"]:
                with busy_processor():
                    of_kind.append(_fresh(options, kind))
            else:
                of_kind.append(_fresh(options, kind))
    return [kind | _medians(of_kind) for kind, of_kind in zip(kinds, runs, strict=True)]


def _medians(runs: list[dict[str, Any]]) -> dict[str, Any]:
    numbers = {name for name, value in runs[0].items() if isinstance(value, (int, float))}
    return {n: statistics.median(run[n] for run in runs) if n in numbers else runs[0][n] for n in runs[0]}


def _fresh(options: argparse.Namespace, kind: dict[str, Any]) -> dict[str, Any]:
    """One run in a process of its own."""
    command = [sys.executable, str(Path(__file__).resolve()), "--child", "--image", str(options.image.resolve())]
    command += ["--strokes", str(options.strokes), "--size", str(options.size), "--brush", options.brush]
    command += ["--refine", kind["refine"], "--threads", kind["threads"], "--device", options.device]
    command += ["--predictor", options.predictor] if options.predictor else []
    command += ["--profile"] if options.profile else []
    done = subprocess.run(command, cwd=kind["checkout"], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def _report(result: dict[str, Any], options: argparse.Namespace) -> str:
    head = f"{os.cpu_count()} cores, {options.size} px, {options.strokes} strokes; medians of {options.runs} processes"
    lines = [f"| {head} | threads | seconds | first time | loading | peak MiB | dB |",
             "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"]  # fmt: skip
    for run in result["runs"]:
        name = f"{run['refine']} steps of refinement" if run["refine"] != "0" else "fast"
        name += ", one processor busy" if run["busy"] else ""
        name += "" if run["checkout"] == str(REPOSITORY) else f" ({options.against})"
        seconds = f"{run['second']:.2f} | {run['first']:.2f} | {run['load']:.2f}"
        lines.append(f"| {name} | {run['threads']} | {seconds} | {run['peak_mib']:.0f} | {run['psnr']:.2f} |")
    public = result.get("public_code")
    if public and "failed" in public:
        lines += ["", f"Paint Transformer's public code did not run: {public['failed']}"]
    elif public:
        ratio = public["seconds"] / result["runs"][0]["second"]
        lines.append(
            f"| Paint Transformer's public code | all | {public['seconds']:.2f} | | | {public['peak_mib']:.0f} | |"
        )
        lines += ["", f"The first line is {ratio:.1f} times as fast as the public code."]
    for run in result["runs"] if options.profile else []:
        whole = sum(run["stages"].values())
        lines += ["", f"| {run['refine']} steps, one thread: stage | seconds | share |", "| --- | ---: | ---: |"]
        lines += [f"| {name} | {s:.2f} | {100 * s / whole:.0f} % |" for name, s in run["stages"].items()]
        lines += ["", f"| operator ({run['operator_calls']:,} calls in all) | calls | share |", "| --- | ---: | ---: |"]
        lines += [f"| {name} | {count:,} | {100 * share:.0f} % |" for name, count, share in run["operators"]]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
