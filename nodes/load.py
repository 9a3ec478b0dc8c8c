"""Load a stroke predictor from disk."""

from __future__ import annotations

import os

from comfy_api.latest import io

from . import menu, models
from .choices import found
from .types import StrokePredictor


class LoadStrokePredictor(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return menu.schema(
            "LoadStrokePredictor",
            description="Load the network that looks at a picture and writes brush strokes.",
            inputs=[
                io.Combo.Input(
                    "model_name",
                    options=models.names(),
                    default=models.DEFAULT,
                    tooltip="The network: one that comes with this pack, or a file of yours in models/painter.",
                ),
            ],
            outputs=[
                StrokePredictor.Output(display_name="predictor", tooltip="The network, for Paint Image."),
            ],
        )

    @classmethod
    def validate_inputs(cls, model_name: str | None) -> bool | str:
        return found(models.path_of, model_name)

    @classmethod
    def fingerprint_inputs(cls, model_name: str) -> tuple[str, float, int] | str:
        """A file that was replaced is loaded again."""
        try:
            path = models.path_of(model_name)
        except ValueError:
            return model_name  # execute says what is wrong
        return path, os.path.getmtime(path), os.path.getsize(path)

    @classmethod
    def execute(cls, model_name: str) -> io.NodeOutput:
        return io.NodeOutput(models.load(model_name))
