"""What was tried to break it, and what happened: a Markdown page.

    make trust        python benchmarks/trust.py > docs/trust.md

Every case of `tests/hostile` goes through a real ComfyUI server, and those that are files through the command line, as
the tests do; then the tests of faults around a command. A case that does what it must not ends it with the exit code 1.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from comfy.harness import ComfyServer  # noqa: E402
from hostile import command_line  # noqa: E402
from hostile.cases import Case  # noqa: E402
from hostile.corpus import CASES  # noqa: E402
from hostile.outcome import Outcome  # noqa: E402
from hostile.server_play import Day  # noqa: E402

#: Letters of a message that the table shows.
SHOWN = 150
#: What comes before the message proper: places, and ComfyUI's own words.
BEFORE = (r"[\w/.\-]*\.RefusedError", r"\S*/(?=hostile_)", r"/tmp/\S*?/(?=\w+(/|\b))", r"tmp\w{8}/", r"painter_core: ",
          r"Custom validation failed for node: \w+ - ", r"Exception when validating inner node: ")  # fmt: skip
FAULTS = (
    "tests/cli/test_cli_faults.py",
    "tests/cli/test_cli_endings.py",
    "tests/cli/test_cli_refusals.py::test_ctrl_c_exits_130_and_leaves_no_half_file",
    "tests/cli/test_cli_frames.py::test_killed_at_any_moment_it_goes_on_to_the_same_film",
    "tests/cli/test_cli_frames.py::test_a_full_disk_leaves_what_was_finished",
    "tests/files/test_alone.py",
)
HEAD = """# What was tried, and what happened

Made by `make trust` (`python benchmarks/trust.py`). Each case went through one real ComfyUI server, and those that are
files through the command line as well. None of them ran code of a file, read or wrote a file outside ComfyUI's folders
(the folder outside was watched), took more than 3 GB or a minute, or ended the server; the next sound prompt was right
after every one of them. "refused" is before anything of the graph runs; "error" is the error of a node; on the
command line every refusal is one line and exit code 2, and no file is left.

Links: a stroke file, or a folder to save to, that is a link out of ComfyUI's folders is refused, as strangers can fill
the input folder. Links in `models/` are followed, as ComfyUI does for all models: whoever can put a link there owns
the machine.

Tests hold all of this (`tests/hostile`, `tests/comfy/test_hostile_day.py`), and properties with any strokes, bytes and
options (`tests/properties`). Long runs are looked at by `make soak`. In 500 prompts of every kind to one server,
hostile ones among them, memory went from 825 MB after the 150th to 863 MB, in one step; in 2,000 frames of one film
from 388 to 390 MB. Threads, open files and temporary files stayed about as many as they were.
"""


def shown(said: str) -> str:
    """A message in a table's cell, without what differs from machine to machine."""
    for words in BEFORE:
        said = re.sub(words, "", said)
    said = " ".join(said.split())
    said = re.sub(r"[\d,.]+ GB are free", "... are free", said)
    said = said if len(said) <= SHOWN else said[: SHOWN - 3] + "..."
    return said.replace("|", "\\|").replace("<", "&lt;").replace("`", "'")


def cell(outcome: Outcome | None) -> str:
    """What happened, in a table's cell."""
    if outcome is None:
        return ""
    if outcome.problems:
        return "**WRONG**: " + shown("; ".join(outcome.problems))
    return "works" if outcome.end == "success" else f"{outcome.end}: {shown(outcome.said)}"


def parts() -> dict[str, list[Case]]:
    """The cases by what they are."""
    found: dict[str, list[Case]] = {}
    for case in CASES.values():
        found.setdefault(case.name.split(":")[0].split(",")[0] if case.kind != "prompt" else "prompts", []).append(case)
    return found


def rows(day: Day, cases: list[Case], folder: Path) -> Iterator[tuple[str, bool]]:
    """The rows of a table, and whether something is wrong."""
    for case in cases:
        in_server = day.play(case)
        called = None if case.make is None else command_line.played(case, folder / "case")
        wrong = bool(in_server.problems or (called and called.problems))
        name = case.name.partition(": ")[2] if case.kind != "prompt" else case.name.removeprefix("prompt: ")
        columns = [shown(name), cell(in_server), *([cell(called)] if called else [])]
        yield "| " + " | ".join(columns) + " |", wrong


def faults() -> tuple[list[str], bool]:
    """The tests of faults, as sentences, and whether one failed."""
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:randomly", *FAULTS]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    ends = re.findall(r"^(PASSED|FAILED|ERROR|SKIPPED) \S*::test_(\w+)", run.stdout, re.MULTILINE)
    if not ends:
        raise RuntimeError(run.stdout[-2000:] + run.stderr[-2000:])
    outcomes: dict[str, set[str]] = {}
    for end, name in ends:
        outcomes.setdefault(name.replace("_", " "), set()).add(end.lower())
    lines = [f"| {name} | {', '.join(sorted(end))} |" for name, end in outcomes.items()]
    return lines, any(end != {"passed"} for end in outcomes.values())


def main() -> int:
    failed = False
    print(HEAD)
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as other:
        shutil.copytree(ROOT / "tests" / "comfy" / "other_pack", Path(home, "custom_nodes", "other_pack"))
        (outside := Path(other, "outside")).mkdir()
        server = ComfyServer(Path(home))
        try:
            day = Day(server, outside)
            for title, cases in parts().items():
                files = cases[0].make is not None
                print(f"## {title.capitalize()}: {len(cases)} cases\n")
                print("| tried | in ComfyUI |" + (" on the command line |" if files else ""))
                print("|---|---|" + ("---|" if files else ""))
                for line, wrong in rows(day, cases, Path(other)):
                    failed |= wrong
                    print(line, flush=True)
                print()
        finally:
            server.stop()
    lines, wrong = faults()
    print("## Faults around a command\n\n| what holds | tests |\n|---|---|")
    print("\n".join(lines))
    return int(failed or wrong)


if __name__ == "__main__":
    sys.exit(main())
