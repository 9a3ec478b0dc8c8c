"""For `mkdocs.yml`: the site has the documents where they lie in the repository, so that their links are right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
#: What the site shows, and what its pages show.
PATTERNS = ("*.md", "LICENSE", "docs/*", "assets/*", "weights/*.md", "benchmarks/*.md", "nodes/pictures/*",
            "nodes/web/docs/*", "painter_core/**/*.md")  # fmt: skip


def on_files(files: Any, config: Any) -> Any:
    """Called by mkdocs with the files of `docs_dir`; what it builds instead."""
    from mkdocs.structure.files import File, Files

    found = sorted({path for pattern in PATTERNS for path in ROOT.glob(pattern) if path.is_file()})
    places = [path.relative_to(ROOT).as_posix() for path in found]
    made = (File(place, str(ROOT), config["site_dir"], config["use_directory_urls"]) for place in places)
    themes = [file for file in files if not file.src_uri.endswith((".md", ".py"))]
    known = set(places)
    return Files([*made, *(file for file in themes if f"docs/{file.src_uri}" not in known)])
