"""The whole service as ``run`` serves it, over the small invented province, for real browsers to walk through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.portal.serving import CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.town import Town


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Closed with the module: while it is open, its thread cannot run another event loop."""
    playwright = pytest.importorskip("playwright.sync_api", reason="not run on this machine: playwright is missing")
    if not CHROMIUM.exists():
        pytest.skip("not run on this machine: there is no /usr/bin/chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def town(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One province a module: its tests follow one another in the order in which they stand."""
    from tests.browser.town import town_in

    folder: Path = tmp_path_factory.mktemp("province")
    with town_in(folder, chromium) as opened:
        yield opened
