"""Training with a progress bar, as the commands show it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from .loop import Trainer, run


def run_shown(
    trainer: Trainer,
    *,
    steps: int | None,
    minutes: float | None,
    checkpoint: Path,
    log: Path,
    on_checkpoint: Callable[[], None],
) -> None:
    """`loop.run`, with steps, the loss and the share that is done on the standard error stream."""
    with tqdm(total=1000, unit="", bar_format="{l_bar}{bar}| {elapsed} {postfix}", file=sys.stderr) as bar:

        def show(step: int, progress: float, terms: dict[str, float]) -> None:
            bar.n = min(1000, int(1000 * progress))
            bar.set_postfix_str(f"step {step} loss {terms['loss']:.3f}", refresh=False)
            bar.update(0)

        run(
            trainer, steps=steps, minutes=minutes, checkpoint=checkpoint, log=log, on_step=show,
            on_checkpoint=on_checkpoint,
        )  # fmt: skip
