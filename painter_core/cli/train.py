"""`python -m painter_core train`: train a predictor by a named recipe, on a CPU or a GPU."""

from __future__ import annotations

import argparse
import math
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from ..files.identity import check_files
from ..predictor.base import PredictorNetwork
from ..predictor.checkpoint import load_predictor, save_predictor
from ..training.loop import Trainer, describe
from ..training.picture_sets import training_pictures
from ..training.recipes import RECIPES, Recipe, untrained
from ..training.shown import run_shown
from ..training.start import start_from
from .numbers import whole_number

DEFAULT_PICTURES = Path("benchmarks/pictures")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    recipes = "; ".join(f"{name}: {recipe.about}" for name, recipe in RECIPES.items())
    parser.add_argument("--config", choices=tuple(RECIPES), default="compact", help=f"recipe (compact). {recipes}")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, metavar="M", help="train for M minutes, earlier runs counted in")
    length.add_argument("--steps", type=int, metavar="N", help="train for N steps, earlier runs counted in")
    parser.add_argument("--out", default=None, metavar="F.safetensors", help="where the predictor goes (runs/)")
    parser.add_argument("--resume", metavar="F", help="go on from the state file that a run keeps beside its --out")
    about = "first weights: those of another predictor of this architecture; what it lacks starts at zero"
    parser.add_argument("--start-from", metavar="NAME|FILE", help=about)
    about = "photographs to learn from, any folder of them (%(default)s)"
    parser.add_argument("--pictures", default=str(DEFAULT_PICTURES), metavar="DIR", help=about)
    about = "K times the recipe's samples in a step, for a GPU, at a learning rate sqrt(K) times as high (1)"
    parser.add_argument("--batch-factor", type=whole_number(1), default=1, metavar="K", help=about)
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="first weights and samples (0)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to compute")
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Train; returns what `--json` prints. Raises ValueError for limits, folders or states that cannot be used."""
    recipe = RECIPES[args.config]
    for name in ("minutes", "steps"):
        value = getattr(args, name)
        if value is not None and not value > 0:
            raise ValueError(f"--{name} must be more than 0, got {value}")
    out = Path(args.out or f"runs/{args.config}.safetensors")
    if out.suffix != ".safetensors":
        raise ValueError(f"--out must end in .safetensors, got {out}")
    state, log = out.with_suffix(".state"), out.with_suffix(".jsonl")
    if args.resume and args.start_from:
        raise ValueError("--resume goes on with a run's own weights: give it without --start-from")
    if args.resume and not Path(args.resume).is_file():
        raise ValueError(f"--resume: there is no state file {args.resume}")
    start = load_predictor(args.start_from) if args.start_from else None
    pictures = training_pictures(args.pictures) if recipe.photographs else []
    out.parent.mkdir(parents=True, exist_ok=True)
    # the state that a run goes on from may be its own, which then goes on too
    others = [args.start_from] if args.start_from and Path(args.start_from).is_file() else []
    check_files([*pictures, *others, *other_state(args.resume, state)], [out, state, log])
    trainer = _trainer(recipe, args, pictures, start)
    _train(trainer, recipe, args, out, state, log)
    facts = describe(trainer)
    sys.stderr.write(f"{out}: {facts['samples']} samples in {facts['minutes']} minutes; resume with --resume {state}\n")
    return {"predictor": str(out), "state": str(state), "log": str(log), "config": args.config, **facts}


def other_state(resume: str | None, state: Path) -> list[str]:
    """The state file that a run goes on from, unless it is the one that the run keeps itself."""
    if resume is None or (state.exists() and os.path.samefile(resume, state)):
        return []
    return [resume]


def _trainer(recipe: Recipe, args: argparse.Namespace, pictures: list[Path], start: PredictorNetwork | None) -> Trainer:
    device = "cuda" if args.device == "auto" and torch.cuda.is_available() else args.device.replace("auto", "cpu")
    if device == "cuda" and not torch.cuda.is_available():
        raise ValueError("--device cuda: this PyTorch sees no CUDA device; take --device cpu")
    model = untrained(recipe, args.seed)
    if start is not None:
        start_from(model, start)
    model = model.to(device)
    times = args.batch_factor
    schedule = replace(recipe.schedule, learning_rate=recipe.schedule.learning_rate * math.sqrt(times))
    trainer = Trainer(model, recipe.objective(pictures, model.patch, args.seed, times), schedule, args.seed)
    if args.resume:
        trainer.restore(Path(args.resume))
    return trainer


def _train(trainer: Trainer, recipe: Recipe, args: argparse.Namespace, out: Path, state: Path, log: Path) -> None:
    """Run to the limit with a progress bar; the predictor is written at every checkpoint."""

    def write() -> None:
        predictor = recipe.build()
        predictor.load_state_dict(trainer.average)
        facts = {"recipe": args.config, "seed": str(args.seed), **describe(trainer)}
        if args.start_from:
            facts["started from"] = Path(args.start_from).name
        save_predictor(predictor.eval(), out, facts)

    steps = args.steps or (None if args.minutes else recipe.steps)
    minutes = args.minutes or (None if steps else recipe.minutes)
    run_shown(trainer, steps=steps, minutes=minutes, checkpoint=state, log=log, on_checkpoint=write)
