"""The command line: `python -m painter_core COMMAND ...`.

Exit codes: 0 success, 2 bad arguments or input (one line on stderr says why), 130 stopped with Ctrl-C. Standard output
holds nothing but the one JSON object that `--json` asks for.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import importlib.util
import json
import logging
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import NoReturn

#: Every command: the module that has it, and one line about it. A module has `add_arguments(parser)` and
#: `run(args) -> int | dict` (an exit code, or what `--json` prints) and is imported only when its command is called.
COMMANDS: dict[str, tuple[str, str]] = {
    "paint": ("painter_core.cli.paint", "paint a picture"),
    "render": ("painter_core.cli.render", "draw a stroke file at any size"),
    "surface": ("painter_core.cli.surface", "draw a stroke file as an object in the light: relief, weave, varnish"),
    "edit": ("painter_core.cli.edit", "change a stroke file: choose, recolour, transform, merge, reorder"),
    "frames": ("painter_core.cli.frames", "paint the frames of a video"),
    "stylize": ("painter_core.cli.stylize", "give a picture the style of another one"),
    "train": ("painter_core.training.command", "train a stroke predictor"),
    "train-style": ("painter_core.style.command", "train a style network"),
    "bench": ("painter_core.bench.command", "measure quality and speed"),
}
OK, BAD_INPUT, STOPPED = 0, 2, 130


class CommandError(Exception):
    """Bad arguments; the message is the one line that the user sees."""


class _Parser(argparse.ArgumentParser):
    """argparse that reports in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message} (see {self.prog} --help)")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line with `argv` (None: the process's own arguments) and return its exit code."""
    argv = list(sys.argv[1:] if argv is None else argv)
    # Threads that wait for one another soon go to sleep instead of spinning, which is many times faster on a machine
    # that has other work too (at once would be slower on an idle one). OpenMP reads it when PyTorch is imported, which
    # no command has done yet.
    os.environ.setdefault("GOMP_SPINCOUNT", "3000")
    # Pillow logs what it finds odd about a broken file; the reason that is given in the end is enough
    logging.getLogger("PIL").addHandler(logging.NullHandler())
    try:
        parser, commands = _build_parser(argv)
        if not argv:
            parser.print_help()
            return OK
        args = parser.parse_args(argv)
        outcome = commands[args.command].run(args)
    except (CommandError, ValueError, OSError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        sys.stderr.write(f"painter_core: {reason}\n")
        return BAD_INPUT
    except KeyboardInterrupt:
        sys.stderr.write("\npainter_core: stopped\n")
        return STOPPED
    if isinstance(outcome, dict):
        if getattr(args, "json", False):
            sys.stdout.write(json.dumps(outcome) + "\n")
        return OK
    return outcome


def _build_parser(argv: list[str]) -> tuple[argparse.ArgumentParser, dict[str, ModuleType]]:
    """The parser, and the module of the one command that `argv` calls: the others are listed but not imported."""
    parser = _Parser(
        prog="python -m painter_core",
        description="Paint pictures with brush strokes that stay editable.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", title="commands")
    modules: dict[str, ModuleType] = {}
    called = next((argument for argument in argv if not argument.startswith("-")), None)
    for name, (module_name, about) in COMMANDS.items():
        if not _exists(module_name):
            continue
        subparser = subparsers.add_parser(name, help=about, description=about.capitalize() + ".", allow_abbrev=False)
        if name == called:
            modules[name] = importlib.import_module(module_name)
            modules[name].add_arguments(subparser)
    return parser, modules


def _exists(module_name: str) -> bool:
    try:
        return importlib.util.find_spec(module_name) is not None
    except ModuleNotFoundError:  # its package is not there
        return False


class _Version(argparse.Action):
    """Print the version, which is looked up only when asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="print the version and exit")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        sys.stdout.write(f"{_version()}\n")
        parser.exit()


def _version() -> str:
    """The version in the checkout's pyproject.toml, or of the installed package where there is no checkout."""
    pyproject = Path(__file__).resolve().parents[2] / "pyproject.toml"
    if not pyproject.is_file():
        return importlib.metadata.version("alla-prima")
    found = re.search(r'^version\s*=\s*"([^"]+)"', pyproject.read_text(encoding="utf-8"), re.MULTILINE)
    return found.group(1) if found else "unknown"
