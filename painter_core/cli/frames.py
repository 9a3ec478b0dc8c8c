"""`python -m painter_core frames`: the frames of a film become paintings whose strokes stay with what they depict."""

from __future__ import annotations

import argparse
import math
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from .extras import add_device_argument, add_extra_arguments, device_of, read_extras
from .options import check_files, number, whole_number
from .painting_options import add_painting_arguments, given, painting_options
from .terminal import tell, warn

if TYPE_CHECKING:
    from torch import Tensor

    from ..sequence.film import FilmFrame
    from ..sequence.job import Job
    from ..sequence.source import Frame, Pictures, Video

ENGINES = ("local", "ray")
#: Pictures that folders of frames are filled with.
PICTURES = (".png", ".jpg", ".webp", ".tif")
_TIME = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)(s?)")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    from ..sequence import COHERENCE, FLOWS

    parser.add_argument("source", metavar="IN", help='a video, a folder of pictures, or a pattern such as "shot/*.png"')
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="OUT",
        help="a video (.mp4, .mov, .mkv, .webm) or a folder for pictures",
    )
    add_painting_arguments(parser)
    parser.add_argument(
        "--coherence",
        type=number(0, 1),
        default=COHERENCE,
        metavar="0..1",
        help=f"0 paints every frame by itself, 1 keeps strokes as long as it can ({COHERENCE:g})",
    )
    parser.add_argument("--start", type=_moment, metavar="N", help="the first frame, from 0, or a time: 2.5s, 1:30")
    parser.add_argument("--end", type=_moment, metavar="N", help="the frame, or time, to stop before")
    parser.add_argument("--every", type=whole_number(1), default=1, metavar="N", help="paint every Nth frame (1)")
    parser.add_argument("--fps", type=_rate, metavar="N", help="frames a second (the video's; pictures: 25)")
    parser.add_argument("--codec", metavar="NAME", help="h264, h265, vp9, av1 or another encoder (as OUT needs)")
    parser.add_argument("--quality", type=whole_number(0, 51), default=17, metavar="N", help="0 best, 51 smallest (17)")
    parser.add_argument("--format", choices=PICTURES, default=PICTURES[0], help="of pictures in a folder (.png)")
    parser.add_argument("--save-strokes", metavar="DIR", help="also save the strokes of every frame there")
    add_extra_arguments(parser)
    parser.add_argument(
        "--optical-flow",
        choices=FLOWS,
        default=FLOWS[0],
        help="how motion is found: dis needs OpenCV, tvl1 nothing (auto)",
    )
    parser.add_argument("--max-size", type=whole_number(1), metavar="PX", help="shrink the longest side to this first")
    add_device_argument(parser)
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        default=ENGINES[0],
        help="who paints: this process (local), or shot by shot a Ray cluster (local)",
    )
    parser.add_argument("--ray-address", metavar="ADDRESS", help="of the cluster (RAY_ADDRESS, or one of this machine)")
    parser.add_argument("--json", action="store_true", help="print one JSON object about the film")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Paint; returns what `--json` prints. Raises ValueError or OSError with what is wrong."""
    if args.mode == "paper":
        raise ValueError("--mode paper paints every picture by itself; use it with paint, or leave it out")
    if args.ray_address and args.engine != "ray":
        raise ValueError("--ray-address goes with --engine ray")
    job, painted = _planned(args)
    begun = time.perf_counter()
    before, ages, last = 0, [], None
    with tqdm(desc="painting", unit=" frames", file=sys.stderr, dynamic_ncols=True, leave=False,
              total=job.total or None) as bar:  # fmt: skip

        def on_frame(done: int, frame: FilmFrame, picture: Tensor, source: Frame) -> None:
            nonlocal before, last
            if last is None and done > 1:  # what was there already says nothing of how fast it goes
                before = done - 1
                bar.initial = bar.n = before
                bar.unpause()
            if frame.fresh:
                ages.append(source.number)
            last = (frame, picture)
            bar.update(done - bar.n)

        try:
            with _engine(args, job):
                count = job.run(on_frame)
        except (ValueError, OSError) as error:
            raise type(error)(f"{error}; what was finished is kept, and the same command goes on from there") from error
    frame, picture = last if last else (None, None)
    seconds = time.perf_counter() - begun
    if before:
        tell(f"{before} frames were there already")
    rate = (count - before) / seconds if seconds else 0.0
    tell(f"{args.output}: {count} frames, {seconds:.1f} s, {rate:.2f} frames a second, flow {painted['flow']}")
    height, width = picture.shape[1:] if picture is not None else (None, None)
    return {
        "output": os.fspath(args.output),
        "frames": count,
        "resumed_at": before,
        "seconds": round(seconds, 3),
        "fps": float(job.fps),
        "width": width,
        "height": height,
        "strokes": None if frame is None else len(frame.strokes),
        "fresh_frames": ages,
        "coherence": args.coherence,
        **painted,
    }


@contextmanager
def _engine(args: argparse.Namespace, job: Job) -> Iterator[None]:
    """Whoever paints is there; ValueError without Ray, OSError where its cluster cannot be reached."""
    if args.engine == "local":
        yield
        return
    try:
        from ..sequence.on_ray import cluster, drawn_on_ray
    except ModuleNotFoundError as error:
        raise ValueError("--engine ray needs Ray: pip install 'alla-prima[ray]'") from error
    with cluster(args.ray_address):
        job.engine = drawn_on_ray
        yield


def _planned(args: argparse.Namespace) -> tuple[Job, dict[str, Any]]:
    """The job, after a look at all that can be wrong before a network is loaded; and what to say of its means."""
    from ..brushes.brush import get_brush
    from ..predictor import checkpoint
    from ..sequence.film import FilmPainter
    from ..sequence.flow import chosen
    from ..sequence.job import Job
    from ..sequence.source import source_of
    from ..sequence.video import CONTAINERS, encoder_of

    source = source_of(args.source, args.fps)
    target = Path(args.output)
    video = target.suffix.lower() in CONTAINERS
    if target.suffix and not video and not target.is_dir():
        raise ValueError(f"{target}: the output is a folder, or a video: {', '.join(CONTAINERS)}")
    start, end = _frame(args.start, source) or 0, _frame(args.end, source)
    if end is not None and end <= start:
        raise ValueError(f"--end {end} must lie behind --start {start}")
    encoder = encoder_of(target, args.codec) if video else ""
    device, flow = device_of(args.device), chosen(args.optical_flow)
    options = painting_options(args)
    strokes = Path(args.save_strokes) if args.save_strokes else None
    predictor_name = args.predictor or checkpoint.DEFAULT_NAME
    about = {"options": {**given(args), "look": args.look}, "coherence": args.coherence, "flow": flow, "device": device,
             "predictor": predictor_name, "extras": [args.detail, args.canvas, args.mask]}  # fmt: skip
    job = Job(
        source=source, target=target, video=video, about=about, start=start, end=end, every=args.every, encoder=encoder,
        quality=args.quality, strokes=strokes, max_size=args.max_size, suffix=args.format,
        painter=lambda state: FilmPainter(
            checkpoint.load_predictor(predictor_name, device=device), options, coherence=args.coherence, flow=flow,
            state=None if state is None else state.to(device),
        ),
        extras=lambda picture: _extras(args, picture), device=device,
    )  # fmt: skip
    _check_places(args, job, source)
    return job, {"flow": flow, "device": device, "predictor": predictor_name, "brush": get_brush(options.brush).name}


def _extras(args: argparse.Namespace, picture: Tensor) -> dict[str, Tensor | None]:
    """What goes with a frame, at its size, on its device."""
    found = read_extras(args, (picture.shape[1], picture.shape[2]))
    return {name: None if value is None else value.to(picture.device) for name, value in found.items()}


def _check_places(args: argparse.Namespace, job: Job, source: Pictures | Video) -> None:
    """Make the folders that are filled; ValueError or OSError where the result could not be written, or harm."""
    inputs = [args.detail, args.canvas, args.mask, args.predictor, args.brush]
    inputs += source.paths
    if job.video:
        check_files(inputs, [args.output])
    for folder in (None if job.video else job.target, job.strokes):
        if folder is None:
            continue
        if folder.exists() and not folder.is_dir():
            raise ValueError(f"{folder}: this is a file; give a folder")
        read = (Path(each) for each in inputs if each)  # a name of ours is no file
        if any(each.is_file() and each.resolve().parent == folder.resolve() for each in read):
            raise ValueError(f"{folder}: inputs lie in this folder; give another one")
        full = folder.is_dir() and any(not each.name.startswith(".") for each in folder.iterdir())
        if full and not job.work.is_dir():
            raise ValueError(f"{folder}: this folder is not empty; give a new one")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OSError(f"cannot make the folder {folder}: {error.strerror or error}") from error
    if not job.video:
        names = [Path(path).stem for path in source.paths]
        if len(set(names)) < len(names):
            raise ValueError(f"{args.source}: two pictures there differ in their suffix only; give them other names")
    if job.strokes is None and args.every > 1 and job.total < 1:
        warn("--every leaves no frame")


def _frame(moment: int | Fraction | None, source: Pictures | Video) -> int | None:
    """The number of the frame at a moment."""
    return math.floor(moment * source.fps) if isinstance(moment, Fraction) else moment


def _moment(text: str) -> int | Fraction:
    """An argparse type: a frame's number (int), or a time in seconds (Fraction): 2.5s, 90s, 1:30, 1:02:03.5."""
    found = _TIME.fullmatch(text.strip().lower())
    if not found:
        raise argparse.ArgumentTypeError(f"must be a frame's number or a time such as 2.5s or 1:30, got {text!r}")
    hours, minutes, seconds, unit = found.groups()
    if not unit and minutes is None:
        if "." in seconds:
            raise argparse.ArgumentTypeError(f"must be a frame's number or a time such as 2.5s or 1:30, got {text!r}")
        return int(seconds)
    return 3600 * int(hours or 0) + 60 * int(minutes or 0) + Fraction(seconds)


def _rate(text: str) -> Fraction:
    """An argparse type: frames a second, such as 24, 29.97 or 30000/1001."""
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        value = Fraction(0)
    if not 0 < value <= 1000:
        raise argparse.ArgumentTypeError(f"must be above 0 and at most 1000, got {text!r}")
    return value
