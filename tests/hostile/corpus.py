"""Every hostile case."""

from __future__ import annotations

from . import picture_cases, prompt_cases, stroke_file_cases, weight_cases
from .cases import Case

CASES: dict[str, Case] = {
    case.name: case for part in (stroke_file_cases, weight_cases, picture_cases, prompt_cases) for case in part.cases()
}
#: Those that are a file.
FILES = {name: case for name, case in CASES.items() if case.make is not None}
