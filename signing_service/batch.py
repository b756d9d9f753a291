"""批量制证: a list of people, row by row, becomes licences; a bad row is told by line, field and code and holds up no other.

Every good row is a dossier whose request key is the row's own content, so a list that is run again, or runs again
after a crash, issues nothing twice.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from signing_service.domain.codes import IdNo, PersonName, Region
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import DocumentKind, Sha256, SignatoryRole, sha256_of
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.errors import FieldError, Problem
from signing_service.domain.licences import LicenceStatus, LicenceType
from signing_service.domain.parties import PartyKind, Person
from signing_service.domain.staff import Grant, Level
from signing_service.embedded import Service
from signing_service.storage import documents, dossiers, licences, parties
from signing_service.workflows.engine import Event
from signing_service.workflows.forms import read_form
from signing_service.workflows.procedure import Procedure

PROCEDURES = {LicenceType.SPECIAL_OPERATION: "so.issue"}
"""Types that are issued from a list, and the procedure that does it."""

COLUMNS = ("name", "id_no", "employer_uscc", "category", "photo")
AT_ONCE = 100
"""So many rows are begun in one transaction."""
PARTS_IN_HAND = 3
"""So many parts of the list are with the worker: enough that every core has work."""
JPEG = b"\xff\xd8\xff"
LARGEST_PHOTO = 50_000


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    line: int
    errors: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True)
class IssuedRow:
    line: int
    number: str
    file: Path
    code: str
    """Of its public page."""


@dataclass(frozen=True, slots=True)
class Office:
    """Who issues, where."""

    authority: str
    platform: str
    region: str
    officer: str

    @property
    def grants(self) -> tuple[Grant, ...]:
        """Whoever issues from a list has decided on each row, and on nothing else."""
        return (Grant("so.issue", Level.DECIDE, Region(self.region)),)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a list that was found readable from end to end. They are read again each time, and never all kept."""

    path: Path
    count: int

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Row]:
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            for row in reader:
                yield Row(reader.line_num, {key: (row[key] or "").strip() for key in COLUMNS})


def read_rows(path: Path) -> Rows:
    """The rows of a CSV file in UTF-8, with or without byte-order mark. Raises Problem CSV_COLUMNS, CSV_UNREADABLE."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
            if missing:
                raise Problem(
                    "CSV_COLUMNS",
                    f"{path.name} 缺少列：{'、'.join(missing)}；第一行须为 {','.join(COLUMNS)}。",
                    f"{path.name} lacks the columns {', '.join(missing)}; its first line has to be {','.join(COLUMNS)}.",
                )
            return Rows(path, sum(1 for _ in reader))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Problem(
            "CSV_UNREADABLE",
            f"无法读取 {path.name}：请确认文件存在并另存为 UTF-8 编码的 CSV。",
            f"{path.name} cannot be read: check that it is there and saved as CSV in UTF-8 ({error}).",
        ) from None


def office_of(service: Service, officer: str) -> Office:
    """The one authority and platform of the register. Raises Problem AUTHORITY_MISSING."""
    with service.desk.database.reading() as connection:
        authorities = parties.of_kind(connection, PartyKind.AUTHORITY)
        platforms = parties.of_kind(connection, PartyKind.PLATFORM)
    if not authorities or not platforms:
        raise Problem(
            "AUTHORITY_MISSING",
            "登记簿中还没有发证机关或平台；请先登记，试用时可先运行 signing-service demo。",
            "The register has no authority or platform yet: enter them first; to try it out, run signing-service demo.",
        )
    authority = authorities[0]
    return Office(str(authority.number), str(platforms[0].number), str(getattr(authority, "region", "")), officer)


def issue_rows(
    service: Service, rows: Iterable[Row], folder: Path, kind: LicenceType, office: Office, out: Path
) -> Iterator[BadRow | IssuedRow]:
    """Issue row by row, in order; photos are named relative to ``folder``, the sealed files go to ``out``.

    While the worker is at one part of the list the next is begun, so it never waits and the list is never all kept.
    """
    out.mkdir(parents=True, exist_ok=True)
    begun: deque[list[Begun]] = deque()
    for part in _parts(rows, AT_ONCE):
        bad, good = _begin(service, part, folder, kind, office)
        yield from bad
        begun.append(good)
        if len(begun) > PARTS_IN_HAND:
            yield from _finish(service, begun.popleft(), out)
    while begun:
        yield from _finish(service, begun.popleft(), out)


def _parts(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    left = iter(rows)
    while part := list(islice(left, size)):
        yield part


Begun = tuple[Row, str]
"""A row and its dossier."""


@dataclass(frozen=True, slots=True)
class _Filing:
    """A row that can be read."""

    row: Row
    key: str
    form: Mapping[str, Any]
    person: Person


def _begin(
    service: Service, rows: Sequence[Row], folder: Path, kind: LicenceType, office: Office
) -> tuple[list[BadRow], list[Begun]]:
    """Open a dossier for each row and grant it, all in one transaction; a row that is refused is undone alone."""
    desk, bad, good = service.desk, list[BadRow](), list[Begun]()
    filings, photos = [], dict[Sha256, bytes]()
    today = day_in_shanghai(desk.clock())
    procedure = desk.catalogue.latest(PROCEDURES[kind], today)
    for row in rows:
        try:
            form, person = _read(row, folder, procedure, today)
        except Problem as problem:
            bad.append(_refused(row, problem))
            continue
        photo = sha256_of(form["photo"])
        photos[photo] = form["photo"]
        filings.append(_Filing(row, _key(kind, row), {**form, "photo": photo}, person))
    desk.blobs.put_all(photos)
    with desk.database.transaction() as connection:
        known = dossiers.by_request_keys(connection, [filing.key for filing in filings])
        for filing in filings:
            try:
                with connection.begin_nested():
                    number = _open(service, connection, filing, kind, office, known.get(filing.key))
            except Problem as problem:
                bad.append(_refused(filing.row, problem))
            else:
                good.append((filing.row, number))
    desk.nudge()
    return sorted(bad, key=lambda one: one.line), good


def _open(
    service: Service,
    connection: Connection,
    filing: _Filing,
    kind: LicenceType,
    office: Office,
    known: tuple[str, Stage] | None,
) -> str:
    """What an earlier run has opened, or granted, it has not to do again."""
    number, stage = known or ("", Stage.DRAFT)
    if not number:
        _admit(connection, filing.person, filing.form["category"], kind)
        actors = {SignatoryRole.AUTHORITY: office.authority, SignatoryRole.PLATFORM: office.platform}
        number = service.desk.begin_filled_in(
            PROCEDURES[kind], actors, filing.form, region=office.region, request_key=filing.key, within=connection
        )
    if stage is Stage.DRAFT:
        actor = Actor(SignatoryRole.AUTHORITY, office.authority, office.officer, office.grants)
        service.desk.record(connection, number, Event("grant", actor))
    return number


def _key(kind: LicenceType, row: Row) -> str:
    return "batch/" + hashlib.sha256(json.dumps([kind, row.values], sort_keys=True).encode()).hexdigest()


def _refused(row: Row, problem: Problem) -> BadRow:
    return BadRow(row.line, problem.errors or (FieldError("", problem.code, problem.zh, problem.en),))


def _finish(service: Service, begun: Sequence[Begun], out: Path) -> Iterator[BadRow | IssuedRow]:
    owing = {dossier for _, dossier in begun}
    for row, dossier in begun:
        try:
            if dossier in owing:
                service.settle(dossier)
                # the worker does many together: whoever waited for one has mostly waited for its neighbours too
                owing = service.owing(owing)
            yield _collect(service, row, dossier, out)
        except Problem as problem:
            yield BadRow(row.line, (FieldError("", problem.code, problem.zh, problem.en),))


def _read(row: Row, folder: Path, procedure: Procedure, today: date) -> tuple[dict[str, Any], Person]:
    """Everything of a row that is wrong, at once."""
    errors: list[FieldError] = []

    def attempt(field: str, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except Problem as problem:
            errors.append(FieldError(field, problem.code, problem.zh, problem.en))

    name = attempt("name", lambda: PersonName.parse(row.values["name"]))
    id_no = attempt("id_no", lambda: IdNo.parse(row.values["id_no"], today, minimum_age=18))
    photo = attempt("photo", lambda: _photo(folder, row.values["photo"]))
    form = {"employer_uscc": row.values["employer_uscc"], "category": row.values["category"]}
    try:
        read_form(procedure, {**form, "id_no": row.values["id_no"]}, today)
    except Problem as problem:
        errors += [error for error in problem.errors if error.field in form]
    if errors:
        raise Problem("ROW_INVALID", "该行有误。", "This row has errors.", errors=errors)
    return {**form, "id_no": str(id_no), "photo": photo}, Person(id_no, name)


def _photo(folder: Path, name: str) -> bytes:
    missing = Problem(
        "PHOTO_MISSING",
        f"未找到证件照“{name}”；没有证件照不能签发电子证照。",
        f"The portrait “{name}” is not there; without one no licence can be issued.",
    )
    try:
        path = (folder / name).resolve()
        if not name or not path.is_relative_to(folder.resolve()):
            raise missing
        data = path.read_bytes()
    except (OSError, ValueError):  # not there, a folder, unreadable, no possible name
        raise missing from None
    if not data.startswith(JPEG) or len(data) > LARGEST_PHOTO:
        raise Problem(
            "PHOTO_TYPE",
            f"证件照“{name}”须为不超过 50 KB 的 JPG 文件。",
            f"The portrait “{name}” has to be a JPEG file of at most 50 KB.",
        )
    return data


def _admit(connection: Connection, person: Person, category: str, kind: LicenceType) -> None:
    """Enter a new person; refuse another name under a known number, and a second licence of the same trade."""
    known = parties.find(connection, str(person.number))
    if known is None:
        parties.put(connection, person)
    elif str(known.name) != str(person.name):
        raise Problem(
            "NAME_MISMATCH",
            "姓名与该身份证号的实名登记不一致，请核对后更正。",
            "The name is not the one registered under this ID number: check both.",
        )
    for licence in licences.of_holder(connection, str(person.number), kind):
        if licence.facts.get("category") == category and licence.status in (
            LicenceStatus.IN_FORCE,
            LicenceStatus.ISSUING,
        ):
            raise Problem(
                "CERT_EXISTS",
                f"该人员已持有同工种的有效证书 {licence.number}，不能重复发证。",
                f"This person already holds {licence.number} of the same trade: one licence a trade.",
                status=409,
            )


def _collect(service: Service, row: Row, dossier: str, out: Path) -> IssuedRow:
    with service.desk.database.reading() as connection:
        document = next(item for item in documents.of_dossier(connection, dossier) if item.kind is DocumentKind.LICENCE)
        sealed: Sha256 = documents.revisions(connection, document.document_id)[-1].sha256
    file = out / f"{document.number}.pdf"
    if not file.exists():
        file.write_bytes(service.desk.blobs.get(sealed))
    return IssuedRow(row.line, document.number, file, document.code)
