"""`python -m painter_core bench`: the command's arguments, and what it writes."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from ..bench.album import keep_originals, write_album
from ..bench.modes import MODES, REFINE_STEPS, Mode, ModeOptions, default_device, make_modes, network_digest, split_name
from ..bench.perceptual import NETWORKS, make_distances
from ..bench.records import Record, as_json, means
from ..bench.report import Setting, markdown
from ..bench.shards import Journal, Workshop, run_tasks, tasks_of
from ..bench.suite import Subject, read_subjects, wanted
from ..painting.paint_options import MOST_STROKES
from .numbers import whole_number

DEFAULT_BUDGETS = (128, 256, 512, 1000, 4000)
#: Budgets on the contact sheets: where paintings still differ by eye.
SHEET_BUDGETS = (256, 1000, 4000)
DEFAULT_IMAGES = Path(__file__).resolve().parents[2] / "benchmarks" / "pictures" / "photos" / "heldout"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument(
        "--images",
        metavar="DIR,...",
        default=str(DEFAULT_IMAGES),
        help="folders with pictures, with means for each (default: the held-out photographs)",
    )
    parser.add_argument(
        "--limit",
        type=_numbers(None),
        metavar="N,...",
        help="only the first N pictures of every folder; N,N,... has one number for each folder",
    )
    parser.add_argument(
        "--budgets",
        type=_numbers(MOST_STROKES),
        default=DEFAULT_BUDGETS,
        metavar="N,...",
        help=f"stroke budgets (default: {','.join(map(str, DEFAULT_BUDGETS))})",
    )
    parser.add_argument(
        "--modes",
        type=_modes,
        default=["fast", "paper"],
        metavar="MODE,...",
        help=f"painters to compare: {', '.join(MODES)}; also MODE:BRUSH, refine:BRUSH:STEPS (default: fast,paper)",
    )
    parser.add_argument(
        "--size",
        type=whole_number(16, 8192),
        default=512,
        metavar="PX",
        help="pictures are reduced to this long side, never enlarged (default: 512)",
    )
    parser.add_argument("--brush", default="oil", help="brush of fast, refine and classical (default: oil)")
    parser.add_argument(
        "--refine",
        type=whole_number(1, 10_000),
        default=REFINE_STEPS,
        metavar="STEPS",
        help=f"gradient steps of refine (default: {REFINE_STEPS})",
    )
    parser.add_argument("--predictor", metavar="NAME|FILE", help="network of fast and refine (default: compact)")
    parser.add_argument(
        "--paper-predictor",
        default="paper-compact",
        metavar="NAME|FILE",
        help="network of paper (default: paper-compact)",
    )
    parser.add_argument("--seed", type=whole_number(0), default=0, help="picks tips and orders (default: 0)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to compute")
    parser.add_argument(
        "--lpips",
        type=_networks,
        default=("alex",),
        metavar="NET,...",
        help="networks of LPIPS: alex, vgg, alex,vgg or none; vgg takes 2 s a painting (default: alex)",
    )
    parser.add_argument(
        "--jobs",
        type=whole_number(1, 256),
        default=1,
        metavar="N",
        help="pictures painted at once, in processes with one thread each (default: 1, all threads)",
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        help="write paintings, contact sheets, report.md, results.json, and records.jsonl as it goes",
    )
    parser.add_argument("--resume", action="store_true", help="go on with what a stopped run has left in --out")
    parser.add_argument(
        "--sheet",
        type=_numbers(MOST_STROKES),
        default=SHEET_BUDGETS,
        metavar="N,...",
        help=f"budgets on the contact sheets (default: {','.join(map(str, SHEET_BUDGETS))})",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object; the report goes to stderr")


def _numbers(most: int | None) -> Callable[[str], tuple[int, ...]]:
    """An argparse type: whole numbers from 1, each once if there is a most."""
    parse = whole_number(1, most)

    def numbers(text: str) -> tuple[int, ...]:
        found = tuple(parse(part) for part in text.split(","))
        return found if most is None else tuple(dict.fromkeys(found))

    return numbers


def _modes(text: str) -> list[str]:
    names = list(dict.fromkeys(part.strip() for part in text.split(",")))
    for name in names:
        try:
            split_name(name)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
    return names


def _networks(text: str) -> tuple[str, ...]:
    names = () if text == "none" else tuple(dict.fromkeys(text.split(",")))
    unknown = [name for name in names if name not in NETWORKS]
    if unknown:
        raise argparse.ArgumentTypeError(f"must be of {', '.join(NETWORKS)}, or none, got {unknown[0]!r}")
    return names


def run(args: argparse.Namespace) -> int:
    """Run the bench; the exit status. Raises ValueError for pictures, predictors or results that do not fit."""
    if args.resume and not args.out:
        raise ValueError("--resume goes on with the results in a folder: give it with --out")
    device = _device(args.device)
    options = ModeOptions(args.brush, args.predictor, args.paper_predictor, args.seed, device, args.refine)
    modes = make_modes(args.modes, options)
    _, lpips_note = make_distances(args.lpips, device)
    subjects = _subjects(args)
    out = Path(args.out) if args.out else None
    journal = Journal(out, _setting(args, device), args.resume) if out else None
    if out:
        keep_originals(out, subjects)
    records = _run_all(args, subjects, modes, Workshop(options, args.lpips, out), journal)
    held_out = sum(subject.held_out for subject in subjects)
    threads = torch.get_num_threads()
    setting = Setting(len(subjects), held_out, args.size, device, threads, lpips_note, args.jobs)
    report = markdown(records, modes, setting)
    result = _result(args, records, modes)
    if out:
        sheet = [budget for budget in args.sheet if budget in args.budgets] or args.budgets[:3]
        write_album(out, subjects, records, sheet, report, result)
    sys.stdout.write(json.dumps(result) + "\n" if args.json else report)
    if args.json:
        sys.stderr.write(report)
    return 0


def _device(asked: str) -> str:
    if asked == "cuda" and not torch.cuda.is_available():
        raise ValueError("--device cuda: there is no CUDA device that PyTorch can use; use --device cpu")
    return default_device() if asked == "auto" else asked


def _subjects(args: argparse.Namespace) -> list[Subject]:
    folders = args.images.split(",")
    limits = args.limit or (None,)
    if len(limits) not in (1, len(folders)):
        raise ValueError(f"--limit has {len(limits)} numbers for {len(folders)} folders; give one, or one for each")
    return read_subjects(folders, limits if len(limits) == len(folders) else limits * len(folders), args.size)


def _setting(args: argparse.Namespace, device: str) -> dict[str, Any]:
    """What has to be equal for the records of two runs to belong together."""
    networks = {"predictor": network_digest(args.predictor), "paper_predictor": network_digest(args.paper_predictor)}
    return {
        "size": args.size, "brush": str(args.brush), "refine": args.refine, "seed": args.seed, "device": device,
        "lpips": list(args.lpips), **networks,
    }  # fmt: skip


def _run_all(
    args: argparse.Namespace, subjects: Sequence[Subject], modes: Sequence[Mode], workshop: Workshop,
    journal: Journal | None,
) -> list[Record]:  # fmt: skip
    """The records of all that was asked for, those of an earlier run included, in the order of modes and subjects."""
    records = list(journal.records) if journal else []
    tasks = tasks_of(subjects, modes, args.budgets, records)
    total = sum(len(wanted(mode, args.budgets)) for mode in modes) * len(subjects)
    left = sum(len(task.budgets) for task in tasks)
    with tqdm(total=total, initial=total - left, desc="bench", unit="painting", file=sys.stderr,
              dynamic_ncols=True) as progress:  # fmt: skip
        for made in run_tasks(tasks, workshop, args.jobs):
            if journal:
                journal.add(made)
            records += made
            progress.update(len(made))
    found = {(record.mode, record.group, record.picture, record.budget): record for record in records}
    order = [
        (mode.name, subject.group, subject.name, budget)
        for mode in modes for subject in subjects for budget in wanted(mode, args.budgets)
    ]  # fmt: skip
    return [found[key] for key in order if key in found]


def _result(args: argparse.Namespace, records: Sequence[Record], modes: Sequence[Mode]) -> dict[str, Any]:
    return {
        "images": str(args.images),
        "size": args.size,
        "brush": str(args.brush),
        "refine": args.refine,
        "jobs": args.jobs,
        "budgets": list(args.budgets),
        "modes": {mode.name: mode.about for mode in modes},
        "means": [as_json(record) for record in means(records)],
        "means_of_groups": [as_json(record) for record in means(records, by_group=True)],
        "paintings": [as_json(record) for record in records],
    }
