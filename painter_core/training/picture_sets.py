"""The one split of pictures into those a predictor may learn from and those it is judged by, and its enforcement."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

#: The held-out pictures, written down: set,name,package,path,sha256,dhash.
SPLIT_FILE = Path(__file__).resolve().parent / "split.csv"
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
#: Side of the difference hash: 16 rows of 16 comparisons between 17 neighbors, 256 bits.
HASH_SIDE = 16
#: Two pictures with fewer different bits than this are taken for the same one (unrelated ones differ in about 128).
SAME_PICTURE = 60


@dataclass(frozen=True)
class HeldOut:
    """One held-out picture: where it comes from, and how to know it again.

    Attributes:
        set: "photos", "paintings" or "authors" (the Paint Transformer authors' own test pictures).
        name: file stem in the built set.
        package: package (or public repository) that carries it.
        path: path in the package.
        sha256: of the file as the package has it; empty where the picture is made of several files.
        dhash: difference hash of the picture, 64 hexadecimal digits.
    """

    set: str
    name: str
    package: str
    path: str
    sha256: str
    dhash: str


def held_out(split: str | Path = SPLIT_FILE) -> tuple[HeldOut, ...]:
    """The held-out list.

    Raises ValueError if the file is missing or has other columns.
    """
    return _read_split(Path(split))


@lru_cache(maxsize=4)
def _read_split(split: Path) -> tuple[HeldOut, ...]:
    try:
        with open(split, newline="", encoding="utf-8") as file:
            return tuple(HeldOut(**row) for row in csv.DictReader(file))
    except FileNotFoundError:
        raise ValueError(f"the list of held-out pictures is missing: {split}; without it nothing is trained") from None
    except TypeError as error:
        raise ValueError(f"{split}: wrong columns ({error}); they are set,name,package,path,sha256,dhash") from None


def difference_hash(picture: Image.Image) -> np.ndarray:
    """(256,) bool: is each cell of a 17 x 16 grid darker than its right neighbor? Survives scaling and compression."""
    grey = picture.convert("L").resize((HASH_SIDE + 1, HASH_SIDE), Image.Resampling.BOX)
    cells = np.asarray(grey, dtype=np.int16)
    return (cells[:, 1:] > cells[:, :-1]).ravel()


def hash_text(bits: np.ndarray) -> str:
    """A difference hash as 64 hexadecimal digits, as the held-out list has it."""
    return np.packbits(bits).tobytes().hex()


def hash_bits(text: str) -> np.ndarray:
    """The inverse of `hash_text`."""
    return np.unpackbits(np.frombuffer(bytes.fromhex(text), dtype=np.uint8)).astype(bool)


def held_out_match(picture: Image.Image, digest: str = "", split: str | Path = SPLIT_FILE) -> HeldOut | None:
    """The held-out picture that this one is (also scaled, recompressed or mirrored), or None.

    Args:
        picture: any mode and size.
        digest: sha256 of its file, if it has one.
    A crop is not recognised: pictures have to be checked before they are cut up.
    """
    rows = held_out(split)
    for row in rows:
        if digest and digest == row.sha256:
            return row
    known = np.stack([hash_bits(row.dhash) for row in rows])
    for seen in (difference_hash(picture), difference_hash(ImageOps.mirror(picture))):
        distance = (known != seen).sum(axis=1)
        if distance.min() < SAME_PICTURE:
            return rows[int(distance.argmin())]
    return None


def training_pictures(root: str | Path) -> list[Path]:
    """The pictures that a predictor may be trained on, sorted by path.

    Args:
        root: a folder made by `benchmarks/data/pictures.py` (its `photos/train` is taken), or any folder with pictures.
    Raises ValueError if the folder has no pictures, one can't be read, or one of them is held out (by its file, or by
    its looks): figures on pictures that were trained on would mean nothing.
    """
    root = Path(root)
    folder = root / "photos" / "train" if (root / "photos" / "train").is_dir() else root
    files = pictures_in(folder)
    refused = []
    for file in files:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        try:
            with Image.open(file) as picture:
                picture.draft("L", (256, 256))  # JPEG decodes several times faster, and the hash needs no more
                match = held_out_match(ImageOps.exif_transpose(picture), digest)
        except OSError as error:
            raise ValueError(f"training picture {file} can't be read ({error}); remove or replace it") from None
        if match:
            refused.append(f"{file} is '{match.name}'")
    if refused:
        more = f" and {len(refused) - 3} more" if len(refused) > 3 else ""
        raise ValueError(
            f"refusing to train on held-out pictures: {'; '.join(refused[:3])}{more}. Take them out of {folder}"
        )
    return files


def heldout_pictures(root: str | Path) -> list[Path]:
    """The held-out photographs of a folder made by `benchmarks/data/pictures.py`, sorted by path.

    Raises ValueError if there are none.
    """
    return pictures_in(Path(root) / "photos" / "heldout")


def heldout_paintings(root: str | Path) -> list[Path]:
    """The paintings of a folder made by `benchmarks/data/pictures.py`, sorted by path; held out like the photographs.

    Raises ValueError if there are none.
    """
    return pictures_in(Path(root) / "paintings")


def pictures_in(folder: Path) -> list[Path]:
    """The pictures in a folder and below, by path. Raises ValueError if there are none."""
    if not folder.is_dir():
        raise ValueError(
            f"there is no folder {folder}: name one with pictures of your own; in a checkout of the repository "
            "'python benchmarks/data/pictures.py' makes ours"
        )
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
    if not files:
        raise ValueError(f"no pictures ({', '.join(SUFFIXES)}) in {folder}")
    return files
