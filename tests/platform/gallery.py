"""Every component of the platforms on one page, for whoever changes one to look at. No address of the service leads here.

python -m tests.platform.gallery DIRECTORY
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from signing_service.domain.errors import FieldError
from signing_service.domain.viewer import AccountKind, Viewer
from signing_service.web.doorway import Doorway, headers_for
from signing_service.web.platform.form_fields import widgets
from signing_service.web.platform.rendering import STATIC, Frame, Renderer
from signing_service.workflows.fields import Field, FieldType
from tests.portal.serving import CHROMIUM, DESKTOP, PHONE, served

HTML = Path(__file__).parent / "html"
TOKENS = Path(__file__).resolve().parents[2] / "verify_portal" / "static"
SOMEBODY = Viewer("account-1", AccountKind.PERSON, "360102199003070014", "王建国")


REASONS = {"left": "不再从事", "health": "年龄或健康", "other": "其他"}
TRADES = {f"{code:02d}": f"{code:02d} 建筑工种" for code in range(1, 12)}
FORM = (
    Field("name", "姓名", "Name", FieldType.NAME),
    Field("id_no", "身份证号", "ID number", FieldType.ID_NO),
    Field("mobile", "手机号码", "Mobile number", FieldType.MOBILE),
    Field("email", "电子邮箱", "E-mail", FieldType.EMAIL, required=False),
    Field("trade", "工种类别", "Trade", FieldType.CHOICE, choices=TRADES),
    Field("reason", "注销原因", "Reason", FieldType.CHOICE, choices=REASONS),
    Field("other", "其他原因", "Other reason", FieldType.LONG_TEXT, visible_if=("reason", ("other",))),
    Field("specialties", "申请专业", "Specialties", FieldType.CHOICES, choices={"b": "建筑工程", "m": "市政公用工程"}),
    Field("left_on", "解除日期", "Left on", FieldType.DATE),
    Field("from", "合同起始日", "Contract from", FieldType.DATE),
    Field("hours", "学时", "Hours", FieldType.INTEGER),
    Field("price", "合同价", "Price", FieldType.MONEY),
    Field("county", "项目所在地", "County", FieldType.COUNTY),
    Field("employer", "聘用企业", "Employer", FieldType.ENTERPRISE),
    Field("contract", "劳动合同", "Contract", FieldType.FILE),
    Field("attachments", "附件", "Attachments", FieldType.ATTACHMENTS, required=False),
    Field(
        "items", "更正内容", "Corrections", FieldType.ROWS,
        rows=(Field("was", "原内容", "Was", FieldType.TEXT), Field("proof", "证明材料", "Proof", FieldType.FILE)),
    ),
    Field("true", "本人承诺所填内容真实，愿意承担相应法律责任。", "I promise that all of this is true.", FieldType.STATEMENT),
)  # fmt: skip

PDF_FILE = {"name": "劳动合同（2026）.pdf", "sha256": "ab" * 32, "pages": 8, "size": 2_400_000}
TYPED: dict[str, Any] = {
    "name": "王建国",
    "id_no": "360102199003070015",
    "mobile": "13870000017",
    "reason": "other",
    "other": "已转为管理岗位。",
    "specialties": ["b"],
    "left_on": "2026-13-40",
    "from": "2026-11-16",
    "employer": "9136010099900011XN",
    "contract": PDF_FILE,
    "items": [{"was": "王建囯", "proof": {**PDF_FILE, "sha256": "cd" * 32}}, {}],
}
ERRORS = (
    FieldError("id_no", "ID_CHECK", "身份证号最后一位校验不通过，请对照身份证核对。", "The ID number does not add up: compare it with the card."),
    FieldError("left_on", "DATE_INVALID", "解除日期须为有效日期，格式如 2026-11-22。", "Left on is a date such as 2026-11-22."),
    FieldError("items.1.was", "FIELD_REQUIRED", "请填写原内容。", "Fill in: Was."),
)  # fmt: skip


def make_gallery() -> ASGIApp:
    renderer = Renderer([HTML])

    def show(request: Request) -> HTMLResponse:
        facts = {"widgets": widgets(FORM, TYPED, ERRORS), "errors": ERRORS}
        return renderer.page(request, "gallery.html", facts, Frame(SOMEBODY, 2, "token"), here="todos")

    app = Starlette(
        routes=[
            Route("/", show),
            Mount("/platform/static", StaticFiles(directory=STATIC)),
            Mount("/static", StaticFiles(directory=TOKENS)),
        ]
    )
    return Doorway(
        app,
        headers_for("http://127.0.0.1", form_action="'self'"),
        broken=lambda request: HTMLResponse("broken", 500),
        static="/platform/static/",
        largest=lambda path: 1_000_000,
        too_large=AssertionError(),  # type: ignore[arg-type]
    )


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with served(make_gallery()) as origin, sync_playwright() as playwright:  # type: ignore[arg-type]
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        for screen, viewport in {"phone": PHONE, "desktop": DESKTOP}.items():
            for lang in ("zh", "en"):
                page = browser.new_context(viewport=viewport, reduced_motion="reduce").new_page()  # type: ignore[arg-type]
                page.on("console", lambda message: print(message.text))  # noqa: T201
                page.goto(f"{origin}/?lang={lang}")
                page.screenshot(path=folder / f"{screen}-{lang}.png", full_page=True)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
