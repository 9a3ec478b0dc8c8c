"""The command line: `python -m painter_core COMMAND ...`.

Exit codes: 0 success; 2 bad arguments or input, or an output that could not be written (one line on stderr says why);
130 stopped with Ctrl-C, 143 and 129 ended by the signals TERM and HUP. Standard output holds nothing but the one JSON
object that `--json` asks for.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import logging
import os
import re
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from ..exhaustion import is_out_of_memory
from ..version import version
from .signals import heeded_signals
from .terminal import answer, forgiving_streams, tell, warn

#: Every command: the module that has it, and one line about it. A module has `add_arguments(parser)` and
#: `run(args) -> int | dict` (an exit code, or what `--json` prints) and is imported only when its command is called.
COMMANDS: dict[str, tuple[str, str]] = {
    "paint": ("painter_core.cli.paint", "paint a picture"),
    "render": ("painter_core.cli.render", "draw a stroke file at any size"),
    "surface": ("painter_core.cli.surface", "draw a stroke file as an object in the light: relief, weave, varnish"),
    "edit": ("painter_core.cli.edit", "change a stroke file: choose, recolor, transform, merge, reorder"),
    "frames": ("painter_core.cli.frames", "paint the frames of a video"),
    "stylize": ("painter_core.cli.stylize", "give a picture the style of another one"),
    "train": ("painter_core.cli.train", "train a stroke predictor"),
    "train-style": ("painter_core.cli.train_style", "train a style network"),
    "bench": ("painter_core.cli.bench", "measure quality and speed"),
}
#: Its name where the package is installed.
SCRIPT = "alla-prima"
#: The arguments of commands that are lists of files.
MANY = ("inputs", "strokes")
#: Files of strokes; given alone they are drawn.
STROKE_FILES = (".json", ".safetensors")
#: Commands that print without being asked for JSON.
PRINTING = ("bench",)
OK, BAD_INPUT, STOPPED = 0, 2, 130
NO_MEMORY = "painter_core: there is not enough memory for this; choose a smaller size, or close other programs"


class CommandError(Exception):
    """Bad arguments; the message is the one line that the user sees."""


class _Parser(argparse.ArgumentParser):
    """argparse that reports in one line, without the usage, and knows names however people write them.

    One of several names may be given in any case, with hyphens, underscores or blanks between its words; what begins
    with a minus and a digit is a value (-45,40) and no option.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._negative_number_matcher = re.compile(r"-\.?\d")

    def _get_value(self, action: argparse.Action, arg_string: str) -> object:
        if action.choices is not None and not isinstance(action, argparse._SubParsersAction):
            names = {_plain(name): name for name in action.choices if isinstance(name, str)}
            arg_string = names.get(_plain(arg_string), arg_string)
        return super()._get_value(action, arg_string)

    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message} (see {self.prog} --help)")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line with `argv` (None: the process's own arguments) and return its exit code."""
    argv = _with_command(list(sys.argv[1:] if argv is None else argv))
    # Threads that wait for one another soon go to sleep instead of spinning, which is many times faster on a machine
    # that has other work too (at once would be slower on an idle one). OpenMP reads it when PyTorch is imported, which
    # no command has done yet.
    os.environ.setdefault("GOMP_SPINCOUNT", "3000")
    # Pillow logs what it finds odd about a broken file; the reason that is given in the end is enough
    logging.getLogger("PIL").addHandler(logging.NullHandler())
    with forgiving_streams() as closed, heeded_signals(), warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = _tell_warning
        try:
            return _run(argv, closed)
        except (CommandError, ValueError, OSError, MemoryError, RuntimeError) as error:
            if is_out_of_memory(error):
                tell(NO_MEMORY)
                return BAD_INPUT
            if isinstance(error, RuntimeError):
                raise
            tell(f"painter_core: {' '.join(str(error).split()) or type(error).__name__}")
            return BAD_INPUT
        except KeyboardInterrupt as stop:
            tell("\npainter_core: stopped")
            return getattr(stop, "exit_code", STOPPED)


def _tell_warning(message: Warning | str, category: type[Warning], *_: object) -> None:
    """Show what our own code warns of, such as a picture that is all transparent; for developers there are tests."""
    if category.__module__.startswith("painter_core"):
        warn(" ".join(str(message).split()))


def _run(argv: list[str], closed: bool) -> int:
    """Call the command; `closed`: there is no standard output."""
    parser, commands = _build_parser(argv)
    try:
        if not argv:
            parser.print_help()
        args = _parsed(parser, argv) if argv else None
    except SystemExit:  # help or version
        answer("")
        raise
    if args is None:
        answer("")
        return OK
    if closed and (getattr(args, "json", False) or args.command in PRINTING):
        raise CommandError("standard output is closed, and this command is to print there; leave it open")
    outcome = commands[args.command].run(args)
    asked = isinstance(outcome, dict) and getattr(args, "json", False)
    answer(json.dumps(outcome) + "\n" if asked else "")
    return OK if isinstance(outcome, dict) else outcome


def _parsed(parser: argparse.ArgumentParser, argv: list[str]) -> argparse.Namespace:
    """The arguments; files may stand before, between and behind the options."""
    args, left = parser.parse_known_args(argv)
    many = next((name for name in MANY if isinstance(getattr(args, name, None), list)), None)
    if left and (many is None or any(word.startswith("-") for word in left)):
        parser.error(f"unrecognized arguments: {' '.join(left)}")
    if left and many is not None:
        getattr(args, many).extend(left)
    return args


def _with_command(argv: list[str]) -> list[str]:
    """The arguments with the command that people mean who only name a file: paint it, or draw it if it has strokes."""
    if not argv or argv[0] in COMMANDS or argv[0] in ("-h", "--help", "--version"):
        return argv
    named = argv if argv[0].startswith("-") else argv[:1]
    files = sorted((word for word in named if _is_file(word)), key=os.path.exists, reverse=True)
    if not files:
        return argv
    return ["render" if files[0].lower().endswith(STROKE_FILES) else "paint", *argv]


def _is_file(word: str) -> bool:
    """Is this a file, or the name of one that is not there?"""
    looks_so = re.search(r"[*?/\\]|\.[A-Za-z]\w{1,10}$", word) is not None
    return not word.startswith("-") and (looks_so or os.path.exists(word))


def _build_parser(argv: list[str]) -> tuple[argparse.ArgumentParser, dict[str, ModuleType]]:
    """The parser, and the module of the one command that `argv` calls: the others are listed but not imported."""
    parser = _Parser(
        prog=_called_as(),
        description="Paint pictures with brush strokes that stay editable. A picture alone is painted beside itself.",
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


def _called_as() -> str:
    """How the command line is called, for its help."""
    script = Path(sys.argv[0] if sys.argv else "").stem
    return script if script == SCRIPT else "python -m painter_core"


def _plain(name: str) -> str:
    """A name without its case and what stands between its words."""
    return re.sub(r"[-_\s]+", " ", name.strip()).casefold()


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
        sys.stdout.write(f"{version()}\n")
        parser.exit()
