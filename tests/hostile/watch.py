"""What happens in a folder where nothing is to happen: Linux's inotify, which hears of every look into a file."""

from __future__ import annotations

import ctypes
import os
import struct
from pathlib import Path

#: Opened, read, changed, made, removed (IN_OPEN, IN_ACCESS, IN_MODIFY, IN_CREATE, IN_DELETE, IN_MOVED_*).
EVENTS = 0x20 | 0x1 | 0x2 | 0x100 | 0x200 | 0xC0
IS_FOLDER = 0x40000000
HEAD = struct.Struct("iIII")


class Watch:
    """Hears what is done to the files of a folder, by any process."""

    def __init__(self, folder: Path) -> None:
        system = ctypes.CDLL(None, use_errno=True)
        self._file = system.inotify_init1(os.O_NONBLOCK)
        if self._file < 0 or system.inotify_add_watch(self._file, os.fsencode(folder), EVENTS) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def heard(self) -> list[str]:
        """The names of the files that something was done to since this was asked for."""
        names = []
        while True:
            try:
                data = os.read(self._file, 1 << 16)
            except BlockingIOError:
                return names
            at = 0
            while at < len(data):
                _, mask, _, length = HEAD.unpack_from(data, at)
                name = data[at + HEAD.size : at + HEAD.size + length].rstrip(b"\0")
                if name and not mask & IS_FOLDER:  # to list a folder is not to read a file
                    names.append(os.fsdecode(name))
                at += HEAD.size + length

    def close(self) -> None:
        os.close(self._file)
