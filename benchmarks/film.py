"""How steady painted films are, against painting every frame alone in the same run.

    python benchmarks/film.py --size 854x480 --strokes 1500 --frames 10
    python benchmarks/film.py --kill            # killed at ten moments: is the film the same?
    python benchmarks/film.py --memory 20,1000  # peak of the resident memory after so many frames

Changes are compensated for the clip's true motion, and looked at only where it is known.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.film_clips import Clip, clips
from painter_core.bench.metrics import psnr
from painter_core.files.pictures import write_picture
from painter_core.images import resized
from painter_core.painting.paint_options import PaintOptions
from painter_core.predictor.checkpoint import load_predictor
from painter_core.rendering.raster import render
from painter_core.sequence.camera import places, read_at
from painter_core.sequence.film import FilmPainter
from painter_core.sequence.flow import FlowFunction, flow_between, warped
from painter_core.sequence.measure import measured

#: Side of the blocks in which pops are looked for, in pixels, and the share of blocks that change less.
BLOCK, CALMER = 16, 0.999
#: A second, in frames.
SECOND = 25


class Steadiness:
    """Changes of a film from frame to frame, without what its motion explains."""

    def __init__(self) -> None:
        self.changes: list[float] = []
        self.squares: list[float] = []
        self.flows: list[float] = []
        self.blocks: list[Tensor] = []
        self.tones: list[Tensor] = []

    def add(self, before: Tensor, after: Tensor, back: Tensor, known: Tensor, flow: Tensor) -> None:
        """One step: both pictures (3, h, w), the true motion back (2, h, w), where (h, w) it is known, and the flow of
        the clip itself as it is found in it, smaller."""
        x, y = places((before.shape[1], before.shape[2]))
        # bicubic: what a coarser interpolation loses would pass for change
        change = (after - read_at(before, x + back[0], y + back[1])) * known
        apart = change.abs()
        share = known.float().mean().clamp_min(1e-6)
        self.changes.append(float(apart.mean() / share))
        self.squares.append(float(apart.square().mean() / share))
        found = flow_between(measured(after), measured(before), "auto")
        self.flows.append(float((found - flow).norm(dim=0).mean()))
        inside = F.avg_pool2d(known.float()[None, None], BLOCK).flatten()
        blocks = F.avg_pool2d(apart.mean(0)[None, None], BLOCK).flatten()
        self.blocks.append((blocks / inside.clamp_min(1e-6))[inside > 0.5])
        tones = F.avg_pool2d(change[None], BLOCK)[0].abs().mean(0).flatten()
        self.tones.append((tones / inside.clamp_min(1e-6))[inside > 0.5])

    def figures(self) -> dict[str, float]:
        """change: mean absolute; warping: mean squared (Lai et al., "Learning blind video temporal consistency", 2018);
        tof: how far its flow is from the clip's, pixels (Chu et al., "Learning temporal coherence via
        self-supervision for GAN-based video generation", 2020); pops: what the pixels of the worst blocks change;
        tones: what their mean colors change, which does not depend on where pixels lie within strokes."""
        count = max(1, len(self.changes))
        return {
            "change": sum(self.changes) / count,
            "warping": sum(self.squares) / count,
            "tof": sum(self.flows) / count,
            "pops": float(torch.cat(self.blocks).quantile(CALMER)) if self.blocks else 0.0,
            "tones": float(torch.cat(self.tones).quantile(CALMER)) if self.tones else 0.0,
        }


class TrueFlow:
    """The clip's own motion in place of what is found: tells errors of the flow from those of the painting."""

    def __init__(self, clip: Clip) -> None:
        self.clip, self.frame, self.calls = clip, 0, 0

    def __call__(self, a: Tensor, b: Tensor) -> Tensor:
        """Forward first, then backward, as the painter asks for each frame."""
        self.calls += 1
        back, _ = self.clip.back(self.frame)
        ratio = a.shape[2] / back.shape[2]
        back = resized(back, (a.shape[1], a.shape[2])) * ratio
        if self.calls % 2 == 0:
            return back
        forward = -back
        for _ in range(4):
            forward = -warped(back, forward)
        return forward


def compared(clip: Clip, options: PaintOptions, flow: str, out: Path | None) -> dict[str, object]:
    """A clip painted as a film and frame by frame."""
    predictor = load_predictor()
    true = TrueFlow(clip)
    method: str | FlowFunction = true if flow == "true" else flow
    film, alone = (FilmPainter(predictor, options, coherence=c, flow=method) for c in (0.8, 0.0))
    measures = {name: Steadiness() for name in ("source", "film", "alone")}
    seconds: dict[str, list[float]] = {"film": [], "alone": []}
    losses, first, alive, last = [], None, None, {}
    for number in range(clip.count):
        frame = clip.frame(number)
        true.frame = number
        now = {"source": frame}
        for name, painter in (("film", film), ("alone", alone)):
            began = time.process_time()
            painted = painter(frame)
            seconds[name].append(time.process_time() - began)
            now[name] = render(painted.strokes)
            if name == "film":
                first = painted.ids if first is None else first
                if number <= SECOND:
                    alive = float(torch.isin(first, painted.ids).float().mean())
        losses.append(psnr(now["film"], frame) - psnr(now["alone"], frame))
        if number and clip.back:
            back, known = clip.back(number)
            found = flow_between(measured(frame), measured(last["source"]), "auto")
            for name, measure in measures.items():
                measure.add(last[name], now[name], back, known, found)
        if out and number % 5 == 0:
            sheet = torch.cat([now["source"], now["film"], now["alone"]], 2)
            write_picture(out / f"{clip.name.replace(' ', '-')}-{flow}-{number:03d}.png", sheet)
        last = now
    result: dict[str, object] = {"clip": clip.name, "flow": flow, "worst_db": min(losses), "last_db": losses[-1]}
    result |= {name: measure.figures() for name, measure in measures.items()}
    later = [sum(seconds[name][1:]) for name in ("film", "alone")]
    return result | {"time": later[0] / max(1e-9, later[1]), "alive": alive}


def row(result: dict[str, object]) -> str:
    """One line of the table; shares are of painting alone."""
    film, alone, source = result["film"], result["alone"], result["source"]
    shares = [f"{film[name] / max(1e-9, alone[name]):.3f}" for name in ("change", "pops", "tones")]
    cells = [result["clip"], result["flow"], f"{film['change']:.4f}", f"{source['change']:.4f}", *shares]
    cells += [f"{1e3 * film['warping']:.3f} / {1e3 * alone['warping']:.3f}", f"{film['tof']:.2f} / {alone['tof']:.2f}"]
    cells += [f"{result['worst_db']:+.2f}", f"{result['time']:.2f}", f"{100 * result['alive']:.1f}"]
    return "| " + " | ".join(cells) + " |"


HEADER = (
    "| clip | flow | change | source's | change, share | pops, share | tones, share | warping x 1000, film / alone "
    "| tOF, film / alone | worst dB | time, share | first strokes alive, % |\n| --- | --- |" + " ---: |" * 10
)


def killed(folder: Path, frames: int, times: int, seed: int) -> Iterator[str]:
    """A film of small frames on the command line, undisturbed and killed at random moments; says how it went."""
    source = folder / "in"
    source.mkdir(parents=True)
    # to and fro, so that the subject stays in view
    clip = next(each for each in clips((48, 80), frames) if each.name == "subject")
    for number in range(frames):
        write_picture(source / f"{number:04d}.png", clip.frame(40 - abs(40 - number % 80)))

    def command(name: str) -> list[str]:
        core = [sys.executable, "-m", "painter_core", "frames", str(source), "-o", str(folder / name)]
        return [*core, "--strokes", "40", "--refine", "2"]

    def start(name: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command(name), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def done() -> int:
        return len(list((folder / "killed").glob("[!.]*.png")))

    if start("whole").wait():
        raise RuntimeError("the undisturbed film failed")
    chance = random.Random(seed)
    # by frames and not by seconds: another load of the machine moves no kill behind the film's end
    for moment in sorted(chance.sample(range(frames - 10), times)):
        process = start("killed")
        while done() < moment and process.poll() is None:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.2))
        if process.poll() is not None:
            raise RuntimeError(f"ended by itself with {done()} of {frames} frames, exit {process.returncode}")
        process.send_signal(signal.SIGKILL)
        process.wait()
        yield f"killed with {done()} of {frames} frames done"
    if start("killed").wait():
        raise RuntimeError("the film that was killed failed when it was gone on with")
    first, second = ({each.name: each.read_bytes() for each in (folder / name).glob("*.png")}
                     for name in ("whole", "killed"))  # fmt: skip
    if len(first) != frames or first != second:
        raise RuntimeError("the film that was killed is another one")
    yield f"all {frames} frames are equal, byte for byte"


def memory(counts: list[int], size: tuple[int, int], options: PaintOptions) -> Iterator[str]:
    """Peak of the resident memory after so many frames of a subject that walks to and fro."""
    clip = next(each for each in clips(size, max(counts)) if each.name == "subject")
    painter = FilmPainter(load_predictor(), options)
    for number in range(max(counts)):
        # it never leaves the picture
        render(painter(clip.frame(30 - abs(30 - number % 60))).strokes)
        if number + 1 in counts:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            yield f"{number + 1} frames: {peak:.0f} MB"


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="854x480", help="WIDTHxHEIGHT in pixels (%(default)s)")
    parser.add_argument("--strokes", type=int, default=1500)
    parser.add_argument("--frames", type=int, default=10, help="of each clip; alive a second later needs 26")
    parser.add_argument("--clips", default="still,pan,noisy pan,zoom,subject", help="names, with commas (%(default)s)")
    parser.add_argument("--flows", default="auto", help="auto, dis, tvl1, true, with commas (%(default)s)")
    parser.add_argument("--pictures", type=Path, help="a folder for every fifth frame: source, film, alone")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--kill", action="store_true", help="kill a film of 200 frames ten times instead")
    parser.add_argument("--seed", type=int, default=0, help="of the moments of --kill")
    parser.add_argument("--memory", help="instead, the memory after so many frames, with commas")
    options = parser.parse_args()
    width, height = (int(side) for side in options.size.split("x"))
    if options.kill:
        with tempfile.TemporaryDirectory() as folder:
            for line in killed(Path(folder), 200, 10, options.seed):
                print(line, flush=True)
        return
    paint = PaintOptions(strokes=options.strokes)
    if options.memory:
        for line in memory([int(count) for count in options.memory.split(",")], (height, width), paint):
            print(line, flush=True)
        return
    if options.pictures:
        options.pictures.mkdir(parents=True, exist_ok=True)
    known = {clip.name: clip for clip in clips((height, width), options.frames)}
    if not options.json:
        print(HEADER, flush=True)
    for name in options.clips.split(","):
        if name not in known:
            parser.error(f"no clip {name!r}; there are: {', '.join(known)}")
        for flow in options.flows.split(","):
            result = compared(known[name], paint, flow, options.pictures)
            print(json.dumps(result) if options.json else row(result), flush=True)


if __name__ == "__main__":
    main()
