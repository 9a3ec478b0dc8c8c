"""The named training recipes: which network, on which objective, with which schedule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch

from ..predictor.base import PredictorNetwork
from ..predictor.compact import CompactConfig, CompactPredictor
from ..predictor.paint_transformer import PaintTransformer
from .crops import CropPool
from .loop import Objective, Schedule
from .paper_recipe import PaperConfig, PaperTraining
from .selftrain import SelfTraining, SelfTrainingConfig
from .synthesis import SynthesisConfig

#: Crops that are cut out of the training photographs before training starts (12 kB each).
CROPS = 30_000


@dataclass(frozen=True)
class Recipe:
    """A named way to train a predictor.

    Attributes:
        about: one line for the help text.
        build: makes the untrained network.
        schedule: optimiser settings.
        objective: makes the objective from training pictures (empty if `photographs` is false), the patch size, a seed,
            and how many times the recipe's own number of samples a step has.
        photographs: whether training pictures are needed.
        steps: default length in optimiser steps, where one belongs to the recipe; else None.
        minutes: default length in minutes where `steps` is None.
    """

    about: str
    build: Callable[[], PredictorNetwork]
    schedule: Schedule
    objective: Callable[[list[Path], int, int, int], Objective]
    photographs: bool
    steps: int | None = None
    minutes: float | None = None


#: Marks that bend and taper: all that a painter's arm does within a patch.
CURVED_MARKS = CompactConfig(most_bend=2.0, most_taper=0.8)


def _self_training(marks: SynthesisConfig, pictures: list[Path], patch: int, seed: int, times: int) -> Objective:
    return SelfTraining(CropPool(pictures, CROPS, patch, seed), SelfTrainingConfig(marks=marks).times(times))


def _paper_training(pictures: list[Path], patch: int, seed: int, times: int) -> Objective:
    config = PaperConfig()
    return PaperTraining(replace(config, batch=times * config.batch))


#: The paper's Adam and its stepwise decay, 220 epochs of 256 iterations (public training script).
PAPER_SCHEDULE = Schedule(1e-4, (0.5, 0.999), weight_decay=0.0, clip=False, shape="paper")
PAPER_STEPS = 220 * 256
#: Marks of any aspect, as the paper's data has them.
PAPER_MARKS = CompactConfig(length_range=(0.05, 1.1), aspect_range=(0.1, 1.0))

RECIPES: dict[str, Recipe] = {
    "compact": Recipe(
        "the default predictor: synthetic strokes and photographs, for two CPU cores",
        lambda: CompactPredictor(CURVED_MARKS),
        Schedule(),
        partial(_self_training, SynthesisConfig(bend=1.6, taper=0.6)),
        photographs=True,
        minutes=120,
    ),
    "straight": Recipe(
        "the same with straight marks: quicker to learn, and where `compact` may start from",
        lambda: CompactPredictor(name="straight"),
        Schedule(),
        partial(_self_training, SynthesisConfig()),
        photographs=True,
        minutes=75,
    ),
    "paper": Recipe(
        "Paint Transformer (9 M parameters) as published: synthetic strokes only; wants a GPU",
        PaintTransformer,
        PAPER_SCHEDULE,
        _paper_training,
        photographs=False,
        steps=PAPER_STEPS,
    ),
    "paper-compact": Recipe(
        "the compact network on the paper's data and losses: the baseline where there is no GPU",
        lambda: CompactPredictor(PAPER_MARKS, name="paper-compact"),
        Schedule(betas=(0.9, 0.98)),
        _paper_training,
        photographs=False,
        minutes=30,
    ),
}


def untrained(recipe: Recipe, seed: int) -> PredictorNetwork:
    """The recipe's network with its first weights, which depend on `seed` alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return recipe.build()
