"""What pyproject.toml cannot say: files that lie beside the package in a checkout are put into it when it is built."""

from __future__ import annotations

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
#: Pattern in the checkout -> folder in the package. The package looks for them in both places.
BESIDE = {"weights/*.safetensors": "weights", "weights/*.md": "weights"}


class BuildWithWeights(build_py):
    """`build_py`, and then the predictors with their cards."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:  # then the package is the checkout
            return
        for source, target in self._beside():
            self.mkpath(str(Path(target).parent))
            self.copy_file(str(source), target)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        beside = [] if self.editable_mode else [target for _, target in self._beside()]
        return [*super().get_outputs(include_bytecode), *beside]

    def _beside(self) -> list[tuple[Path, str]]:
        package = Path(self.build_lib, "painter_core")
        return [
            (source, str(package / folder / source.name))
            for pattern, folder in BESIDE.items()
            for source in sorted(ROOT.glob(pattern))
        ]


setup(cmdclass={"build_py": BuildWithWeights})
