"""The recipe of the compact predictor: a quarter synthetic strokes with ground truth, the rest photographs without.

Photographs are painted as the painter paints them: the network's own strokes one level coarser (and sometimes one pass
at the same level) are the canvas on which the next prediction is trained, so that training meets the canvases that
painting meets. Only the pixels are compared there; there is no right answer in strokes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from ..predictor.base import PredictorNetwork
from .crops import CropPool, halved, windows
from .matching import match, moments, squared_wasserstein
from .patches import composite, coverage, draw, helpful, visible_colors, visible_weights
from .synthesis import SynthesisConfig, SyntheticBatch, synthesise


@dataclass(frozen=True)
class SelfTrainingConfig:
    """Composition of a batch and weights of the losses."""

    synthetic: int = 64
    roots: int = 48
    children: int = 144
    #: share of the children that get a second pass at their own level
    repainted: float = 0.4
    pixel_synthetic: float = 5.0
    pixel_photo: float = 20.0
    #: pixel loss at a quarter of the resolution, and the squared error, relative to the absolute one at full resolution
    coarse: float = 0.4
    squared: float = 3.0
    stroke: float = 1.5
    wasserstein: float = 3.0
    decision: float = 0.3
    decision_positive: float = 2.0
    #: the last three weights are multiplied by this after `late` of the run: pixels have the last word
    late: float = 0.5
    late_factor: float = 0.3
    #: a mark is drawn if it lowers the squared error (summed over pixels and channels) by more than this
    least_gain: float = 0.05
    #: share of samples on which every mark is drawn, so that marks which are no use yet learn to be of use
    all_drawn: float = 0.25
    marks: SynthesisConfig = field(default_factory=SynthesisConfig)

    def times(self, factor: int) -> SelfTrainingConfig:
        """The same with `factor` times as many samples of each kind in a batch."""
        counts = ("synthetic", "roots", "children")
        return replace(self, **{name: factor * getattr(self, name) for name in counts})


class SelfTraining:
    """Makes batches and losses for one model; `loss` is one training step's objective."""

    def __init__(self, pool: CropPool, config: SelfTrainingConfig) -> None:
        self.pool = pool
        self.config = config

    def loss(
        self, model: PredictorNetwork, progress: float, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, float]]:
        """The loss of one fresh batch, and its terms by name. `progress` is the share of the run that is over."""
        c = self.config
        device = next(model.parameters()).device
        synthetic = synthesise(c.synthetic, model.strokes, model.patch, c.marks, generator, device)
        targets, canvases = self._photographs(model, generator)
        target = torch.cat([synthetic.target, targets])
        canvas = torch.cat([synthetic.canvas, canvases])
        marks, logit = model(target, canvas)
        cover = coverage(marks, model.patch)
        useful = helpful(cover, target.flatten(2), canvas.flatten(2), c.least_gain)
        everything = (torch.rand((len(useful), 1), generator=generator) < c.all_drawn).to(device)
        painted = draw(cover, torch.where(everything, 1.0, useful), target, canvas)
        synthetic_pixels = self._pixel_loss(painted[: c.synthetic], target[: c.synthetic])
        photo_pixels = self._pixel_loss(painted[c.synthetic :], targets)
        stroke, wasserstein, decision = set_losses(
            marks[: c.synthetic], logit[: c.synthetic], synthetic, c.decision_positive
        )
        decision = decision + F.binary_cross_entropy_with_logits(logit[c.synthetic :], useful[c.synthetic :])
        late = c.late_factor if progress > c.late else 1.0
        total = (
            c.pixel_synthetic * synthetic_pixels
            + c.pixel_photo * photo_pixels
            + late * (c.stroke * stroke + c.wasserstein * wasserstein + c.decision * decision)
        )
        sparing = (~everything[c.synthetic :, 0]).float()
        squared = (painted[c.synthetic :] - targets).detach().square().mean((1, 2, 3))
        terms = {
            "synthetic": synthetic_pixels,
            "photo": photo_pixels,
            "photo_mse": (squared * sparing).sum() / sparing.sum().clamp_min(1),
            "stroke": stroke,
            "wasserstein": wasserstein,
            "decision": decision,
            "useful": useful[c.synthetic :].mean(),
        }
        return total, {name: float(value.detach()) for name, value in terms.items()}

    def _pixel_loss(self, painted: Tensor, target: Tensor) -> Tensor:
        coarse = (F.avg_pool2d(painted, 4) - F.avg_pool2d(target, 4)).abs().mean()
        apart = painted - target
        return apart.abs().mean() + self.config.coarse * coarse + self.config.squared * apart.square().mean()

    @property
    def batch(self) -> int:
        """Samples in a batch."""
        return self.config.synthetic + self.config.roots + self.config.children

    @torch.no_grad()
    def _photographs(self, model: PredictorNetwork, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Targets and canvases (roots + children, 3, P, P) from photographs."""
        c, patch = self.config, model.patch
        crops = self.pool.draw(c.children, generator, next(model.parameters()).device)
        parents = halved(crops)
        grounds = _grounds(parents, generator)
        children, below = roll_out(model, crops, grounds, c.least_gain, generator)
        again = int(c.repainted * c.children)
        cover = coverage(model(children[:again], below[:again])[0], patch)
        useful = helpful(cover, children[:again].flatten(2), below[:again].flatten(2), c.least_gain)
        below = torch.cat([draw(cover, useful, children[:again], below[:again]), below[again:]])
        return torch.cat([parents[: c.roots], children]), torch.cat([grounds[: c.roots], below])


def roll_out(
    model: PredictorNetwork, crops: Tensor, grounds: Tensor, least_gain: float, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Paint crops one level coarser than they are, and cut a patch out of each.

    Args:
        crops: (B, 3, 2P, 2P); grounds: (B, 3, P, P) canvases of the coarser level.
    Returns:
        target patches (B, 3, P, P) at the crops' own resolution, and the canvas below them.
    """
    patch = model.patch
    parents = halved(crops)
    marks, _ = model(parents, grounds)
    cover = coverage(marks, patch)
    drawn = helpful(cover, parents.flatten(2), grounds.flatten(2), least_gain)[..., None]
    weights, _ = visible_weights(cover * drawn)
    colors = visible_colors(weights, parents.flatten(2))
    weights, through = visible_weights(coverage(marks, 2 * patch) * drawn)
    ground = F.interpolate(grounds, scale_factor=2, mode="bilinear").flatten(2)
    canvas = composite(weights, through, colors, ground).view_as(crops)
    corner = torch.randint(patch + 1, (len(crops), 2), generator=generator)
    return windows(crops, patch, corner), windows(canvas, patch, corner)


def _grounds(parents: Tensor, generator: torch.Generator) -> Tensor:
    """Canvases for the coarser level: half the mean color, a quarter a blur of the target, a quarter any color."""
    mean = parents.mean((2, 3), keepdim=True).expand_as(parents)
    blurred = F.interpolate(F.avg_pool2d(parents, 8), scale_factor=8, mode="bilinear")
    anything = torch.rand((len(parents), 3, 1, 1), generator=generator).to(parents.device).expand_as(parents)
    choice = torch.randint(4, (len(parents), 1, 1, 1), generator=generator).to(parents.device)
    return torch.where(choice < 2, mean, torch.where(choice == 2, blurred, anything))


def set_losses(marks: Tensor, logit: Tensor, truth: SyntheticBatch, positive: float) -> tuple[Tensor, Tensor, Tensor]:
    """Stroke, Wasserstein and decision loss after matching.

    Args:
        marks: (B, S, 5 or 7); logit: (B, S); positive: weight of the strokes that exist in the decision loss.
    Returns:
        Three scalars: mean L1 of the moments of matched pairs, their mean squared Wasserstein distance, mean BCE.
    """
    apart = (moments(marks.detach())[:, :, None] - moments(truth.marks)[:, None]).abs().sum(-1)
    cost = apart - 0.2 * torch.sigmoid(logit.detach())[:, :, None]
    sample, predicted, true = match(cost, truth.present)
    chosen, wanted = marks[sample, predicted], truth.marks[sample, true]
    stroke = (moments(chosen) - moments(wanted)).abs().sum(-1).mean()
    wasserstein = squared_wasserstein(chosen, wanted).mean()
    exists = torch.zeros_like(logit)
    exists[sample, predicted] = 1.0
    decision = F.binary_cross_entropy_with_logits(logit, exists, pos_weight=logit.new_tensor(positive))
    return stroke, wasserstein, decision
