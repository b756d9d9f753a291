"""The decoder behind every camera and picture of the portal reads a licence in a browser, and sends nothing anywhere."""

from __future__ import annotations

import base64
import functools
import hashlib
import http.server
import io
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter
from playwright.sync_api import Browser, Page, sync_playwright

from tests.unit.pipeline.test_signed_qr import address, stamped
from tests.unit.pipeline.test_stamp import pages

CHROMIUM = Path("/usr/bin/chromium")
STATIC = Path(__file__).resolve().parents[2] / "verify_portal" / "static"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"NOT LOOKED AT: there is no Chromium at {CHROMIUM}"),
]


def page_picture(dpi: int) -> Image.Image:
    """The whole licence, as its printed page is scanned."""
    [page] = pages(stamped().data, dpi)
    return page.convert("RGB")


def photograph() -> Image.Image:
    """The licence on a desk, seen from above by a hand that is not quite steady."""
    page = page_picture(200)
    desk = Image.new("RGB", (page.width + 500, page.height + 400), (112, 96, 84))
    desk.paste(page, (240, 190))
    turned = desk.rotate(5, Image.Resampling.BICUBIC, fillcolor=(112, 96, 84))
    chance = random.Random(20261122)
    blurred = turned.filter(ImageFilter.GaussianBlur(0.8))
    shade = Image.linear_gradient("L").resize(blurred.size).point(lambda level: 150 + level * 100 // 255)
    darkened = Image.composite(blurred, Image.new("RGB", blurred.size, (40, 40, chance.randrange(60))), shade)
    return darkened.rotate(90, expand=True)


def code_alone() -> Image.Image:
    page, zone = page_picture(200), stamped().rendered.qr_zones[0]
    scale = 200 / 72
    height = page.height / scale
    box = (zone.left - 8, height - zone.top - 8, zone.right + 8, height - zone.bottom + 8)
    return page.crop(tuple(int(value * scale) for value in box))  # type: ignore[arg-type]


PICTURES: dict[str, Callable[[], Image.Image]] = {
    "the code alone": code_alone,
    "a scan at 200 dpi": lambda: page_picture(200),
    "a scan at 300 dpi": lambda: page_picture(300),
    "a photograph": photograph,
}


class _Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Files, directory=str(STATIC)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the camera sees: first a desk, then the code."""
    path = tmp_path_factory.mktemp("camera") / "camera.y4m"
    width, height = 640, 640
    desk = Image.new("RGB", (width, height), (112, 96, 84))
    frames = [desk] * 3 + [code_alone().resize((width, height), Image.Resampling.LANCZOS)] * 12
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode())
        for frame in frames:
            luma, blue, red = frame.convert("YCbCr").split()
            halves = [plane.resize((width // 2, height // 2)).tobytes() for plane in (blue, red)]
            file.write(b"FRAME\n" + luma.tobytes() + b"".join(halves))
    return path


@pytest.fixture(scope="module")
def browser(film: Path) -> Iterator[Browser]:
    camera = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    arguments = ["--no-sandbox", "--disable-dev-shm-usage", *camera, f"--use-file-for-fake-video-capture={film}"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, origin: str) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(origin)
    yield page
    context.close()


def read(page: Page, picture: Image.Image) -> str | None:
    octets = io.BytesIO()
    picture.save(octets, "PNG")
    found: str | None = page.evaluate(
        """async (picture) => {
            const { readQr } = await import("/qr-reader.js");
            const bytes = Uint8Array.from(atob(picture), (character) => character.charCodeAt(0));
            return readQr(new Blob([bytes], { type: "image/png" }));
        }""",
        base64.b64encode(octets.getvalue()).decode(),
    )
    return found


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_of_a_licence_is_read_whole(page: Page, name: str) -> None:
    assert read(page, PICTURES[name]()) == address()


def test_a_picture_without_a_code_says_nothing(page: Page) -> None:
    assert read(page, Image.radial_gradient("L").resize((1200, 900))) is None


def test_what_is_no_picture_is_refused(page: Page) -> None:
    refused = page.evaluate(
        """async () => {
            const { readQr } = await import("/qr-reader.js");
            return readQr(new Blob(["%PDF-1.7"])).then(() => "read", () => "refused");
        }"""
    )
    assert refused == "refused"


def test_the_camera_reads_the_code_and_is_let_go(page: Page) -> None:
    text, live = page.evaluate(
        """async () => {
            const { scanWithCamera } = await import("/qr-reader.js");
            const video = document.createElement("video");
            const found = new AbortController();
            let text = null, stream = null;
            await scanWithCamera(video, (read) => { text = read; stream = video.srcObject; found.abort(); }, found.signal);
            return [text, stream.getTracks().some((track) => track.readyState === "live")];
        }"""
    )
    assert text == address()
    assert not live


def test_the_code_of_others_is_what_its_makers_published() -> None:
    named = (STATIC / "vendor" / "README.md").read_text()
    assert hashlib.sha256((STATIC / "vendor" / "jsQR.js").read_bytes()).hexdigest() in named
