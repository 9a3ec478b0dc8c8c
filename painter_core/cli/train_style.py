"""`python -m painter_core train-style`: train the network of the method `adaattn`, on a CPU or a GPU."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, cast

import torch

from ..files.identity import check_files
from ..style.networks.adaattn import AdaAttN
from ..style.networks.objective import StyleObjective
from ..style.networks.revision import quick_in_bfloat16
from ..style.networks.storage import save_adaattn
from ..training.loop import Schedule, Trainer, describe
from ..training.picture_sets import training_pictures
from ..training.shown import run_shown
from .numbers import whole_number
from .train import other_state

PICTURES = Path("benchmarks/pictures")
#: Side of a crop in pixels, pairs in a step, and minutes, when nothing else is asked for.
SIDE, BATCH, MINUTES = 128, 8, 90.0
PRECISIONS = ("fp32", "bf16")
#: Rises and falls as for predictors; attention learns slowly with more.
SCHEDULE = Schedule(learning_rate=5e-4, betas=(0.9, 0.99), weight_decay=0.0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, metavar="M", help="train for M minutes, earlier runs counted in (90)")
    length.add_argument("--steps", type=whole_number(1), metavar="N", help="train for N steps, earlier runs counted in")
    parser.add_argument("--pictures", default=str(PICTURES), metavar="DIR", help="training photographs, the contents")
    parser.add_argument("--styles", metavar="DIR", help="more pictures to take styles from (the contents alone)")
    parser.add_argument("--side", type=whole_number(32), default=SIDE, metavar="PX", help=f"side of a crop ({SIDE})")
    parser.add_argument("--batch", type=whole_number(1), default=BATCH, metavar="B", help=f"pairs in a step ({BATCH})")
    parser.add_argument(
        "--precision",
        choices=("auto", *PRECISIONS),
        default="auto",
        help="of convolutions: bf16 where the processor computes with it (auto)",
    )
    parser.add_argument("--out", default="runs/adaattn.safetensors", metavar="F", help="the network (runs/)")
    parser.add_argument("--resume", metavar="F", help="go on from the state file that a run keeps beside its --out")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="first weights and crops (0)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to compute")
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Train; returns what `--json` prints. Raises ValueError for limits, folders or states that cannot be used."""
    if args.minutes is not None and not args.minutes > 0:
        raise ValueError(f"--minutes must be more than 0, got {args.minutes}")
    out = Path(args.out)
    if out.suffix != ".safetensors":
        raise ValueError(f"--out must end in .safetensors, got {out}")
    if args.resume and not Path(args.resume).is_file():
        raise ValueError(f"--resume: there is no state file {args.resume}")
    device = "cuda" if args.device == "auto" and torch.cuda.is_available() else args.device.replace("auto", "cpu")
    if device == "cuda" and not torch.cuda.is_available():
        raise ValueError("--device cuda: this PyTorch sees no CUDA device; take --device cpu")
    contents = training_pictures(args.pictures)
    styles = contents + (training_pictures(args.styles) if args.styles else [])
    state, log = out.with_suffix(".state"), out.with_suffix(".jsonl")
    out.parent.mkdir(parents=True, exist_ok=True)
    check_files([*styles, *other_state(args.resume, state)], [out, state, log])
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(args.seed)
        network = AdaAttN().to(device)
    bfloat16 = quick_in_bfloat16(torch.device(device)) if args.precision == "auto" else args.precision == "bf16"
    objective = StyleObjective(contents, styles, args.side, args.batch, bfloat16)
    trainer = Trainer(network, objective, SCHEDULE, args.seed)
    if args.resume:
        trainer.restore(Path(args.resume))
    _train(trainer, args, out, state, log)
    facts = describe(trainer)
    sys.stderr.write(f"{out}: {facts['steps']} steps in {facts['minutes']} minutes; resume with --resume {state}\n")
    return {"network": str(out), "state": str(state), "log": str(log), **facts}


def _train(trainer: Trainer, args: argparse.Namespace, out: Path, state: Path, log: Path) -> None:
    """Run to the limit with a progress bar; the network is written at every checkpoint."""

    def write() -> None:
        network = AdaAttN(**cast(AdaAttN, trainer.model).config)
        network.load_state_dict(trainer.average)
        save_adaattn(network, out, {"seed": str(args.seed), **describe(trainer)})

    minutes = args.minutes or (None if args.steps else MINUTES)
    run_shown(trainer, steps=args.steps, minutes=minutes, checkpoint=state, log=log, on_checkpoint=write)
