"""实名登记: a clerk at a window, the person present with the original card, a live face (domain text, §1, §16; ``rn.register``).

The person agrees to the use of biometrics by itself (PIPL 29); the version of that text is kept with the record. Faces
that do not match lock the person for a day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import Connection

from signing_service.domain.accounts import Account, Card, Event, FaceAnswer, not_allowed
from signing_service.domain.codes import IdNo, Mobile, PersonName, clean
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import Blobs
from signing_service.domain.errors import FieldError, Problem, refuse_all
from signing_service.domain.parties import Person
from signing_service.domain.staff import Level, permitted
from signing_service.domain.viewer import AccountKind, Viewer
from signing_service.storage import account_journal, parties, real_names
from signing_service.storage import accounts as store
from signing_service.storage import sessions as kept
from signing_service.workflows.accounts import passwords
from signing_service.workflows.accounts.accounts import Accounts, Caller, hash_of
from signing_service.workflows.accounts.tries import forgotten

PROCEDURE = "rn.register"
FACE_TRIES, FACE_LOCK = 5, timedelta(hours=24)
LARGEST_PHOTO = 5 * 1024 * 1024
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
FOR_LIFE = "长期"


@dataclass(frozen=True, slots=True)
class AtTheWindow:
    """What reader, camera and clerk enter."""

    card: Card
    mobile: str
    portrait: bytes
    """Of the chip."""
    face: bytes
    """Taken at the window just now."""
    consent: str
    """Version of the text that was agreed to; empty: not agreed."""
    new_password: bool = False
    """Also for somebody who has an account and cannot get in any more."""


@dataclass(frozen=True, slots=True)
class Registered:
    account: Account
    password: str | None
    """The first one, to be printed; None: there was an account, and it stays as it is."""
    score: float


def register(accounts: Accounts, by: Viewer, told: AtTheWindow, caller: Caller) -> Registered:
    """The person becomes a party with an account, or the record of one who is here is renewed.

    Raises Problem NOT_ALLOWED (no permission of a window for this), FIELDS_INVALID, CONSENT_MISSING, PHOTO_TYPE,
    PHOTO_SIZE, FACE_REFUSED, FACE_LOCKED, NAME_MISMATCH, REGISTER_OFF.
    """
    if by.region is None or not permitted(by.grants, PROCEDURE, Level.WINDOW, by.region):
        raise not_allowed()
    card, mobile = _read(accounts, told)
    if told.consent != accounts.rules.consent:
        raise Problem(
            "CONSENT_MISSING",
            "须由本人阅读并单独同意人脸信息处理告知书（现行版本）后才能登记。",
            "The person first reads the present notice on biometrics and agrees to it by itself.",
        )
    for picture in (told.portrait, told.face):
        _refuse_picture(picture)
    blobs = _blobs(accounts)
    answer = _compare(accounts, card, told.face)
    portrait = blobs.put(told.portrait)
    password = passwords.first_password(accounts)
    now = accounts.clock()
    with accounts.database.transaction() as connection:
        forgotten(connection, _subject(card))
        _enter_party(connection, card, mobile, day_in_shanghai(now))
        consent, region = accounts.rules.consent, str(by.region)
        record_id = accounts.new_id("rn")
        record = real_names.RealName(record_id, card, portrait, answer.score, consent, by.account, region, now)
        real_names.add(connection, record)
        account_journal.note_view(connection, by.account, card.id_no, now, "实名登记")
        account, is_new = _account(connection, accounts, card, mobile, by, caller)
        if not is_new and not told.new_password:
            return Registered(account, None, answer.score)
        store.put_password(connection, account.account_id, passwords.hashed(password), now, must_change=True)
        if not is_new:
            passwords.was_changed(connection, accounts, account, caller, by=by.account)
    return Registered(account, password, answer.score)


def _read(accounts: Accounts, told: AtTheWindow) -> tuple[Card, str]:
    card, today = told.card, day_in_shanghai(accounts.clock())
    errors: list[FieldError] = []
    number: IdNo | None = None
    name = mobile = ""
    try:
        number = IdNo.parse(card.id_no, today)
    except Problem as problem:
        errors.append(FieldError("id_no", problem.code, problem.zh, problem.en))
    try:
        name = str(PersonName.parse(card.name))
    except Problem as problem:
        errors.append(FieldError("name", problem.code, problem.zh, problem.en))
    try:
        mobile = str(Mobile.parse(told.mobile))
    except Problem as problem:
        errors.append(FieldError("mobile", problem.code, problem.zh, problem.en))
    if number is not None and (card.sex != number.sex.zh or card.born != number.born.isoformat()):
        zh, en = (
            "性别、出生日期与身份证号不符，请重新读卡。",
            "Sex or date of birth are not those of the number: read the card again.",
        )
        errors.append(FieldError("id_no", "CARD_MISREAD", zh, en))
    if not card.nation.strip() or not card.address.strip() or len(card.address) > 200 or len(card.nation) > 20:
        zh, en = "民族、住址不能为空，请重新读卡。", "Nation and address are missing: read the card again."
        errors.append(FieldError("address", "CARD_MISREAD", zh, en))
    if not _in_force(card, today):
        zh, en = (
            "身份证已过有效期或有效期有误，请先到公安机关换证。",
            "The card has run out: the police issue a new one.",
        )
        errors.append(FieldError("valid_until", "CARD_EXPIRED", zh, en))
    refuse_all(errors)
    return replace(card, id_no=str(number), name=name, nation=clean(card.nation), address=clean(card.address)), mobile


def _in_force(card: Card, today: date) -> bool:
    try:
        begins = date.fromisoformat(card.valid_from)
        ends = date.max if card.valid_until == FOR_LIFE else date.fromisoformat(card.valid_until)
    except ValueError:
        return False
    return begins <= today <= ends


def _compare(accounts: Accounts, card: Card, face: bytes) -> FaceAnswer:
    """The try is counted before the register is asked."""
    if accounts.register is None:
        raise Problem(
            "REGISTER_OFF",
            "未接入实名核验服务，暂不能办理实名登记。",
            "There is no real-name register to ask, so nobody can be registered.",
            status=503,
        )
    now = accounts.clock()
    with accounts.database.transaction() as connection:
        state = kept.attempts(connection, _subject(card))
        locked = state.locked_until is not None and now < state.locked_until
        tries = 1 if state.locked_until is not None and not locked else state.tries + 1
        if not locked:
            until = now + FACE_LOCK if tries >= FACE_TRIES else None
            kept.count_attempt(connection, _subject(card), tries, until)
    if locked:
        raise Problem(
            "FACE_LOCKED",
            "人脸比对连续 5 次未通过，24 小时内不能再试；请核对是否本人持本人证件。",
            "The face did not match five times: not again within 24 hours. Make sure that it is the holder of the card.",
            status=429,
        )
    answer = accounts.register.compare(IdNo(card.id_no), PersonName(card.name), face)
    if not answer.same:
        raise Problem(
            "FACE_REFUSED",
            "现场人脸与身份证登记的不一致，请摘除遮挡、正对镜头后重拍；仍不通过的，不予登记。",
            "The face is not that of the register: uncover it, look into the camera and take it again.",
            status=403,
        )
    return answer


def _enter_party(connection: Connection, card: Card, mobile: str, day: date) -> None:
    known = parties.find(connection, card.id_no)
    if known is not None and (not isinstance(known, Person) or str(known.name) != card.name):
        raise Problem(
            "NAME_MISMATCH",
            "该身份证号已登记为另一姓名；姓名有变的，请先办理姓名变更。",
            "This ID number is registered with another name: a change of name is a procedure of its own.",
            status=409,
        )
    facts = {**(known.facts if known else {}), "mobile": mobile, "real_named_on": day.isoformat()}
    parties.put(connection, Person(IdNo(card.id_no), PersonName(card.name), known.key if known else None, facts))


def _account(
    connection: Connection, accounts: Accounts, card: Card, mobile: str, by: Viewer, caller: Caller
) -> tuple[Account, bool]:
    found = store.by_login(connection, AccountKind.PERSON, card.id_no)
    now, address = accounts.clock(), caller.address[:45]
    if found is not None:
        renewed = replace(found, mobile=mobile)
        store.save(connection, renewed)
        account_journal.note(connection, found.account_id, "real_named_again", now, by=by.account, address=address)
        return renewed, False
    account = Account(
        accounts.new_id("person"), AccountKind.PERSON, card.id_no, card.id_no, card.name, card.id_no, mobile
    )
    store.add(connection, account, by.account, now)
    account_journal.note(connection, account.account_id, "made", now, by=by.account, address=address)
    # the log-in name is the ID number, and no message carries one
    accounts.messenger.tell(connection, account.reached_at, Event.OPENED, {"login": IdNo(card.id_no).masked})
    return account, True


def _refuse_picture(picture: bytes) -> None:
    if len(picture) > LARGEST_PHOTO:
        raise Problem("PHOTO_SIZE", "照片不得超过 5 MB，请压缩后重试。", "A picture has 5 MB at most: make it smaller.")
    if not picture.startswith(_PICTURES):
        raise Problem(
            "PHOTO_TYPE", "照片须为 JPG 或 PNG 图片，请重新拍摄。", "A picture is a JPEG or PNG: take it again."
        )


def _blobs(accounts: Accounts) -> Blobs:
    if accounts.blobs is None:
        msg = "accounts were opened without a store for portraits"
        raise RuntimeError(msg)
    return accounts.blobs


def _subject(card: Card) -> str:
    return f"face:{hash_of(card.id_no)[:40]}"
