"""How much memory the process holds at most."""

from __future__ import annotations

import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
#: What the kernel takes for "forget the peak so far" (proc(5), clear_refs).
_FORGET_PEAK = "5"
_MIB = 1 << 20


def forget_peak() -> bool:
    """Start counting the peak anew; False where the system can't (then the peak is that of the whole process)."""
    try:
        _CLEAR.write_text(_FORGET_PEAK)
    except OSError:
        return False
    return True


def peak_mib() -> float:
    """Largest resident memory since `forget_peak`, or of the whole process, in MiB; NaN where nothing can be known."""
    try:
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / _MIB if sys.platform == "darwin" else peak / 1024  # bytes there, KiB elsewhere
