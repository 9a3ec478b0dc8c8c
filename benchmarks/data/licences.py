"""Licences of single files, from the machine-readable copyright files of Debian packages (DEP 5)."""

from __future__ import annotations

import fnmatch
import gzip
import re
from pathlib import PurePosixPath


def copyright_rules(content: bytes) -> list[tuple[str, str]]:
    """(file pattern, licence name) in the order of the file; empty where it is not machine-readable."""
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    rules: list[tuple[str, str]] = []
    for paragraph in re.split(r"\n\s*\n", content.decode("utf-8", "replace")):
        fields = _fields(paragraph)
        licence = fields.get("License", "").split("\n")[0].strip()
        if licence:
            rules += [(pattern, licence) for pattern in fields.get("Files", "").split()]
    return rules


def _fields(paragraph: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in paragraph.splitlines():
        if line[:1].isspace():
            fields[name] = fields.get(name, "") + "\n" + line.strip()
        elif ":" in line:
            name, _, value = line.partition(":")
            fields[name] = value.strip()
    return fields


def licence_of(path: str, rules: list[tuple[str, str]]) -> str:
    """The licence that the last matching rule gives `path`, or "see the package's copyright file".

    Suffixes are not compared, because pictures are converted at build time (the rule names x.jpg, the package has
    x.webp), and a rule may name more leading folders than `path` has, or fewer.
    """
    bare = str(PurePosixPath(path).with_suffix(""))
    result = "see the package's copyright file"
    for pattern, licence in rules:
        target = pattern if pattern.endswith("*") else str(PurePosixPath(pattern).with_suffix(""))
        if fnmatch.fnmatchcase(bare, target) or f"/{target}".endswith(f"/{bare}") or f"/{bare}".endswith(f"/{target}"):
            result = licence
    return result
