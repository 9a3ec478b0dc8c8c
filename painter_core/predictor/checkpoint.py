"""Save and load stroke predictors. Files come from strangers: nothing in them is ever executed.

Our own format is safetensors with the architecture and its config in the metadata. The weights that the authors of
Paint Transformer published are read too: as `model.pth` (PyTorch's reader that builds tensors and nothing else), as
safetensors, or as .npz from their Paddle file.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

from ..files.atomic import atomic_path
from .base import PredictorNetwork
from .layouts import shortened, to_paint_transformer
from .weight_files import first_line, naming, read_safetensors, read_tensors, refused

#: Predictors that come with this package: NAME.safetensors, inside it where it is installed, beside it in a checkout.
PACKAGE = Path(__file__).resolve().parents[1]
WEIGHTS = next(
    (folder for folder in (PACKAGE / "weights", PACKAGE.parent / "weights") if folder.is_dir()), PACKAGE / "weights"
)
DEFAULT_NAME = "compact"
#: Metadata that `save_predictor` writes itself.
RESERVED = ("format", "architecture", "config")
FORMAT = "alla-prima-predictor-1"
#: No predictor comes near these; a config that claims more is damaged or hostile.
LARGEST_SIZE = 8192
MOST_LAYERS = 64
#: Marks lie within so many sides of their patch, and turn by so many radians.
FARTHEST_MARK = 100.0


def _paint_transformer() -> tuple[type, type]:
    from .paint_transformer import PaintTransformer, PaintTransformerConfig

    return PaintTransformer, PaintTransformerConfig


def _compact() -> tuple[type, type]:
    from .compact import CompactConfig, CompactPredictor

    return CompactPredictor, CompactConfig


#: Name in the metadata -> the network's class and its config's, imported when needed.
ARCHITECTURES: dict[str, Callable[[], tuple[type, type]]] = {
    "paint_transformer": _paint_transformer,
    "compact": _compact,
}


def save_predictor(model: PredictorNetwork, path: str | os.PathLike, metadata: Mapping[str, str] | None = None) -> None:
    """Write a predictor so that `load_predictor` reads it back; a reader never sees half a file.

    Args:
        model: a predictor of this package (it has `architecture` and a dataclass `config`).
        path: the .safetensors file, replaced if it exists; its folder must exist.
        metadata: strings kept in the file (recipe, licence, figures ...); `read_metadata` gives them back.
    Raises:
        ValueError: for an unknown architecture, reserved or non-string metadata, weights with NaN, or another ending.
        OSError: where the file can't be written.
    """
    path, metadata = Path(path), dict(metadata or {})
    architecture = getattr(model, "architecture", None)
    if architecture not in ARCHITECTURES:
        raise ValueError(f"can't save {type(model).__name__}: architecture must be one of {sorted(ARCHITECTURES)}")
    if path.suffix != ".safetensors":
        raise ValueError(f"{path}: predictors are saved as .safetensors; choose such a name")
    odd = [str(k) for k, v in metadata.items() if k in RESERVED or not isinstance(k, str) or not isinstance(v, str)]
    if odd:
        raise ValueError(f"metadata must be strings under names other than {RESERVED}; not allowed: {shortened(odd)}")
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in model.state_dict().items()}
    damaged = _not_finite(tensors)
    if damaged:
        raise ValueError(f"not saved to {path}: NaN or infinite weights in {shortened(damaged)}")
    config = json.dumps(dataclasses.asdict(model.config))
    content = save(tensors, {**metadata, "format": FORMAT, "architecture": architecture, "config": config})
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def load_predictor(
    name_or_path: str | os.PathLike | None = None, device: str | torch.device = "cpu"
) -> PredictorNetwork:
    """Load a stroke predictor, ready to predict (evaluation mode, float32).

    Args:
        name_or_path: None = the default one; the name of one that comes with this package (see `available_predictors`);
            or a file: our .safetensors, or Paint Transformer's official weights as model.pth, .safetensors or .npz.
        device: where the weights go.
    Raises:
        ValueError: where there is no such predictor or device, or the file can't be accepted; says what is wrong with
            which file and what to do. Pickled code is never executed.
    """
    path = _find(DEFAULT_NAME if name_or_path is None else name_or_path)
    device = _device(device)
    tensors, metadata = read_tensors(path)
    architecture = metadata.get("architecture", "paint_transformer")
    if architecture not in ARCHITECTURES:
        known = ", ".join(sorted(ARCHITECTURES))
        raise refused(path, f"unknown architecture {architecture!r}", f"this version knows {known}; update it")
    model_class, config_class = ARCHITECTURES[architecture]()
    config = _config(path, config_class, metadata.get("config", "{}"))
    if architecture == "paint_transformer":
        tensors = to_paint_transformer(tensors)
    _check_tensors(path, architecture, tensors, _shapes(path, model_class, config))
    with torch.random.fork_rng(devices=[]):  # the weights that it starts with are replaced: take no random numbers
        model = model_class(config, name=path.stem)
    model.load_state_dict(tensors)
    model = model.to(device).eval()
    _check_marks(path, model)
    return model


def read_metadata(path: str | os.PathLike) -> dict[str, str]:
    """The metadata of a predictor file: architecture, config (JSON) and what was saved along; {} where it has none.

    Raises:
        ValueError: as `load_predictor` for a file that can't be read.
    """
    path = _find(path)
    return read_safetensors(path, only_metadata=True)[1] if path.suffix.lower() == ".safetensors" else {}


def available_predictors() -> list[str]:
    """Names of the predictors that come with this package."""
    return sorted(path.stem for path in WEIGHTS.glob("*.safetensors"))


def _find(name_or_path: str | os.PathLike) -> Path:
    path = Path(name_or_path)
    with naming(path, "can't be read"):
        if isinstance(name_or_path, str) and path.name == name_or_path:
            named = WEIGHTS / f"{name_or_path}.safetensors"
            path = named if named.is_file() or not (path.suffix or path.exists()) else path
        if path.is_file():
            return path
    problem = "it is a folder" if path.is_dir() else "there is no such file"
    names = ", ".join(available_predictors()) or "none"
    raise refused(path, problem, f"give a weights file or the name of an installed predictor ({names})")


def _device(device: str | torch.device) -> torch.device:
    try:
        torch.empty(0, device=device)
        return torch.device(device)
    except (RuntimeError, AssertionError, NotImplementedError, TypeError) as error:
        raise ValueError(f"device {device!r} can't be used here ({first_line(error)}); use 'cpu'") from error


def _shapes(path: Path, model_class: type, config: object) -> dict[str, Tensor]:
    """The state of the network that the config describes, after a try whether it can predict.

    Shapes without memory if it is larger than our own; for that PyTorch imports its compiler, which takes seconds.
    """
    usual = _usual_sizes(type(config))
    wrong = "its config describes no network that works"
    with naming(path, wrong):
        modest = all(getattr(config, name) <= most for name, most in usual.items())
    where = nullcontext() if modest else torch.device("meta")
    with naming(path, wrong), torch.random.fork_rng(devices=[]), where:
        model = model_class(config).eval()
        patch = torch.zeros(1, 3, model.patch, model.patch)
        model.predict(patch, patch)
        return model.state_dict()


def _check_marks(path: Path, model: PredictorNetwork) -> None:
    """Raise ValueError unless the network proposes marks that are numbers, and near its patch.

    Weights and config may be finite each, and together give what is not.
    """
    weights = next(model.parameters())
    ramp = torch.linspace(0, 1, model.patch, device=weights.device).expand(1, 3, model.patch, model.patch)
    with torch.no_grad():
        marks = model.predict(ramp, ramp.flip(-1))[0]
    if not bool((marks.abs() <= FARTHEST_MARK).all()):  # NaN as well
        raise refused(path, "it proposes strokes that are NaN, or far outside the picture", "use another checkpoint")


def _usual_sizes(config_class: type) -> dict[str, int]:
    """The whole numbers among a config's defaults, by name."""
    return {name: value for name, value in vars(config_class()).items() if isinstance(value, int)}


def _config(path: Path, config_class: type, text: str) -> object:
    """The config from its JSON, with sizes that a small file can't turn into a large amount of memory or time."""
    with naming(path, "its config can't be used"):
        values = json.loads(text)
        if not isinstance(values, dict):
            raise ValueError("it is not a JSON object")
        for name, value in values.items():
            limit = MOST_LAYERS if "layers" in name else LARGEST_SIZE
            if isinstance(value, int) and not 1 <= value <= limit:
                raise ValueError(f"{name} must lie in 1 to {limit}, got {value}")
        return config_class(**{name: tuple(v) if isinstance(v, list) else v for name, v in values.items()})


def _check_tensors(path: Path, architecture: str, given: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    """Raise ValueError unless the tensors are exactly the network's: names, shapes, number type, finite."""
    advice = f"{architecture} has {len(wanted)} tensors; give weights that were saved from it"
    missing = [name for name in wanted if name not in given]
    if missing:
        raise refused(path, f"not the weights of {architecture}: missing {shortened(missing)}", advice)
    unknown = [name for name in given if name not in wanted]
    if unknown:
        raise refused(path, f"not the weights of {architecture}: unknown {shortened(unknown)}", advice)
    wrong = [
        f"{name} {tuple(given[name].shape)} instead of {tuple(tensor.shape)}"
        for name, tensor in wanted.items()
        if given[name].shape != tensor.shape
    ]
    if wrong:
        raise refused(path, f"wrong shapes: {shortened(wrong)}", advice)
    odd = [name for name, t in wanted.items() if t.is_floating_point() != given[name].is_floating_point()]
    if odd:
        raise refused(path, f"wrong number type: {shortened(odd)}", "save the weights as float32, float16 or bfloat16")
    damaged = _not_finite(given)
    if damaged:
        raise refused(path, f"NaN or infinite weights in {shortened(damaged)}", "use another checkpoint")


def _not_finite(tensors: Mapping[str, Tensor]) -> list[str]:
    return [name for name, t in tensors.items() if t.is_floating_point() and not bool(torch.isfinite(t).all())]
