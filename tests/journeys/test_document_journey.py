"""What one document goes through, from the applicant's form to the stranger's scan. Read this first.

The steps are those of README.md, "The path of one document".
"""

from __future__ import annotations

from urllib.parse import urlsplit

from signing_service.attest.code_keys import CodeKeys
from signing_service.attest.signed_code import CodeVerdict, check_code
from signing_service.demo import people
from signing_service.domain.dates import add_years
from signing_service.domain.documents import DocumentKind
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.register import RegisterStatus
from signing_service.domain.verdicts import Report, Verdict
from signing_service.embedded import Service
from signing_service.pipeline.lay_out import as_it_stands
from signing_service.pipeline.prove import read_qr_codes
from signing_service.pipeline.record import read_record, record_hash
from signing_service.pipeline.validate import validate
from signing_service.storage import documents, dossiers, licences
from signing_service.storage.documents import DocumentRow, Revision
from signing_service.storage.public_register import PublicRegister
from tests.factories import AUTHORITY, EMPLOYER, HOLDER, PLATFORM, builder, officer, open_renewal, signaller, submit


def test_a_form_becomes_a_sealed_licence_that_a_stranger_can_check(service: Service) -> None:
    register = PublicRegister(service.desk.database)
    with service.desk.database.reading() as connection:
        before = licences.current(connection, people.SIGNALLER_LICENCE)
    assert before is not None

    # the applicant sends the form: it is drawn, stamped, its fields are laid, and the applicant's signature is the first
    number = open_renewal(service)
    submit(service.desk, number, signaller())
    service.settle(number)
    form, revisions = _document(service, number, "so_renew_form")
    assert [revision.field for revision in revisions] == [None, HOLDER]
    assert as_it_stands(_file(service, revisions)).fields == (HOLDER, EMPLOYER, AUTHORITY, PLATFORM)
    assert _status(register, form) is RegisterStatus.IN_PROGRESS
    assert _validated(service, revisions).verdict is Verdict.TOTAL_PASSED

    # the employer seals
    service.desk.take_step(number, "confirm", builder())
    service.settle(number)
    _, revisions = _document(service, number, "so_renew_form")
    assert revisions[-1].field is EMPLOYER
    assert _validated(service, revisions).verdict is Verdict.TOTAL_PASSED

    # the authority accepts, with a letter, and decides by three people
    service.desk.take_step(number, "accept", officer("tang"))
    service.desk.take_step(number, "review", officer("song"))
    service.desk.take_step(number, "grant", officer("zheng"))
    service.settle(number)

    # the form is sealed and locked, the licence sealed twice, both proven and archived; only then is the dossier closed
    form, revisions = _document(service, number, "so_renew_form")
    assert form.state == documents.ARCHIVED
    assert [signature.role for signature in _validated(service, revisions).signatures] == [
        HOLDER, EMPLOYER, AUTHORITY, PLATFORM,
    ]  # fmt: skip
    licence, revisions = _document(service, number, "special_operation")
    assert licence.kind is DocumentKind.LICENCE
    assert licence.state == documents.ARCHIVED
    report = _validated(service, revisions)
    assert report.verdict is Verdict.TOTAL_PASSED
    assert [(signature.role, signature.level) for signature in report.signatures] == [
        (AUTHORITY, "B-LTA"), (PLATFORM, "B-LTA"), ("", "DTS"),
    ]  # fmt: skip
    assert all(signature.time_proven for signature in report.signatures)
    with service.desk.database.reading() as connection:
        assert dossiers.load(connection, number).stage is Stage.CLOSED
        issued = licences.current(connection, people.SIGNALLER_LICENCE)
        superseded = licences.versions(connection, people.SIGNALLER_LICENCE)[0]
    assert issued is not None
    assert (issued.version, issued.status) == (2, LicenceStatus.IN_FORCE)
    assert issued.valid_until == add_years(before.valid_until, 2)
    assert superseded.status is LicenceStatus.SUPERSEDED

    # a stranger scans the code on the page and is told what the register says today
    [(scanned,)] = read_qr_codes(_file(service, revisions))
    address, _, _ = scanned.partition("#")
    assert address == f"{service.settings.public_origin}/v/{licence.code}"
    found = register.by_code(address.rpartition("/")[2])
    assert found is not None
    assert (found.status, found.number, found.holder) == (RegisterStatus.IN_FORCE, people.SIGNALLER_LICENCE, "王**")
    assert found == register.by_check_code(licence.check_code) == register.by_sha256(revisions[-1].sha256)

    # and the code proves itself to whoever has the published keys, with nobody to be asked
    _assert_proves_itself(service, scanned, _file(service, revisions))


def _assert_proves_itself(service: Service, scanned: str, file: bytes) -> None:
    keys = CodeKeys.read(service.settings.licence_keys.read_bytes())
    answer = check_code(scanned, keys, {urlsplit(service.settings.public_origin).hostname or ""})
    assert (answer.verdict, answer.host_is_ours) == (CodeVerdict.GENUINE, True)
    assert answer.statement is not None
    assert (answer.statement.number, answer.statement.holder) == (people.SIGNALLER_LICENCE, "王建国")
    record = read_record(file)
    assert record is not None
    assert record_hash(record) == answer.statement.record_hash


def _document(service: Service, dossier: str, template: str) -> tuple[DocumentRow, list[Revision]]:
    with service.desk.database.reading() as connection:
        rows = [row for row in documents.of_dossier(connection, dossier) if row.template.split("/")[1] == template]
        return rows[-1], documents.revisions(connection, rows[-1].document_id)


def _file(service: Service, revisions: list[Revision]) -> bytes:
    return service.desk.blobs.get(revisions[-1].sha256)


def _validated(service: Service, revisions: list[Revision]) -> Report:
    return validate(
        _file(service, revisions),
        service.anchors.roots,
        intermediates=service.anchors.intermediates,
        now=service.desk.clock(),
    )


def _status(register: PublicRegister, document: DocumentRow) -> RegisterStatus:
    found = register.by_code(document.code)
    assert found is not None
    assert found.kind is DocumentKind.FORM
    return found.status
