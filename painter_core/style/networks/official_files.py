"""The files of AdaAttN as its authors published it: where they lie, what is in them, and whether that is right.

Names and shapes are those of the authors' repository, github.com/Huage001/AdaAttN. Its archive is unpacked into a
folder `checkpoints`: `vgg_normalised.pth` lies in there, the networks in a folder of it. Files come from strangers:
nothing in them is executed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ...predictor.layouts import shortened
from ...predictor.weight_files import read_tensors
from .official_layers import CHANNELS, DECODER, ENCODER, seen

Shapes = dict[str, tuple[int, ...]]

ENDINGS = (".pth", ".safetensors")
#: The folder of the networks inside the one that their archive is unpacked into; for pictures, for films.
FOLDERS = ("", "AdaAttN", "attn_adain_video")
#: The names of the files, less the ending; the attention at relu3_1 has had two.
ENCODER_FILE, TRANSFORMER_FILE, DECODER_FILE = "vgg_normalised", "latest_net_transformer", "latest_net_decoder"
SKIP_FILES = ("latest_net_adaattn_3", "latest_net_attn_adain_3")
#: What the encoder's file has behind relu5_1, which is not used.
UNUSED = tuple(f"{number}.{kind}" for number in (45, 48, 51) for kind in ("weight", "bias"))


@dataclass(frozen=True)
class Checkpoint:
    """The weights of all files, by the names that they have there, and what the network is.

    Attributes:
        skip_weights: of the attention at relu3_1; empty where there is none.
        shallow: queries and keys hold the features of all shallower layers.
        film: the network for films, which has only the attention at relu3_1.
    """

    encoder: Mapping[str, Tensor]
    transformer: Mapping[str, Tensor]
    decoder: Mapping[str, Tensor]
    skip_weights: Mapping[str, Tensor]
    shallow: bool
    film: bool

    @property
    def skip(self) -> bool:
        """Whether there is attention at relu3_1 besides the deeper ones."""
        return bool(self.skip_weights)


def find_files(folder: Path) -> dict[str, Path]:
    """The files of a folder, by their names less the ending; raises ValueError that says which one is missing where."""
    if not folder.is_dir():
        raise ValueError(f"style weights {folder}: there is no such folder; give the one with {TRANSFORMER_FILE}.pth")
    homes = [home for home in (folder / name for name in FOLDERS) if _in(home, TRANSFORMER_FILE)]
    if not homes:
        raise _missing(folder, TRANSFORMER_FILE)
    found = {}
    for name in (TRANSFORMER_FILE, DECODER_FILE, *SKIP_FILES, ENCODER_FILE):
        # the encoder is shared by the networks, and so may lie beside their folders
        places = (homes[0], folder, folder.parent) if name == ENCODER_FILE else homes[:1]
        file = next(filter(None, (_in(place, name) for place in places)), None)
        if file:
            found[name] = file
        elif name not in SKIP_FILES:
            raise _missing(places[0], name)
    return found


def _in(folder: Path, name: str) -> Path | None:
    return next((file for file in (folder / (name + ending) for ending in ENDINGS) if file.is_file()), None)


def _missing(folder: Path, name: str) -> ValueError:
    return ValueError(
        f"style weights {folder}: {name}.pth is missing; AdaAttN's official checkpoints are {ENCODER_FILE}.pth, "
        f"{TRANSFORMER_FILE}.pth, {DECODER_FILE}.pth and {SKIP_FILES[0]}.pth: put them into one folder"
    )


def read_checkpoint(files: Mapping[str, Path]) -> Checkpoint:
    """The weights (float32, in main memory) of the files of `find_files`.

    The authors' options are read off the shapes.

    Raises:
        ValueError: a file that is damaged, holds more than weights, or not those; says which file and what in it.
    """
    transformer, decoder = (_tensors(files[name]) for name in (TRANSFORMER_FILE, DECODER_FILE))
    film = "f.weight" in transformer
    shallow = film or _size(files[TRANSFORMER_FILE], transformer, "attn_adain_4_1.f.weight", 0) != CHANNELS["4_1"]
    skip = not film and _size(files[DECODER_FILE], decoder, "decoder_layer_2.1.weight", 1) != CHANNELS["3_1"]
    encoder = {name: value for name, value in _tensors(files[ENCODER_FILE]).items() if name not in UNUSED}
    skip_weights: dict[str, Tensor] = {}
    if skip:
        file = next((files[name] for name in SKIP_FILES if name in files), None)
        if file is None:
            raise _missing(files[DECODER_FILE].parent, SKIP_FILES[0])
        skip_weights = _checked(file, _tensors(file), attention_shapes("", "3_1", shallow))
    wanted = attention_shapes("", "3_1", shallow) if film else transformer_shapes(shallow)
    transformer = _checked(files[TRANSFORMER_FILE], transformer, wanted)
    wanted = decoder_shapes("decoder.", False) if film else first_shapes() | decoder_shapes("decoder_layer_2.", skip)
    decoder = _checked(files[DECODER_FILE], decoder, wanted)
    encoder = _checked(files[ENCODER_FILE], encoder, encoder_shapes())
    return Checkpoint(encoder, transformer, decoder, skip_weights, shallow, film)


def encoder_shapes() -> Shapes:
    """Names and shapes of what is used of the encoder."""
    found = _convolution("0", 3, 3, 1)
    for number, inputs, outputs, _ in ENCODER:
        found |= _convolution(str(number), inputs, outputs)
    return found


def attention_shapes(prefix: str, depth: str, shallow: bool) -> Shapes:
    """Names and shapes of an attention at a depth: queries f, keys g, values h."""
    keys = sum(CHANNELS[layer] for layer in seen(depth, shallow))
    sizes = {"f": keys, "g": keys, "h": CHANNELS[depth]}
    return {k: v for name, size in sizes.items() for k, v in _convolution(prefix + name, size, size, 1).items()}


def transformer_shapes(shallow: bool) -> Shapes:
    """Names and shapes of the attention at relu4_1 and relu5_1, and of the convolution that merges them."""
    found = _convolution("merge_conv", CHANNELS["5_1"], CHANNELS["4_1"])
    for depth in ("4_1", "5_1"):
        found |= attention_shapes(f"attn_adain_{depth}.", depth, shallow)
    return found


def first_shapes() -> Shapes:
    """Names and shapes of the decoder's first layer, which takes what is merged."""
    return _convolution("decoder_layer_1.1", CHANNELS["4_1"], CHANNELS["3_1"])


def decoder_shapes(prefix: str, skip: bool) -> Shapes:
    """Names and shapes of the rest of the decoder; with `skip` it takes what is found at relu3_1 as well."""
    found: Shapes = {}
    for number, inputs, outputs in DECODER:
        found |= _convolution(f"{prefix}{number}", 2 * inputs if skip and not found else inputs, outputs)
    return found


def _convolution(name: str, inputs: int, outputs: int, side: int = 3) -> Shapes:
    return {f"{name}.weight": (outputs, inputs, side, side), f"{name}.bias": (outputs,)}


def _tensors(file: Path) -> dict[str, Tensor]:
    try:
        return read_tensors(file)[0]
    except ValueError as error:  # the reader is that of predictors, and says so
        raise ValueError(f"style weights {str(error).removeprefix('predictor ')}") from error


def _size(file: Path, tensors: Mapping[str, Tensor], name: str, axis: int) -> int:
    """Of a convolution's weights, which say what the others must be."""
    if name not in tensors or tensors[name].ndim != 4:
        raise _refused(file, f"there is no {name} of a convolution")
    return tensors[name].shape[axis]


def _checked(file: Path, tensors: Mapping[str, Tensor], wanted: Shapes) -> dict[str, Tensor]:
    """The tensors as float32; raises ValueError unless they are exactly those that are wanted, and finite."""
    faults = {
        "missing": [name for name in wanted if name not in tensors],
        "unknown": [name for name in tensors if name not in wanted],
    }
    if not any(faults.values()):
        faults["wrong shapes:"] = [f"{name} {tuple(tensors[name].shape)} instead of {shape}"
                                   for name, shape in wanted.items() if tensors[name].shape != shape]  # fmt: skip
        faults["not numbers with a fraction:"] = [n for n, one in tensors.items() if not one.is_floating_point()]
        faults["not finite:"] = [name for name, one in tensors.items() if not bool(torch.isfinite(one).all())]
    for fault, names in faults.items():
        if names:
            raise _refused(file, f"{fault} {shortened(names)}")
    return {name: _last(value.float()) for name, value in tensors.items()}


def _last(value: Tensor) -> Tensor:
    """With the channels last, which a processor's convolutions like."""
    return value.contiguous(memory_format=torch.channels_last) if value.ndim == 4 else value


def _refused(file: Path, problem: str) -> ValueError:
    return ValueError(f"style weights {file}: {problem}; AdaAttN's official {file.name} is wanted here")
