"""Every kind of faulty input into every node: an error that names the input, or a result without NaN."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import test_node_schema

ROOT = Path(__file__).resolve().parent.parent.parent
COMFYUI = ROOT / ".cache" / "comfyui"
#: Seconds until the process that tries all of them is given up; it takes about 25 of a processor's time.
LIMIT = 900
NODES = sorted({*test_node_schema.FROZEN})
#: Inputs of one kind that a node cannot make anything of, and says so.
TOO_LITTLE = {("BrushFromImage", "fine: one pixel"), ("BrushFromImage", "fine: black"),
              ("BrushFromImage", "fine: small and black")}  # fmt: skip

Row = dict[str, Any]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    if not (COMFYUI / "main.py").is_file():
        pytest.skip("there is no ComfyUI to test with: `make test` brings one")
    command = [sys.executable, str(ROOT / "tests" / "comfy" / "run_faults.py"), str(ROOT)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    run = subprocess.run(command, cwd=COMFYUI, capture_output=True, text=True, timeout=LIMIT, env=environment)
    assert run.returncode == 0, run.stderr[-3000:]
    lines = [line.removeprefix("FAULT ") for line in run.stdout.splitlines() if line.startswith("FAULT ")]
    return [json.loads(line) for line in lines]


def of(rows: list[Row], node: str, *, fine: bool) -> list[Row]:
    mine = [row for row in rows if row["node"] == node and row["fault"] != "alpha"]
    return [row for row in mine if (row["fault"] == "none" or row["fault"].startswith("fine: ")) == fine]


@pytest.mark.parametrize("node", NODES)
def test_what_is_wrong_is_refused_by_the_name_of_its_input(rows: list[Row], node: str) -> None:
    for row in of(rows, node, fine=False):
        assert row["error"], f"{row['input']}: {row['fault']} is not refused"
        kind, _, text = row["error"].partition(": ")
        assert kind == "ValueError", row
        if row["fault"] == "unknown":
            assert "'no such thing'" in text, row
        else:
            assert text.startswith(f"{row['input']}: "), row


@pytest.mark.parametrize("node", NODES)
def test_what_is_unusual_works(rows: list[Row], node: str) -> None:
    mine = of(rows, node, fine=True)
    assert mine
    for row in mine:
        if (node, row["fault"]) in TOO_LITTLE:
            assert row["error"] is None or row["error"].startswith("ValueError: "), row
        else:
            assert row["error"] is None, row
        assert row["finite"], row


def test_masks_that_select_nothing_and_clear_pictures_are_told_of(rows: list[Row]) -> None:
    for row in rows:
        messages = row.get("messages", [])
        if row["fault"] in ("fine: black", "fine: small and black"):
            assert messages, row
            assert messages[0].startswith(f"{row['input']}: the mask is black everywhere and selects nothing"), row
            assert "Load Image" in messages[0]
        elif row["fault"] == "fine: black for one of two":
            assert messages, row
            assert messages[0].startswith(f"{row['input']}: mask 2 of 2 is black everywhere"), row
        elif row["fault"] == "fine: wholly transparent":
            assert messages, row
            assert messages[0].startswith(f"{row['input']}: the picture is wholly transparent"), row
        else:
            assert messages == [], row


def test_transparency_is_laid_over_white_and_over_the_canvas_of_a_painting(rows: list[Row]) -> None:
    mine = [row for row in rows if row["fault"] == "alpha" and row["node"] != "BrushFromImage"]
    assert len(mine) >= 8
    for row in mine:
        assert row["away"] == 0, row
