"""The paper's own inference and rendering, kept as the baseline that everything else is measured against."""

from .inference import PREDICTOR, paint_paper

__all__ = ["PREDICTOR", "paint_paper"]
