"""The training loop: resumable, seeded, limited by steps or by minutes; a JSON-lines log and regular checkpoints."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ..files.atomic import atomic_path

#: Share of the run over which the learning rate rises from zero.
WARM_UP = 0.02
GRADIENT_NORM = 1.0
#: Half-life of the averaged weights is about 350 steps; the average is what gets saved as the predictor.
AVERAGE_DECAY = 0.998
LOG_EVERY = 20


class Objective(Protocol):
    """What a recipe trains on: fresh batches and their loss."""

    @property
    def batch(self) -> int:
        """Samples in a batch."""
        ...

    def loss(self, model: Any, progress: float, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]: ...


@dataclass(frozen=True)
class Schedule:
    """Optimiser settings; the learning rate follows `shape` (progress in [0, 1] -> factor)."""

    learning_rate: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.98)
    weight_decay: float = 0.01
    clip: bool = True
    shape: str = "cosine"

    def factor(self, progress: float) -> float:
        """Learning rate at `progress` as a share of the full one: cosine to zero, or the paper's steps."""
        if self.shape == "cosine":
            return min(1.0, progress / WARM_UP) * (0.5 + 0.5 * math.cos(math.pi * min(1.0, progress)))
        # 200 epochs constant, then times 0.3 every 5 of the last 20 (facts of the public training script)
        return 0.3 ** max(0, math.floor((progress * 220 - 200) / 5))


class Trainer:
    """One training run: model, its average, optimiser, random state; all of it saved and restored together."""

    def __init__(self, model: nn.Module, objective: Objective, schedule: Schedule, seed: int) -> None:
        self.model = model.train()
        self.objective = objective
        self.schedule = schedule
        self.generator = torch.Generator().manual_seed(seed)
        self.optimizer = torch.optim.AdamW(
            model.parameters(), schedule.learning_rate, schedule.betas, weight_decay=schedule.weight_decay
        )
        self.average = {name: value.detach().clone() for name, value in model.state_dict().items()}
        self.step = 0
        self.seconds = 0.0
        self.samples = 0

    def train_step(self, progress: float) -> dict[str, float]:
        """One optimiser step; returns the loss terms. Raises FloatingPointError when the loss is not finite."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.schedule.learning_rate * self.schedule.factor(progress)
        loss, terms = self.objective.loss(self.model, progress, self.generator)
        if not torch.isfinite(loss):
            raise FloatingPointError(f"training: the loss became {float(loss)} at step {self.step}: {terms}")
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if self.schedule.clip:
            nn.utils.clip_grad_norm_(self.model.parameters(), GRADIENT_NORM)
        self.optimizer.step()
        self._update_average()
        self.step += 1
        self.samples += self.objective.batch
        return {"loss": float(loss.detach()), **terms}

    @torch.no_grad()
    def _update_average(self) -> None:
        decay = min(AVERAGE_DECAY, (1 + self.step) / (10 + self.step))
        for name, value in self.model.state_dict().items():
            if value.is_floating_point():
                self.average[name].lerp_(value, 1 - decay)
            else:
                self.average[name].copy_(value)

    def save(self, path: Path) -> None:
        """Write everything that `restore` needs, all or nothing."""
        state = {
            "model": self.model.state_dict(),
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "step": self.step,
            "seconds": self.seconds,
            "samples": self.samples,
        }
        with atomic_path(path) as temporary, temporary.open("wb") as file:
            try:
                torch.save(state, file)
            except RuntimeError as error:  # so PyTorch tells of a full disk
                raise OSError(f"the disk may be full ({str(error).splitlines()[0]})") from error

    def restore(self, path: Path) -> None:
        """Go on from a file of `save`. Raises ValueError if it is not one, or of another network."""
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            self.model.load_state_dict(state["model"])
            self.average = {name: value.to(self.average[name].device) for name, value in state["average"].items()}
            self.optimizer.load_state_dict(state["optimizer"])
            self.generator.set_state(state["generator"])
            self.step, self.seconds, self.samples = state["step"], state["seconds"], state["samples"]
        except Exception as error:
            raise ValueError(f"cannot resume from {path}: {error}") from error


def run(
    trainer: Trainer,
    *,
    steps: int | None,
    minutes: float | None,
    checkpoint: Path,
    log: Path,
    checkpoint_minutes: float = 3.0,
    on_step: Callable[[int, float, dict[str, float]], None] | None = None,
    on_checkpoint: Callable[[], None] | None = None,
) -> None:
    """Train until `steps` steps or `minutes` minutes (earlier runs counted in) are reached, whichever is first.

    Args:
        checkpoint: file for the state, rewritten every `checkpoint_minutes` and at the end, also after an exception
            such as KeyboardInterrupt.
        log: JSON-lines file, appended to; one line every 20 steps.
        on_step: called with (step, progress in [0, 1], terms).
    """
    if steps is None and minutes is None:
        raise ValueError("training needs a limit: steps or minutes")

    def progress() -> float:
        shares = [trainer.step / steps if steps else 0.0, trainer.seconds / 60 / minutes if minutes else 0.0]
        return max(shares)

    def keep() -> None:
        trainer.save(checkpoint)
        if on_checkpoint:
            on_checkpoint()

    saved = trainer.seconds
    sums: dict[str, float] = {}
    try:
        with log.open("a") as lines:
            while (done := progress()) < 1:
                started = time.perf_counter()
                terms = trainer.train_step(done)
                trainer.seconds += time.perf_counter() - started
                for name, value in terms.items():
                    sums[name] = sums.get(name, 0.0) + value / LOG_EVERY
                if trainer.step % LOG_EVERY == 0:
                    entry = {"step": trainer.step, "samples": trainer.samples, "seconds": round(trainer.seconds, 1)}
                    entry |= {name: round(value, 5) for name, value in sums.items()}
                    lines.write(json.dumps(entry) + "\n")
                    lines.flush()
                    sums = {}
                if on_step:
                    on_step(trainer.step, done, terms)
                if trainer.seconds - saved > 60 * checkpoint_minutes:
                    saved = trainer.seconds
                    keep()
    finally:
        keep()


def describe(trainer: Trainer) -> dict[str, str]:
    """What a saved predictor says of its training: samples, steps, minutes, schedule."""
    return {
        "samples": str(trainer.samples),
        "steps": str(trainer.step),
        "minutes": f"{trainer.seconds / 60:.1f}",
        "schedule": json.dumps(asdict(trainer.schedule)),
    }
