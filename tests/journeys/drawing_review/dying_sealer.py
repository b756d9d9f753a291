"""A real service that seals sheets and dies at one of them: its key has signed, and the file is not stored yet.

dying_sealer.py <folder> <how many sheets it stores before that>
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from signing_service.embedded import running
from signing_service.workflows.perform import sheets
from tests.factories import settings_in


def main() -> None:
    folder, left = Path(sys.argv[1]), int(sys.argv[2])
    store = sheets._store

    def store_or_die(*arguments: Any) -> None:
        nonlocal left
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        store(*arguments)

    sheets._store = store_or_die
    with running(settings_in(folder)):
        sys.stderr.write("ready\n")
        sys.stderr.flush()
        time.sleep(600)


if __name__ == "__main__":
    main()
