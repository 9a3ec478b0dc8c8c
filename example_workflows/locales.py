"""The words of the nodes for ComfyUI's front end: `locales/en/nodeDefs.json` says what the nodes say of themselves.

    make locales

writes it again, and tells which words the other languages (`locales/zh` ...) lack or have no use for. Names of nodes
are left out of the English file: those of old versions of ComfyUI hold the words that its search finds them by.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "locales"
ENGLISH = "en"
FILE = "nodeDefs.json"


def english(schemas: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What nodes say, by their ids, as ComfyUI's front end wants it."""
    return {node: _said(schema) for node, schema in schemas.items()}


def _said(schema: Mapping[str, Any]) -> dict[str, Any]:
    inputs = {each["id"]: _words(each, each["id"]) for each in schema["inputs"]}
    outputs = {str(number): _words(each, "") for number, each in enumerate(schema["outputs"])}
    return {"description": schema["description"], "inputs": inputs, **({"outputs": outputs} if outputs else {})}


def _words(entry: Mapping[str, Any], name: str) -> dict[str, str]:
    return {"name": entry.get("display_name") or name, "tooltip": entry["tooltip"]}


def paths(words: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """The places of all texts: "PaintImage.inputs.look.name" ..."""
    for name, value in words.items():
        if isinstance(value, Mapping):
            yield from paths(value, f"{before}{name}.")
        else:
            yield f"{before}{name}"


def read(language: str) -> dict[str, Any]:
    """What is written in a language."""
    return json.loads((LOCALES / language / FILE).read_text(encoding="utf-8"))


def differences(language: str, words: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    """The places that a language lacks, and those that it has no use for; names of nodes belong to it."""
    wanted = {*paths(words), *(f"{node}.display_name" for node in words)}
    there = set(paths(read(language)))
    return wanted - there, there - wanted


def main() -> None:
    comfyui = ROOT / ".cache" / "comfyui"
    command = [sys.executable, str(ROOT / "tests" / "comfy" / "dump_schemas.py"), str(ROOT)]
    run = subprocess.run(command, cwd=comfyui, capture_output=True, text=True, check=True)
    line = next(line for line in run.stdout.splitlines() if line.startswith("SCHEMAS "))
    words = english({schema["node_id"]: schema for schema in json.loads(line.removeprefix("SCHEMAS "))})
    target = LOCALES / ENGLISH / FILE
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(words, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    for folder in sorted(LOCALES.iterdir()):
        if folder.name != ENGLISH:
            lacking, useless = differences(folder.name, words)
            sys.stderr.write("".join(f"{folder.name}: {place} is missing\n" for place in sorted(lacking)))
            sys.stderr.write("".join(f"{folder.name}: {place} is of no use\n" for place in sorted(useless)))


if __name__ == "__main__":
    main()
