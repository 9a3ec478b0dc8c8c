"""The pictures in a package archive, each with what the manifest has to say about it."""

from __future__ import annotations

import fnmatch
import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from PIL import Image, ImageOps

from benchmarks.data.jigsaws import assemble, piece_files
from benchmarks.data.licences import copyright_rules, licence_of
from benchmarks.data.packages import read_files, read_rcc, version_of
from benchmarks.data.sources import Source

__all__ = ["Candidate", "candidates", "version_of"]

#: Qt resource files of GCompris have everything below this folder.
_RCC_ROOT = "gcompris/"


@dataclass(frozen=True)
class Candidate:
    """One picture of a package.

    Attributes:
        package, version, path, licence: as in the manifest; the path is the one that split.csv has.
        content: the encoded picture; for a jigsaw its QML board.
        painting: it is a painting, not a photograph.
        pieces: encoded pieces of a jigsaw by name; empty for a plain picture.
    """

    package: str
    version: str
    path: str
    licence: str
    content: bytes
    painting: bool = False
    pieces: tuple[tuple[str, bytes], ...] = ()

    @property
    def sha256(self) -> str:
        """Of the file in the package; empty for a jigsaw, which is many files."""
        return "" if self.pieces else hashlib.sha256(self.content).hexdigest()

    def open(self) -> Image.Image:
        """The picture, upright, in RGB or, where it has transparency, RGBA."""
        if self.pieces:
            return assemble(self.content.decode("utf-8"), dict(self.pieces))
        picture = ImageOps.exif_transpose(Image.open(io.BytesIO(self.content)))
        transparent = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
        return picture.convert("RGBA" if transparent else "RGB")


def candidates(source: Source, archive: Path) -> Iterator[Candidate]:
    """All pictures of `source` in its archive. Raises PackageError for a damaged archive."""
    rules = _rules(source, archive)
    version = version_of(archive)
    boards: dict[str, bytes] = {}
    pieces: dict[str, bytes] = {}
    pieces_folder = str(PurePosixPath(source.jigsaws).parent.parent) + "/image/" if source.jigsaws else None

    def wanted(path: str) -> bool:
        patterns = (*source.patterns, *source.paintings, *([source.jigsaws] if source.jigsaws else []))
        return _matches(path, patterns) or bool(pieces_folder and path.startswith(pieces_folder))

    for path, content in _files(source, archive, wanted):
        if pieces_folder and path.startswith(pieces_folder):
            pieces[path.removeprefix(pieces_folder)] = content
        elif source.jigsaws and _matches(path, (source.jigsaws,)):
            boards[path] = content
        else:
            licence = source.licence or licence_of(path, rules)
            yield Candidate(source.package, version, path, licence, content, _matches(path, source.paintings))
    for path, qml in sorted(boards.items()):
        names = piece_files(qml.decode("utf-8"))
        parts = tuple((name, pieces[name.removeprefix("image/")]) for name in names)
        yield Candidate(source.package, version, path, licence_of(path, rules), qml, True, parts)


def _matches(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def _rules(source: Source, archive: Path) -> list[tuple[str, str]]:
    if source.channel != "debian" or source.licence:
        return []
    names = {f"usr/share/doc/{source.package}/copyright{suffix}" for suffix in ("", ".gz")}
    return [rule for _, content in read_files(archive, names.__contains__) for rule in copyright_rules(content)]


def _files(source: Source, archive: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """(path below the source's base, content), looking into Qt resource files where the source has them."""
    if not source.containers:
        found = read_files(archive, lambda path: path.startswith(source.base) and wanted(path[len(source.base) :]))
        yield from ((path[len(source.base) :], content) for path, content in found)
        return
    for _, container in read_files(archive, lambda path: fnmatch.fnmatchcase(path, source.base + source.containers)):
        inside = read_rcc(container, lambda path: wanted(path.removeprefix(_RCC_ROOT)))
        yield from ((path.removeprefix(_RCC_ROOT), content) for path, content in inside)
