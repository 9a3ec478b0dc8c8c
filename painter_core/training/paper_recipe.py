"""The paper's own training: its synthetic data, its renderer, its losses (Liu et al., ICCV 2021, section 3).

Everything here follows the authors' code to the number, also where `selftrain` does better: strokes lie inside the
patch, canvases start black, the angle of a stroke has two descriptions. It trains the baseline.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..paper.bristles import bristle_brushes
from ..predictor.base import PredictorNetwork
from ..predictor.paint_transformer import marks_of, rectangles_of
from .matching import match, squared_wasserstein
from .patches import visible_weights

#: Side of the brush picture while training; the authors' 394 pixels cost forty times as much and change nothing at 32.
BRUSH_SIDE = 64


@dataclass(frozen=True)
class PaperConfig:
    """The numbers of the public training script."""

    batch: int = 64
    least: float = 0.2
    most: float = 0.7
    #: a stroke that hides this share of an earlier one is left out
    overlap: float = 0.75
    pixel: float = 10.0
    stroke: float = 1.0
    wasserstein: float = 10.0
    decision: float = 10.0
    decision_positive: float = 10.0


@dataclass(frozen=True)
class PaperBatch:
    """canvas, target: (B, 3, P, P); rectangles: (B, S, 5) x, y, w, h, turn in units of pi; present: (B, S) bool."""

    canvas: Tensor
    target: Tensor
    rectangles: Tensor
    present: Tensor


class PaperTraining:
    """Makes batches and losses by the paper's recipe.

    Networks that give the paper's raw numbers (PaintTransformer) are compared in these. Others give marks with
    length >= width, so for them the truth is put in that form first; the strokes are the same.
    """

    def __init__(self, config: PaperConfig | None = None) -> None:
        self.config = config or PaperConfig()
        brushes = F.interpolate(bristle_brushes()[None], size=BRUSH_SIDE, mode="area")[0]
        ink = F.interpolate((bristle_brushes()[None] > 0).float(), size=BRUSH_SIDE, mode="area")[0]
        # grey without the black around it, so that reducing does not darken the rim
        self.brushes = torch.stack([brushes / ink.clamp_min(1e-3), ink], dim=1)  # (2, 2, side, side)

    @property
    def batch(self) -> int:
        """Samples in a batch."""
        return self.config.batch

    def loss(
        self, model: PredictorNetwork, progress: float, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, float]]:
        """The loss of one fresh batch, and its terms by name, already times their weights."""
        c = self.config
        data = self.synthesise(model, generator)
        parameters, logit = predicted(model, data.target, data.canvas)
        painted = self._repaint(parameters, logit, data)
        pixel = c.pixel * (painted - data.target).abs().mean()
        stroke, wasserstein, decision = self._set_losses(parameters, logit, data)
        total = pixel + stroke + wasserstein + decision
        terms = {"pixel": pixel, "stroke": stroke, "wasserstein": wasserstein, "decision": decision}
        return total, {name: float(value.detach()) for name, value in terms.items()}

    @torch.no_grad()
    def synthesise(self, model: PredictorNetwork, generator: torch.Generator) -> PaperBatch:
        """Canvases of random strokes on black, cut out of pictures twice as large, and targets with up to S more."""
        c, patch, strokes = self.config, model.patch, model.strokes
        quarter = c.batch // 4
        device = next(model.parameters()).device
        black = torch.zeros(quarter, 3, 2 * patch, 2 * patch, device=device)
        under, colors = self._random(quarter, strokes, generator, device)
        wide = self._draw(under, colors, torch.ones(quarter, strokes, device=device), black)
        canvas = wide.unfold(2, patch, patch).unfold(3, patch, patch).permute(0, 2, 3, 1, 4, 5)
        canvas = canvas.reshape(-1, 3, patch, patch)
        rectangles, colors = self._random(len(canvas), strokes, generator, device)
        if not hasattr(model, "rectangles"):
            rectangles = _as_turn(rectangles_of(marks_of(_as_radians(rectangles))))
        present = self._not_hidden(self._warp(rectangles, patch)[1])
        target = self._draw(rectangles, colors, present.float(), canvas)
        return PaperBatch(canvas, target, rectangles, present)

    def _random(
        self, batch: int, strokes: int, generator: torch.Generator, device: torch.device
    ) -> tuple[Tensor, Tensor]:
        values = torch.rand((batch, strokes, 8), generator=generator).to(device)
        c = self.config
        size = c.least + (c.most - c.least) * values[..., :4]
        return torch.cat([size, values[..., 4:5]], -1), values[..., 5:]

    def _not_hidden(self, alpha: Tensor) -> Tensor:
        """(B, S) which strokes count, in drawing order, by the overlap rule; alpha (B, S, P)."""
        area = alpha.sum(-1)
        shared = alpha @ alpha.transpose(1, 2)
        present = torch.ones(alpha.shape[:2], dtype=torch.bool, device=alpha.device)
        for later in range(1, alpha.shape[1]):
            hides = shared[:, later, :later] / (area[:, :later] + 1e-5) >= self.config.overlap
            present[:, later] = ~(hides & present[:, :later]).any(1)
        return present

    def _warp(self, rectangles: Tensor, size: int) -> tuple[Tensor, Tensor]:
        """Grey and alpha (B, S, size * size) of each stroke: grey dilated, alpha eroded by a pixel."""
        b, s, _ = rectangles.shape
        x, y, w, h, turn = (part.reshape(b * s, 1, 1) for part in rectangles.unbind(-1))
        pixel = (torch.arange(size, device=x.device) + 0.5) / size * 2 - 1
        dx, dy = pixel - (2 * x - 1), pixel[:, None] - (2 * y - 1)
        cos, sin = torch.cos(math.pi * turn), torch.sin(math.pi * turn)
        # sides that are zero or negative leave no ink; the sign is kept for the gradient's sake
        w, h = (side.sign() * side.abs().clamp_min(1e-2) for side in (w, h))
        grid = torch.stack([(cos * dx + sin * dy) / w, (cos * dy - sin * dx) / h], -1)
        upright = (rectangles[..., 3] > rectangles[..., 2]).reshape(b * s)
        pictures = self.brushes.to(x.device)[torch.where(upright, 0, 1)]
        grey, alpha = F.grid_sample(pictures, grid, align_corners=False).unbind(1)
        grey = F.max_pool2d(grey[:, None], 3, 1, 1)
        alpha = -F.max_pool2d(F.pad(-alpha[:, None], (1, 1, 1, 1), value=-1e9), 3, 1)
        return grey.view(b, s, -1), alpha.view(b, s, -1)

    def _draw(self, rectangles: Tensor, colors: Tensor, decision: Tensor, canvas: Tensor) -> Tensor:
        """Strokes (B, S, 5) over canvas (B, 3, P, P), in order, where the decision (B, S) is 1."""
        grey, alpha = self._warp(rectangles, canvas.shape[-1])
        weights, through = visible_weights(alpha * decision[..., None])
        painted = colors.transpose(1, 2) @ (weights * grey) + canvas.flatten(2) * through[:, None]
        return painted.view_as(canvas)

    def _repaint(self, parameters: Tensor, logit: Tensor, data: PaperBatch) -> Tensor:
        """The predicted strokes in the target's colors at their centers; a step with a sigmoid's gradient decides."""
        soft = torch.sigmoid(logit)
        decision = (logit > 0).to(soft.dtype) + soft - soft.detach()
        centers = 2 * parameters[:, :, None, :2] - 1
        colors = F.grid_sample(data.target, centers, align_corners=False)[..., 0].transpose(1, 2)
        return self._draw(parameters, colors, decision, data.canvas)

    def _set_losses(self, parameters: Tensor, logit: Tensor, data: PaperBatch) -> tuple[Tensor, Tensor, Tensor]:
        c = self.config
        apart = (parameters.detach()[:, :, None] - data.rectangles[:, None]).abs().sum(-1)
        gaussians = squared_wasserstein(
            _as_radians(parameters.detach())[:, :, None], _as_radians(data.rectangles)[:, None]
        )
        cost = apart + gaussians + (1 - logit.detach())[:, :, None]
        sample, chosen, true = match(cost, data.present)
        found, wanted = parameters[sample, chosen], data.rectangles[sample, true]
        stroke = c.stroke * (found - wanted).abs().mean()
        wasserstein = c.wasserstein * squared_wasserstein(_as_radians(found), _as_radians(wanted)).mean()
        exists = torch.zeros_like(logit)
        exists[sample, chosen] = 1.0
        weight = logit.new_tensor(c.decision_positive)
        decision = c.decision * F.binary_cross_entropy_with_logits(logit, exists, pos_weight=weight)
        return stroke, wasserstein, decision


def predicted(model: PredictorNetwork, target: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor]:
    """A network's strokes in the paper's numbers: (B, S, 5) x, y, w, h, turn in units of pi; and logits (B, S)."""
    if hasattr(model, "rectangles"):
        parameters, decision = model(target, canvas)
        return parameters, decision[..., 0]
    marks, logit = model.predict(target, canvas)
    return _as_turn(rectangles_of(marks)), logit


def _as_radians(rectangles: Tensor) -> Tensor:
    return torch.cat([rectangles[..., :4], rectangles[..., 4:] * math.pi], -1)


def _as_turn(rectangles: Tensor) -> Tensor:
    return torch.cat([rectangles[..., :4], rectangles[..., 4:] / math.pi], -1)
