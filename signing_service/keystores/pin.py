"""A PIN in a file, outside the database and the environment, that is never tried twice when it was wrong.

Tokens and key services lock themselves after a few wrong PINs, and a worker on each core that asks again and again
would lock them in seconds. So the refusal is marked for every process of this machine, and only a changed PIN file
is asked again. The mark holds the file's stamp, never anything of the PIN.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class PinRefusedError(Exception):
    """The PIN cannot be read, or it was refused and its file has not changed since."""


class Pin:
    def __init__(self, file: Path, mark: Path) -> None:
        """``mark`` is where a refusal is kept, in a folder that this process may write."""
        self._file = file
        self._mark = mark

    def __repr__(self) -> str:
        return f"Pin({self._file.name!r})"

    @contextmanager
    def alone(self) -> Iterator[str]:
        """The PIN for one try, while no other process on this machine tries it. Raises PinRefusedError."""
        with self._mark.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self.read()

    def read(self) -> str:
        """Raises PinRefusedError."""
        try:
            pin = self._file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise PinRefusedError(f"the PIN file {self._file.name} cannot be read") from error
        if self._mark.exists() and self._mark.read_text(encoding="utf-8") == self._stamp():
            raise PinRefusedError("the PIN was refused; it is not tried again before its file has changed")
        return pin

    def refused(self) -> None:
        """Remember that this PIN is wrong."""
        self._mark.write_text(self._stamp(), encoding="utf-8")

    def _stamp(self) -> str:
        status = self._file.stat()
        return f"{status.st_dev}:{status.st_ino}:{status.st_mtime_ns}:{status.st_size}"
