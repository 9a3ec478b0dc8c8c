"""`python -m painter_core bench`: the command's arguments, and what it writes."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from ..atomic import atomic_path
from ..cli.fitting import shrunk
from ..cli.options import whole_number
from ..painter import MOST_STROKES
from ..pictures import write_picture
from .modes import MODES, Mode, ModeOptions, Painting, benchmark_module, default_device, make_modes
from .report import Setting, markdown
from .sheet import write_sheets
from .suite import Distance, Record, Subject, as_json, distinct, find_pictures, means, read_subject, run_suite

DEFAULT_BUDGETS = (128, 512, 1000, 3000, 4000)
DEFAULT_IMAGES = Path(__file__).resolve().parents[2] / "benchmarks" / "pictures" / "photos" / "heldout"
#: LPIPS has nothing left of smaller pictures after its pools.
LPIPS_LEAST_SIDE = 32


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--images", metavar="DIR", default=str(DEFAULT_IMAGES),
                        help="pictures to paint (default: the held-out photographs of benchmarks/pictures.py)")
    parser.add_argument("--budgets", type=_budgets, default=DEFAULT_BUDGETS, metavar="N,N,...",
                        help=f"stroke budgets (default: {','.join(map(str, DEFAULT_BUDGETS))})")
    parser.add_argument("--modes", type=_modes, default=["fast", "paper"], metavar="NAME,...",
                        help=f"painters to compare, of {', '.join(MODES)} (default: fast,paper)")
    parser.add_argument("--size", type=whole_number(16, 8192), default=512, metavar="PX",
                        help="pictures are reduced to this long side, never enlarged (default: 512)")
    parser.add_argument("--limit", type=whole_number(1), metavar="N", help="only the first N pictures")
    parser.add_argument("--brush", default="oil", help="brush of fast and classical (default: oil)")
    parser.add_argument("--predictor", metavar="NAME|FILE", help="network of fast (default: compact)")
    parser.add_argument("--paper-predictor", default="paper-compact", metavar="NAME|FILE",
                        help="network of paper (default: paper-compact)")
    parser.add_argument("--seed", type=whole_number(0), default=0, help="picks tips and orders (default: 0)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to compute")
    parser.add_argument("--lpips", choices=("alex", "vgg", "none"), default="alex",
                        help="network of LPIPS; vgg takes seconds for each painting (default: alex)")
    parser.add_argument("--out", metavar="DIR", help="write paintings, contact sheets, report.md and results.json")
    parser.add_argument("--json", action="store_true", help="print one JSON object; the report goes to stderr")


def _budgets(text: str) -> tuple[int, ...]:
    parse = whole_number(1, MOST_STROKES)
    return tuple(dict.fromkeys(parse(part) for part in text.split(",")))


def _modes(text: str) -> list[str]:
    names = list(dict.fromkeys(part.strip() for part in text.split(",")))
    unknown = [name for name in names if name not in MODES]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown mode {unknown[0]!r}; there are {', '.join(MODES)}")
    return names


def run(args: argparse.Namespace) -> int:
    """Run the bench; the exit status. Raises ValueError for pictures or predictors that are not there."""
    files = find_pictures(args.images, args.limit)
    device = _device(args.device)
    modes = make_modes(args.modes, ModeOptions(args.brush, args.predictor, args.paper_predictor, args.seed, device))
    distance, lpips_note = _distance(args.lpips)
    subjects = distinct([read_subject(file, args.size, shrunk) for file in files])
    album = Album(Path(args.out), subjects) if args.out else None
    total = len(subjects) * len(modes) * len(args.budgets)
    records = list(tqdm(
        run_suite(subjects, modes, args.budgets, distance, album.keep if album else None),
        total=total, desc="bench", unit="painting", file=sys.stderr, dynamic_ncols=True,
    ))  # fmt: skip
    held_out = sum(subject.held_out for subject in subjects)
    setting = Setting(len(subjects), held_out, args.size, device, torch.get_num_threads(), lpips_note)
    report = markdown(records, modes, setting)
    result = _result(args, records, modes)
    if album:
        album.finish(report, result)
    sys.stdout.write(json.dumps(result) + "\n" if args.json else report)
    if args.json:
        sys.stderr.write(report)
    return 0


def _device(asked: str) -> str:
    if asked == "cuda" and not torch.cuda.is_available():
        raise ValueError("--device cuda: there is no CUDA device that PyTorch can use; use --device cpu")
    return default_device() if asked == "auto" else asked


def _distance(name: str) -> tuple[Distance, str]:
    """LPIPS where its weights are there, and what the report says about it."""
    if name == "none":
        return _no_distance, "not measured"
    module = benchmark_module("lpips")
    if not module.available(name):
        return _no_distance, "no weights here; 'python benchmarks/lpips.py' fetches them"

    def distance(canvas: Tensor, picture: Tensor) -> float | None:
        return module.lpips(canvas, picture, name) if min(picture.shape[1:]) >= LPIPS_LEAST_SIDE else None

    return distance, f"v0.1, {name}"


def _no_distance(canvas: Tensor, picture: Tensor) -> None:
    return None


def _result(args: argparse.Namespace, records: Sequence[Record], modes: Sequence[Mode]) -> dict[str, object]:
    return {
        "images": str(args.images),
        "size": args.size,
        "brush": args.brush,
        "budgets": list(args.budgets),
        "modes": {mode.name: mode.about for mode in modes},
        "means": [as_json(record) for record in means(records)],
        "paintings": [as_json(record) for record in records],
    }


class Album:
    """What the bench leaves in a folder: `originals/`, `paintings/`, contact sheets, `report.md`, `results.json`."""

    def __init__(self, folder: Path, subjects: Sequence[Subject]) -> None:
        self.folder = folder
        self.rows: dict[str, list[Path]] = {}
        self.titles = ["picture"]
        for name in ("originals", "paintings"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for subject in subjects:
            file = folder / "originals" / f"{subject.name}.png"
            write_picture(file, subject.pixels)
            self.rows[subject.name] = [file]

    def keep(self, subject: Subject, mode: Mode, painting: Painting) -> None:
        """Write one painting."""
        title = f"{mode.name} {painting.budget}"
        if title not in self.titles:
            self.titles.append(title)
        file = self.folder / "paintings" / f"{subject.name}_{mode.name}_{painting.budget}.png"
        write_picture(file, painting.canvas)
        self.rows[subject.name].append(file)

    def finish(self, report: str, result: dict[str, object]) -> None:
        """Write the contact sheets and the figures."""
        write_sheets(self.folder, self.titles, list(self.rows.items()))
        writers: dict[str, Callable[[], str]] = {
            "report.md": lambda: report,
            "results.json": lambda: json.dumps(result, indent=1) + "\n",
        }
        for name, text in writers.items():
            with atomic_path(self.folder / name) as temporary:
                temporary.write_text(text(), encoding="utf-8")
