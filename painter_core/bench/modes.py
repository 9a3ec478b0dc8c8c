"""The painters that are compared: each paints a picture at several stroke budgets."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Protocol

import torch
from torch import Tensor

from ..strokes import Strokes

_BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@dataclass(frozen=True)
class Painting:
    """One painting: the budget that was asked for, its pixels (3, H, W) on the CPU, its strokes, its seconds."""

    budget: int
    canvas: Tensor
    strokes: Strokes
    seconds: float


class Mode(Protocol):
    """A painter in the bench.

    Attributes:
        name: as in `--modes`.
        about: one line for the report: which network, which brush.
    """

    name: str
    about: str

    def paintings(self, picture: Tensor, budgets: Sequence[int]) -> Iterator[Painting]:
        """A (3, H, W) picture in [0, 1] painted at each budget, in the order of the budgets."""
        ...


@dataclass(frozen=True)
class ModeOptions:
    """What the modes are made with; the fields are the options of the command line."""

    brush: str = "oil"
    predictor: str | None = None
    paper_predictor: str = "paper-compact"
    seed: int = 0
    device: str = "cpu"


class FastMode:
    """Our painter, a network and acceptance by gain."""

    name = "fast"

    def __init__(self, options: ModeOptions) -> None:
        from ..predictor.checkpoint import load_predictor

        self.options = options
        self.predictor = load_predictor(options.predictor, device=options.device)
        name = options.predictor or getattr(self.predictor, "name", "default")
        self.about = f"our painter, predictor '{name}', brush '{options.brush}'"

    def paintings(self, picture: Tensor, budgets: Sequence[int]) -> Iterator[Painting]:
        from ..painter import PaintOptions, paint
        from ..raster import render

        picture = picture.to(self.options.device)
        for budget in budgets:
            start = time.perf_counter()
            options = PaintOptions(strokes=budget, brush=self.options.brush, seed=self.options.seed)
            strokes = paint(picture, self.predictor, options)
            canvas = render(strokes, brush=self.options.brush).cpu()  # waits for the device, so it is timed
            yield Painting(budget, canvas, strokes.to("cpu"), time.perf_counter() - start)


class PaperMode:
    """Paint Transformer's own inference.

    Its stroke count follows from the number of levels. A budget gets the canvas after the first level that has painted
    that many strokes, or the whole painting: never less than the budget as long as there is more.
    """

    name = "paper"

    def __init__(self, options: ModeOptions) -> None:
        from ..predictor.checkpoint import load_predictor

        self.device = options.device
        self.predictor = load_predictor(options.paper_predictor, device=options.device)
        self.about = (
            f"Paint Transformer's inference and rendering (our code), predictor '{options.paper_predictor}', "
            "stopped after the first level that reaches the budget"
        )

    def paintings(self, picture: Tensor, budgets: Sequence[int]) -> Iterator[Painting]:
        from ..paper import paint_paper

        start = time.perf_counter()
        seen: list[tuple[int, Tensor, float]] = []

        def on_step(done: int, total: int, canvas: Tensor | None) -> None:
            if canvas is not None:
                seen.append((done, canvas.cpu(), time.perf_counter() - start))

        strokes, canvas = paint_paper(picture.to(self.device), self.predictor, on_step=on_step)
        whole = Painting(0, canvas.cpu(), strokes.to("cpu"), time.perf_counter() - start)
        stages = [*_level_ends(seen, whole.strokes), whole]
        for budget in budgets:
            stage = next((stage for stage in stages if len(stage.strokes) >= budget), whole)
            yield Painting(budget, stage.canvas, stage.strokes, stage.seconds)


def _level_ends(seen: list[tuple[int, Tensor, float]], strokes: Strokes) -> list[Painting]:
    """The unfinished paintings after each level but the last.

    A level of 2^k x 2^k patches is predicted and painted, so it is done after 2 * (1 + 4 + ... + 4^k) steps.
    """
    by_step = {done: (canvas, seconds) for done, canvas, seconds in seen}
    ends = []
    for level in range(int(strokes.layer.max()) if len(strokes) else 0):
        done = 2 * (4 ** (level + 1) - 1) // 3
        if done in by_step:
            canvas, seconds = by_step[done]
            ends.append(Painting(0, canvas, strokes[strokes.layer <= level], seconds))
    return ends


class ClassicalMode:
    """The classical painter of `benchmarks/fifty_lines.py`."""

    name = "classical"

    def __init__(self, options: ModeOptions) -> None:
        self.options = options
        self.paint: Callable[..., Strokes] = benchmark_module("fifty_lines").paint_classical
        self.about = f"Hertzmann's layers without learning (benchmarks/fifty_lines.py), brush '{options.brush}'"

    def paintings(self, picture: Tensor, budgets: Sequence[int]) -> Iterator[Painting]:
        from ..raster import render

        for budget in budgets:
            start = time.perf_counter()
            strokes = self.paint(picture, budget, brush=self.options.brush, seed=self.options.seed)
            canvas = render(strokes, brush=self.options.brush)
            yield Painting(budget, canvas, strokes, time.perf_counter() - start)


MODES: dict[str, Callable[[ModeOptions], Mode]] = {
    mode.name: mode for mode in (FastMode, PaperMode, ClassicalMode)
}


def make_modes(names: Sequence[str], options: ModeOptions) -> list[Mode]:
    """The modes by their names. Raises ValueError for an unknown one, and whatever loading a predictor raises."""
    unknown = [name for name in names if name not in MODES]
    if unknown:
        raise ValueError(f"unknown mode {', '.join(unknown)}; there are {', '.join(MODES)}")
    return [MODES[name](options) for name in names]


def benchmark_module(name: str) -> ModuleType:
    """A script of the folder `benchmarks`, which is no package that is installed.

    Raises ValueError where the checkout lacks it.
    """
    path = _BENCHMARKS / f"{name}.py"
    if not path.is_file():
        raise ValueError(f"{path} is missing; the bench needs a whole checkout of the repository")
    spec = importlib.util.spec_from_file_location(f"painter_benchmarks_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def default_device() -> str:
    """"cuda" where there is one, else "cpu"."""
    return "cuda" if torch.cuda.is_available() else "cpu"
