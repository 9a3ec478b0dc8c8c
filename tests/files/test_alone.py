"""A file that one process has to itself, however the process before ended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from painter_core.files.alone import alone

HOLD = """
import sys, time
from painter_core.files.alone import alone
with alone(sys.argv[1]) as mine:
    print(mine, flush=True)
    time.sleep(60)
"""
ROOT = Path(__file__).resolve().parents[2]


def test_one_process_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / "x.lock"
    with alone(lock) as mine:
        assert mine
        with alone(lock) as other:
            assert not other
        assert lock.exists()
    assert not lock.exists()
    with alone(lock) as mine:
        assert mine


def test_a_process_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    lock = tmp_path / "x.lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(lock)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "True\n"
    with alone(lock) as mine:
        assert not mine
    holder.kill()
    holder.wait()
    assert lock.exists()
    with alone(lock) as mine:
        assert mine
    assert not lock.exists()
