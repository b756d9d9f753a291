"""A register as full as one asks for: so many licences in force, each with its dossier, file and two seals."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from signing_service.domain.codes import PublicCode
from signing_service.storage import tables
from signing_service.storage.database import Database, open_database
from signing_service.storage.public_register import PublicRegister
from tests.benchmarks.material import id_number, name_of

AUTHORITY, PLATFORM = "11360000999000013K", "12360100999000187Y"
EMPLOYER = "9136010099900011XN"
AT = "2026-11-20T02:00:00.000000Z"
PORTION = 5_000


def code_of(number: int) -> str:
    """The public code of licence ``number``, as the QR has it."""
    return str(PublicCode.mint(hashlib.sha256(b"%d" % number).digest()[:16]))


def check_code_of(number: int) -> str:
    return f"{number:012d}"


@contextmanager
def filled_register(folder: Path, licences: int) -> Iterator[PublicRegister]:
    """On SQLite, below ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    database = open_database(f"sqlite:///{folder / 'register.sqlite3'}")
    try:
        database.migrate()
        fill(database, licences)
        yield PublicRegister(database)
    finally:
        database.close()


def fill(database: Database, licences: int) -> None:
    with database.transaction() as connection:
        _put(connection, tables.party, [_organisation(AUTHORITY, "authority", "示例省住房和城乡建设厅")])
        _put(connection, tables.party, [_organisation(PLATFORM, "platform", "示例省数字住建服务中心")])
        for first in range(0, licences, PORTION):
            numbers = range(first, min(first + PORTION, licences))
            for table, rows in _rows(numbers):
                _put(connection, table, rows)


def _rows(numbers: range) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    yield tables.party, [_person(number) for number in numbers]
    yield tables.dossier, [_dossier(number) for number in numbers]
    yield tables.document, [_document(number) for number in numbers]
    yield tables.revision, [_revision(number, *filled) for number in numbers for filled in _FILLED]
    yield tables.sealing, [_sealing(number, field) for number in numbers for field in ("authority", "platform")]
    yield tables.licence, [_licence(number) for number in numbers]


def _put(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    connection.execute(insert(table), rows)


def _organisation(number: str, kind: str, name: str) -> dict[str, Any]:
    return {"number": number, "kind": kind, "name": name, "key_ref": None, "facts": {}}


def _person(number: int) -> dict[str, Any]:
    return {"number": id_number(number), "kind": "person", "name": name_of(number), "key_ref": None, "facts": {}}


def _dossier(number: int) -> dict[str, Any]:
    parties = {"holder": id_number(number), "employer": EMPLOYER, "authority": AUTHORITY, "platform": PLATFORM}
    return {
        "number": f"SOIS{number:014d}", "procedure": "so.issue", "edition": "2026-01-01", "stage": "closed", "version": 3,
        "form_version": 1, "region": "360100", "parties": parties, "form": {"category": "04"}, "visit": [],
        "facts": {}, "request_key": None, "opened_at": AT, "changed_at": AT,
    }  # fmt: skip


def _document(number: int) -> dict[str, Any]:
    return {
        "document_id": _id(number), "dossier": f"SOIS{number:014d}", "kind": "licence",
        "template": "licences/special_operation/2026-01", "title": "建筑施工特种作业操作资格证书",
        "number": _number(number), "form_version": 1, "code": code_of(number), "check_code": check_code_of(number),
        "signed_code": None, "state": "archived", "facts": {"holder_name": name_of(number)}, "made_at": AT,
    }  # fmt: skip


_FILLED = ((0, None), (1, "authority"), (2, "platform"))


def _revision(number: int, revision: int, field: str | None) -> dict[str, Any]:
    sha = hashlib.sha256(b"%d/%d" % (number, revision)).hexdigest()
    return {
        "document_id": _id(number), "revision": revision, "sha256": sha, "size": 80_000, "field": field, "made_at": AT,
    }  # fmt: skip


def _sealing(number: int, field: str) -> dict[str, Any]:
    return {
        "document_id": _id(number), "field": field, "base_sha256": "0" * 64, "digest": "0" * 64,
        "key_ref": f"soft:{field}", "cert_sha256": "1" * 64, "seal_id": None,
        "party": AUTHORITY if field == "authority" else PLATFORM, "claimed_at": AT, "level": "B-T",
        "result_sha256": "2" * 64, "proven_at": AT, "reached": "B-T",
    }  # fmt: skip


def _licence(number: int) -> dict[str, Any]:
    return {
        "number": _number(number), "version": 1, "type": "special_operation", "identifier": f"1.2.156.3005.2.{number}",
        "status": "in_force", "holder": id_number(number), "holder_name": name_of(number), "employer": EMPLOYER,
        "authority": AUTHORITY, "issued_on": "2026-11-20", "valid_from": "2026-11-20", "valid_until": "2028-11-19",
        "facts": {"category": "04", "category_name": "建筑起重信号司索工", "employer_name": "江右示例建设集团有限公司"},
        "document_id": _id(number), "dossier": f"SOIS{number:014d}", "changed_at": AT,
    }  # fmt: skip


def _id(number: int) -> str:
    return f"{number:036d}"


def _number(number: int) -> str:
    return f"赣A042026{number:08d}"
