"""The paper's own inference and rendering, kept as the baseline that everything else is measured against."""

from .inference import paint_paper

__all__ = ["paint_paper"]
