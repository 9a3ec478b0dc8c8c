"""The painters that are compared: each paints a picture at several stroke budgets.

A mode is asked for as NAME[:BRUSH[:STEPS]]: `refine:flat:60` is the refining painter with the flat brush and 60 steps,
`fast` the fast one with whatever `--brush` says.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import torch
from torch import Tensor

from ..strokes import Strokes

_BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
#: Gradient steps of `refine` unless others are asked for.
REFINE_STEPS = 80
#: All figures are measured with the fidelity that this much attention leaves; looks have more.
ATTENTION = 0.5


@dataclass(frozen=True)
class Trial:
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
        brush: what its strokes are drawn with, or nearest to that: alignment needs to know what covers what.
        only: the budgets that it is run at, None: all that are asked for.
        warms_up: does a first painting take longer than the others?
    """

    name: str
    about: str
    brush: str
    only: Sequence[int] | None
    warms_up: bool

    def paintings(self, picture: Tensor, budgets: Sequence[int]) -> Iterator[Trial]:
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
    refine: int = REFINE_STEPS


class FastMode:
    """Our painter, a network and acceptance by gain."""

    only, warms_up, steps = None, True, 0

    def __init__(self, name: str, options: ModeOptions) -> None:
        from ..predictor.checkpoint import load_predictor

        self.name, self.brush, self.options = name, options.brush, options
        self.predictor = load_predictor(options.predictor, device=options.device)
        network = options.predictor or getattr(self.predictor, "name", "default")
        steps = f", {self.steps} steps of refinement" if self.steps else ""
        self.about = f"our painter, predictor '{network}', brush '{options.brush}'{steps}"

    def paintings(self, picture: Tensor, budgets: Sequence[int]) -> Iterator[Trial]:
        from ..painting.paint_options import PaintOptions
        from ..painting.painter import paint
        from ..rendering.raster import render

        picture = picture.to(self.options.device)
        for budget in budgets:
            start = time.perf_counter()
            options = PaintOptions(strokes=budget, brush=self.brush, seed=self.options.seed, refine=self.steps,
                                   attention=ATTENTION)  # fmt: skip
            strokes = paint(picture, self.predictor, options)
            canvas = render(strokes, brush=self.brush).cpu()  # waits for the device, so it is timed
            yield Trial(budget, canvas, strokes.to("cpu"), time.perf_counter() - start)


class RefineMode(FastMode):
    """Our painter, with gradient steps on all strokes together."""

    def __init__(self, name: str, options: ModeOptions) -> None:
        if not can_refine():
            raise ValueError("mode 'refine': this version's painter has no refinement (PaintOptions.refine)")
        self.steps = options.refine
        super().__init__(name, options)


def can_refine() -> bool:
    """Does the painter have refinement?"""
    from ..painting.paint_options import PaintOptions

    return "refine" in {field.name for field in dataclasses.fields(PaintOptions)}


class PaperMode:
    """Paint Transformer's own inference.

    Its stroke count follows from the number of levels. A budget gets the canvas after the first level that has painted
    that many strokes, or the whole painting: never less than the budget as long as there is more.
    """

    only, warms_up, brush = None, True, "flat"

    def __init__(self, name: str, options: ModeOptions) -> None:
        from ..predictor.checkpoint import load_predictor

        self.name, self.device = name, options.device
        self.predictor = load_predictor(options.paper_predictor, device=options.device)
        self.about = (
            f"Paint Transformer's inference and rendering (our code), predictor '{options.paper_predictor}', "
            "stopped after the first level that reaches the budget"
        )

    def paintings(self, picture: Tensor, budgets: Sequence[int]) -> Iterator[Trial]:
        from ..paper import paint_paper

        start = time.perf_counter()
        seen: list[tuple[int, Tensor, float]] = []

        def on_step(done: int, total: int, canvas: Tensor | None) -> None:
            if canvas is not None:
                seen.append((done, canvas.cpu(), time.perf_counter() - start))

        strokes, canvas = paint_paper(picture.to(self.device), self.predictor, on_step=on_step)
        whole = Trial(0, canvas.cpu(), strokes.to("cpu"), time.perf_counter() - start)
        stages = [*_level_ends(seen, whole.strokes), whole]
        for budget in budgets:
            stage = next((stage for stage in stages if len(stage.strokes) >= budget), whole)
            yield Trial(budget, stage.canvas, stage.strokes, stage.seconds)


def _level_ends(seen: list[tuple[int, Tensor, float]], strokes: Strokes) -> list[Trial]:
    """The unfinished paintings after each level but the last.

    A level of 2^k x 2^k patches is predicted and painted, so it is done after 2 * (1 + 4 + ... + 4^k) steps.
    """
    by_step = {done: (canvas, seconds) for done, canvas, seconds in seen}
    ends = []
    for level in range(int(strokes.layer.max()) if len(strokes) else 0):
        done = 2 * (4 ** (level + 1) - 1) // 3
        if done in by_step:
            canvas, seconds = by_step[done]
            ends.append(Trial(0, canvas, strokes[strokes.layer <= level], seconds))
    return ends


class ClassicalMode:
    """The classical painter of `benchmarks/fifty_lines.py`."""

    only, warms_up = None, True

    def __init__(self, name: str, options: ModeOptions) -> None:
        self.name, self.brush, self.options = name, options.brush, options
        self.paint: Callable[..., Strokes] = benchmark_module("fifty_lines").paint_classical
        self.about = (
            "Hertzmann's layers without learning, with the strokes that gain most and least-squares colors "
            f"(benchmarks/fifty_lines.py), brush '{options.brush}'"
        )

    def paintings(self, picture: Tensor, budgets: Sequence[int]) -> Iterator[Trial]:
        from ..rendering.raster import render

        for budget in budgets:
            start = time.perf_counter()
            strokes = self.paint(picture, budget, brush=self.brush, seed=self.options.seed)
            canvas = render(strokes, brush=self.brush)
            yield Trial(budget, canvas, strokes, time.perf_counter() - start)


class PrimitiveMode:
    """fogleman/primitive, through `benchmarks/primitive.py`."""

    warms_up, brush = False, "round"

    def __init__(self, name: str, options: ModeOptions) -> None:
        self.name, self.script = name, benchmark_module("primitive")
        self.only: Sequence[int] = self.script.BUDGETS
        if not self.script.available():
            raise ValueError(f"mode 'primitive': the program is not there; {self.script.ADVICE}")
        self.about = (
            f"fogleman/primitive, half-transparent rotated ellipses, its search at its own {self.script.SEARCH_SIZE} "
            "pixels, one thread; its random numbers come from the clock"
        )

    def paintings(self, picture: Tensor, budgets: Sequence[int]) -> Iterator[Trial]:
        # always the same run, whatever of it is asked for: it is kept on disk, and takes minutes
        for budget, canvas, strokes, seconds in self.script.paint_primitive(picture, self.only):
            if budget in budgets:
                yield Trial(budget, canvas, strokes, seconds)


MODES: dict[str, Callable[[str, ModeOptions], Any]] = {
    "fast": FastMode, "refine": RefineMode, "paper": PaperMode, "classical": ClassicalMode, "primitive": PrimitiveMode,
}  # fmt: skip
#: Modes that paint with the brush that is asked for.
WITH_BRUSH = ("fast", "refine", "classical")


def make_modes(names: Sequence[str], options: ModeOptions) -> list[Mode]:
    """The modes by their names. Raises ValueError for unknown ones, and whatever loading a network raises."""
    return [make_mode(name, options) for name in names]


def make_mode(name: str, options: ModeOptions) -> Mode:
    """The mode NAME[:BRUSH[:STEPS]]. Raises ValueError as `make_modes`."""
    kind, brush, steps = split_name(name)
    changes = {"brush": brush or options.brush, "refine": options.refine if steps is None else steps}
    return MODES[kind](name, dataclasses.replace(options, **changes))


def split_name(name: str) -> tuple[str, str, int | None]:
    """A mode's kind, brush ("": the usual one) and steps (None: as usual). Raises ValueError for one that is not there.

    The brush may be a file with colons in its name; steps are what follows the last one, if it is a number.
    """
    kind, _, rest = name.partition(":")
    if kind not in MODES:
        raise ValueError(f"unknown mode {kind}; there are {', '.join(MODES)}")
    brush, _, last = rest.rpartition(":")
    steps = int(last) if last.isdecimal() else None
    rest = rest if steps is None else brush
    if (rest and kind not in WITH_BRUSH) or (steps is not None and kind != "refine"):
        raise ValueError(f"mode {name}: {kind} takes no {'steps' if kind in WITH_BRUSH else 'brush'}")
    return kind, rest, steps


def network_digest(name: str | None) -> str:
    """Name and first digits of the sha256 of a predictor's file, to know whether two runs had the same one."""
    from ..predictor.checkpoint import DEFAULT_NAME, WEIGHTS

    name = name or DEFAULT_NAME
    file = WEIGHTS / f"{name}.safetensors"
    file = file if file.is_file() else Path(name)
    return f"{name} {hashlib.sha256(file.read_bytes()).hexdigest()[:12]}" if file.is_file() else str(name)


@lru_cache(maxsize=8)
def benchmark_module(name: str) -> ModuleType:
    """A script of the folder `benchmarks`, which is no package that is installed.

    Raises ValueError where the checkout lacks it.
    """
    path = _BENCHMARKS / f"{name}.py"
    if not path.is_file():
        raise ValueError(f"{path} is missing; the bench needs a whole checkout of the repository")
    spec = importlib.util.spec_from_file_location(f"painter_benchmarks_{name}", path)
    if spec is None or spec.loader is None:
        raise ValueError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def default_device() -> str:
    """ "cuda" where there is one, else "cpu"."""
    return "cuda" if torch.cuda.is_available() else "cpu"
