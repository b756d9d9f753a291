"""A service of one's own for a test: fonts shared by all, everything else fresh in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from signing_service.demo import people
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Dossier
from signing_service.domain.employment import ContractKind, Employment
from signing_service.embedded import Service, prepare, running
from signing_service.pipeline.fonts import build_fonts
from signing_service.settings import Settings
from signing_service.storage import employments
from signing_service.workflows.desk import Desk

HOLDER, EMPLOYER = SignatoryRole.HOLDER, SignatoryRole.EMPLOYER
FORMER_EMPLOYER, NEW_EMPLOYER = SignatoryRole.FORMER_EMPLOYER, SignatoryRole.NEW_EMPLOYER
AUTHORITY, PLATFORM = SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM


def settings_in(folder: Path, **changes: object) -> Settings:
    """Settings whose everything is below ``folder``, but for the fonts, which take half a minute to make."""
    shared = Settings().fonts
    build_fonts(shared)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "fonts").exists():
        (folder / "fonts").symlink_to(shared.resolve())
    return Settings(var=folder, **changes)  # type: ignore[arg-type]


@contextmanager
def service_in(folder: Path, **changes: object) -> Iterator[Service]:
    """A running service with the invented people in its register."""
    settings = settings_in(folder, **changes)
    prepare(settings, lambda _line: None)
    with running(settings) as service:
        with service.desk.database.transaction() as connection:
            people.enter(connection, service.desk.blobs, service.desk.clock())
        yield service


def office() -> dict[SignatoryRole, str]:
    return {AUTHORITY: str(people.AUTHORITY.uscc), PLATFORM: str(people.PLATFORM.uscc)}


def officer(name: str) -> Actor:
    return Actor(AUTHORITY, str(people.AUTHORITY.uscc), name, people.EVERY_GRANT)


def signaller() -> Actor:
    return Actor(HOLDER, people.SIGNALLER_ID, "holder")


def constructor() -> Actor:
    return Actor(HOLDER, people.CONSTRUCTOR_ID, "holder")


def builder(role: SignatoryRole = EMPLOYER) -> Actor:
    return Actor(role, str(people.BUILDER.uscc), "clerk")


def former_builder() -> Actor:
    return Actor(FORMER_EMPLOYER, str(people.FORMER_BUILDER.uscc), "clerk")


def submit(desk: Desk, number: str, actor: Actor) -> Dossier:
    """The form is drawn, and its author signs it."""
    desk.take_step(number, "prepare", actor)
    return desk.take_step(number, "submit", actor)


def employ(service: Service, person: str = people.SIGNALLER_ID) -> None:
    """The person works for the builder from now on, unless there is an employment already."""
    with service.desk.database.transaction() as connection:
        if employments.active(connection, person) is None:
            post = Employment(person, str(people.BUILDER.uscc), "信号司索工", ContractKind.OPEN, date(2023, 3, 1), None)
            employments.start(connection, post)


def renewal_form(service: Service, **changes: object) -> dict[str, object]:
    attachment = {"name": "体检合格证明", "sha256": service.desk.blobs.put(b"attachment"), "pages": 2}
    return {
        "licence_no": people.SIGNALLER_LICENCE,
        "employer_uscc": str(people.BUILDER.uscc),
        "mobile": "13870000017",
        "working_since": "2014年9月",
        "health": "体检合格，无妨碍从事本工种作业的疾病。",
        "training": "每年均不少于24学时。",
        "conduct": "无违章作业记录。",
        "attachments": [attachment],
        **changes,
    }


def change_form(service: Service, **changes: object) -> dict[str, object]:
    attachment = {"name": "劳动合同", "sha256": service.desk.blobs.put(b"contract"), "pages": 8}
    return {
        "licence_no": people.CONSTRUCTOR_LICENCE,
        "mobile": "13970000028",
        "former_employer_uscc": str(people.FORMER_BUILDER.uscc),
        "new_employer_uscc": str(people.BUILDER.uscc),
        "left_on": "2026-11-10",
        "contract_from": "2026-11-16",
        "contract_until": "2029-11-15",
        "reason": "劳动合同期满，申请变更执业企业。",
        "projects": "未担任在建工程项目的施工负责人。",
        "attachments": [attachment],
        **changes,
    }


def open_renewal(service: Service, key: str = "renewal", **changes: object) -> str:
    employ(service)
    return service.desk.begin_filled_in(
        "so.renew",
        {HOLDER: people.SIGNALLER_ID, **office()},
        renewal_form(service, **changes),
        region=people.REGION,
        request_key=key,
    )


def open_change(service: Service, key: str = "change", **changes: object) -> str:
    return service.desk.begin_filled_in(
        "c2.employer_change",
        {HOLDER: people.CONSTRUCTOR_ID, **office()},
        change_form(service, **changes),
        region=people.REGION,
        request_key=key,
    )
