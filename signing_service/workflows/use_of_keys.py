"""The one door to a key that seals: policy, seal, release and ledger are asked here before the key, and told after.

What is decided and the intent of the seal are one transaction; a use that is refused leaves a line that says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from datetime import time as time_of_day

from cryptography import x509
from sqlalchemy import Connection

from signing_service.domain.dates import SHANGHAI, day_in_shanghai
from signing_service.domain.documents import DocumentKind, PadesLevel, Sha256, SignatoryRole, sha256_of
from signing_service.domain.errors import Problem
from signing_service.domain.key_policy import (
    Counts,
    KeyPolicy,
    KeyState,
    KeyUse,
    NextKey,
    refusal,
)
from signing_service.domain.keys import KeyRef, KeyStore, SigningCert
from signing_service.domain.parties import Party, PartyKind
from signing_service.domain.seals import Seal, SealState, choose_seal, for_purpose, for_sheets
from signing_service.domain.sheets import SHEET_TEMPLATE
from signing_service.domain.working_days import CALENDAR
from signing_service.pipeline.preflight import Signatory, Standing
from signing_service.pipeline.templates import authority_seal
from signing_service.storage import dossiers, key_policies, key_releases, parties, seal_ledger, sealings
from signing_service.storage.documents import DocumentRow, Revision
from signing_service.storage.dossiers import JournalLine
from signing_service.storage.key_releases import Release, ReleaseState
from signing_service.storage.seal_ledger import Entry, Line, Outcome
from signing_service.storage.sealings import Sealing
from signing_service.workflows.workshop import Workshop

WAITS_FOR_RELEASE = "RELEASE_REQUIRED"
KEY_IS_GONE = frozenset({"KEY_UNKNOWN", "KEY_REFUSED"})


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a key is to be used for, and on whose step."""

    row: DocumentRow
    base: Revision
    """The document as it stands: what is shown, and what is signed."""
    page: int
    """The one that carries the seal, from 0."""
    role: SignatoryRole
    party: Party
    actor: str
    step: str
    reason: str
    is_stored: bool = True
    """Whether the base is. One that is not, and is drawn otherwise after a crash, gives way to the other."""

    @classmethod
    def after(
        cls,
        line: JournalLine,
        row: DocumentRow,
        base: Revision,
        page: int,
        role: SignatoryRole,
        party: Party,
        *,
        is_stored: bool = True,
    ) -> Occasion:
        """``line`` is that of the step that owes the seal."""
        return cls(row, base, page, role, party, line.actor, line.step, line.facts.get("reason", ""), is_stored)

    @property
    def use_id(self) -> str:
        return seal_ledger.use_id_of(self.row.document_id, self.role)

    def use_of(self, key: KeyRef) -> KeyUse:
        return KeyUse(key, self.row.kind, self.row.template, self.role)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The key that is going to be asked, its cert and its seal, at the time the signature will claim."""

    key: KeyRef
    signer: SigningCert
    seal: Seal | None
    claimed_at: datetime
    intent: Sealing | None
    """What was reserved before; it stands unless its key is gone."""


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a key: what for, which key, and what it is going to sign."""

    asked: Occasion
    chosen: Chosen
    planned: Sealing


def occasion(
    connection: Connection,
    row: DocumentRow,
    base: Revision,
    page: int,
    role: SignatoryRole,
    party: Party,
    journal_line: int,
) -> Occasion:
    """``journal_line`` is that of the step that owes the seal."""
    step = dossiers.journal_lines(connection, {(row.dossier, journal_line)})[row.dossier, journal_line]
    return Occasion.after(step, row, base, page, role, party)


def choose_all(shop: Workshop, occasions: Sequence[Occasion]) -> list[Chosen | Exception]:
    """For each what ``choose`` gives or raises. Where nothing is reserved yet, the uses by one party have one choice."""
    ids = {asked.row.document_id for asked in occasions}
    with shop.database.reading() as connection:
        intents = sealings.of_documents(connection, ids)
    by_party: dict[str, Chosen] = {}
    found: list[Chosen | Exception] = []
    for asked in occasions:
        intent, party = intents.get((asked.row.document_id, asked.role)), str(asked.party.number)
        try:
            chosen = by_party[party] if intent is None and party in by_party else _choose(shop, asked, intent)
        except Exception as problem:  # noqa: BLE001 - it is the caller's to raise
            found.append(problem)
            continue
        if intent is None:
            by_party[party] = chosen
        found.append(chosen)
    return found


def choose(shop: Workshop, asked: Occasion) -> Chosen:
    """What was reserved goes on with its key and its seal; when that key is gone, the party's present key takes over.

    Raises Problem KEY_MISSING, CERT_NOT_VALID, CERT_REVOKED, SEAL_NOT_ACTIVE, SEAL_EXPIRED, SEAL_NOT_FOR_THIS_CERT, and what the key
    store raises.
    """
    (chosen,) = choose_all(shop, [asked])
    if isinstance(chosen, Exception):
        raise chosen
    return chosen


def _choose(shop: Workshop, asked: Occasion, intent: Sealing | None) -> Chosen:
    now = shop.clock().replace(microsecond=0)
    with shop.database.reading() as connection:
        owned = parties.seals(connection, str(asked.party.number))
        kept = _kept(connection, shop.keys, asked, intent, now)
        present, following = _keys_of(connection, asked.party)
    owned, special = _seals_for(shop, asked, owned)
    if special is not None:
        present, following = special, None
    if (
        kept is not None
        and _revocation_of(shop, kept, now)
        and _has_another(shop, asked, present, following, intent, now)
    ):
        kept = None  # the party has another key by now
    if intent is not None and kept is not None:
        key, signer, claimed_at = KeyRef.parse(intent.key_ref), kept, intent.claimed_at
    else:
        key, claimed_at = key_at(asked.party, present, following, shop.keys, now), now
        signer = shop.keys.signing_cert(key)
    try:
        refuse_unfit(shop, signer, claimed_at, now)
        seal = choose_seal(owned, day_in_shanghai(claimed_at), key, sha256_of(signer.cert))
    except Problem as problem:
        _tell_refusal(shop, asked, key, signer, problem)
        raise
    return Chosen(key, signer, seal, claimed_at, intent)


def _seals_for(shop: Workshop, asked: Occasion, owned: Sequence[Seal]) -> tuple[list[Seal], KeyRef | None]:
    """On a drawing the seal that was made for drawings, with its own key where that is not the party's; on everything
    else the one that the template names, or any other seal.
    """
    if asked.row.template.split("/")[1] != SHEET_TEMPLATE:
        return for_purpose(owned, authority_seal(shop.templates, asked.row.template)), None
    fit = for_sheets(owned)
    keys = [one.key for one in fit if one.state is SealState.ACTIVE]
    return fit, keys[0] if keys and asked.party.key not in keys else None


def refuse_unfit(shop: Workshop, signer: SigningCert, *moments: datetime) -> None:
    """Raises Problem CERT_NOT_VALID when a cert of the chain does not hold at each of the moments, else CERT_REVOKED.

    A CA that says nothing holds up no seal that does not need its word: one for the long term asks again, and waits.
    """
    for der in (signer.cert, *signer.chain):
        cert = x509.load_der_x509_certificate(der)
        if not all(cert.not_valid_before_utc <= at <= cert.not_valid_after_utc for at in moments):
            raise Problem(
                "CERT_NOT_VALID",
                f"数字证书有效期为 {cert.not_valid_before_utc:%Y-%m-%d} 至 {cert.not_valid_after_utc:%Y-%m-%d}，现在不能用于签章；"
                "请更换证书，更换后自动继续。",
                f"The cert is valid from {cert.not_valid_before_utc:%Y-%m-%d} to {cert.not_valid_after_utc:%Y-%m-%d} and "
                "cannot seal now: have it renewed; this then goes on by itself.",
                status=503,
            )
    if revoked := _revocation_of(shop, signer, moments[-1]):
        raise revoked


def _revocation_of(shop: Workshop, signer: SigningCert, now: datetime) -> Problem | None:
    try:
        shop.revocation.evidence((signer.cert, *signer.chain), now)
    except Problem as problem:
        if problem.code == "CERT_REVOKED":
            return problem
    return None


def _has_another(
    shop: Workshop,
    asked: Occasion,
    present: KeyRef | None,
    following: NextKey | None,
    intent: Sealing | None,
    now: datetime,
) -> bool:
    return intent is not None and str(key_at(asked.party, present, following, shop.keys, now)) != intent.key_ref


def _kept(
    connection: Connection, keys: KeyStore, asked: Occasion, intent: Sealing | None, now: datetime
) -> SigningCert | None:
    """The cert of the key that was reserved, while it is the same, in its term, and the key is not retired."""
    if intent is None:
        return None
    key = KeyRef.parse(intent.key_ref)
    if key_policies.of(connection, key, asked.party.kind).state is KeyState.RETIRED:
        return None
    signer = _cert_of(keys, key)
    if signer is None or sha256_of(signer.cert) != intent.cert_sha256 or ends(signer) < now:
        return None
    return signer


def _cert_of(keys: KeyStore, key: KeyRef) -> SigningCert | None:
    """None when there is no such key any more. One that cannot be reached just now is waited for."""
    try:
        return keys.signing_cert(key)
    except Problem as problem:
        if problem.code in KEY_IS_GONE:
            return None
        raise


def ends(signer: SigningCert) -> datetime:
    return x509.load_der_x509_certificate(signer.cert).not_valid_after_utc


def _keys_of(connection: Connection, party: Party) -> tuple[KeyRef | None, NextKey | None]:
    """The present key and the next. A present key that is retired gives way to the next at once."""
    following = parties.next_key(connection, str(party.number))
    if party.key is None or following is None:
        return party.key, following
    retired = key_policies.of(connection, party.key, party.kind).state is KeyState.RETIRED
    return (None if retired else party.key), following


def key_at(party: Party, present: KeyRef | None, following: NextKey | None, keys: KeyStore, at: datetime) -> KeyRef:
    """The party's key at a time: its present one, or the next when that has taken over. Raises Problem KEY_MISSING."""
    if following is not None:
        signer = _cert_of(keys, present) if present else None
        if present is None or following.takes_over(at, ends(signer) if signer else None):
            return following.key
    if present is None:
        raise Problem(
            "KEY_MISSING",
            f"“{party.public_name}”没有可用的签名密钥，请办理后系统将自动继续。",
            f"“{party.public_name}” has no key to sign with; once it has one, this goes on by itself.",
            status=503,
        )
    return present


# ---- before the key is asked


def admit(connection: Connection, asked: Occasion, chosen: Chosen, planned: Sealing, now: datetime) -> Problem | None:
    """As ``admit_all``, of a single use."""
    return admit_all(connection, [Use(asked, chosen, planned)], now)[0]


def admit_all(connection: Connection, uses: Sequence[Use], now: datetime) -> list[Problem | None]:
    """Admit uses and write down what is going to be signed, or why it is not; again it changes nothing.

    Belongs into one transaction, which has to be committed also where there is a problem to raise: as
    ``domain.key_policy.refusal`` words it, RELEASE_REQUIRED or RELEASE_REFUSED, and SEAL_INTENT_CHANGED when the
    document is not the revision that was reserved.
    """
    seal_ledger.hold(connection)
    lines = seal_ledger.last_of_each(connection, [use.asked.use_id for use in uses])
    pages = _Pages(connection)
    policies: dict[tuple[KeyRef, PartyKind], KeyPolicy] = {}
    found = []
    for use in uses:
        held_by = (use.chosen.key, use.asked.party.kind)
        if held_by not in policies:
            policies[held_by] = key_policies.of(connection, *held_by)
        found.append(_admit(pages, use, policies[held_by], lines.get(use.asked.use_id), now))
    pages.write()
    return found


@dataclass(slots=True)
class _Pages:
    """Intents and lines of the ledger that are written at once."""

    connection: Connection
    intents: list[Sealing] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    def write(self) -> None:
        sealings.reserve(self.connection, self.intents)
        seal_ledger.append_all(self.connection, self.entries)
        self.intents, self.entries = [], []


def _admit(pages: _Pages, use: Use, policy: KeyPolicy, last: Line | None, now: datetime) -> Problem | None:
    asked, chosen, planned = use.asked, use.chosen, use.planned
    wanted = asked.use_of(chosen.key)
    if policy.per_day is not None or policy.in_all is not None:
        # those before this one count
        pages.write()
    problem = refusal(policy, wanted, now, counts_of(pages.connection, policy, chosen.key, asked.use_id, now))
    officers: tuple[str, ...] = ()
    if problem is None and policy.needs_release(wanted):
        problem, officers = _released(pages.connection, asked, policy, chosen.key, now)
    entry = _entry(asked, chosen, planned, now, officers)
    if problem is not None:
        pages.entries += _refusal(entry, problem, last)
        return problem
    return _intend(pages, use, entry, last)


def counts_of(connection: Connection, policy: KeyPolicy, key: KeyRef, use_id: str, now: datetime) -> Counts:
    """Counted only where something depends on it."""
    if policy.per_day is None and policy.in_all is None:
        return Counts()
    return seal_ledger.counts(connection, str(key), use_id, now)


def _intend(pages: _Pages, use: Use, entry: Entry, last: Line | None) -> Problem | None:
    before, planned = use.chosen.intent, use.planned
    if before is None:
        pages.intents.append(planned)
    elif before.base_sha256 != planned.base_sha256 and use.asked.is_stored:
        return intent_changed()
    elif not _same_signature(before, planned):
        sealings.replace(pages.connection, before, planned)
        if last is not None and last.entry.outcome is Outcome.INTENDED:
            pages.entries.append(replace(last.entry, at=entry.at, outcome=Outcome.SUPERSEDED))
    elif last is not None and last.entry.outcome in (Outcome.INTENDED, Outcome.DONE):
        return None
    pages.entries.append(entry)
    return None


def intent_changed() -> Problem:
    return Problem(
        "SEAL_INTENT_CHANGED",
        "待签内容与登记的签章意图不符，已停止签章并通知管理员。",
        "What is to be signed is not what was reserved: sealing is stopped and the administrator is told.",
        status=500,
    )


def _same_signature(before: Sealing, planned: Sealing) -> bool:
    """What the key signs, and which key; the level may change without either."""
    return (before.digest, before.key_ref, before.cert_sha256) == (planned.digest, planned.key_ref, planned.cert_sha256)


def _entry(asked: Occasion, chosen: Chosen, planned: Sealing, now: datetime, officers: tuple[str, ...]) -> Entry:
    return Entry(
        at=now,
        outcome=Outcome.INTENDED,
        use_id=asked.use_id,
        key_ref=str(chosen.key),
        cert_sha256=planned.cert_sha256,
        party=str(asked.party.number),
        actor=asked.actor,
        dossier=asked.row.dossier,
        step=asked.step,
        reason=asked.reason,
        document_id=asked.row.document_id,
        template=asked.row.template,
        number=asked.row.number,
        title=asked.row.title,
        field=asked.role.value,
        seal_id=chosen.seal.seal_id if chosen.seal else None,
        seal_version=chosen.seal.version if chosen.seal else None,
        digest=planned.digest,
        base_sha256=asked.base.sha256,
        page=asked.page,
        officers=officers,
    )


def _refusal(entry: Entry, problem: Problem, last: Line | None) -> list[Entry]:
    """One line for a refusal, however often it is tried again. Waiting for a release is no refusal."""
    again = last is not None and (last.entry.outcome, last.entry.problem) == (Outcome.REFUSED, problem.code)
    if problem.code == WAITS_FOR_RELEASE or again:
        return []
    return [replace(entry, outcome=Outcome.REFUSED, problem=problem.code)]


def _tell_refusal(shop: Workshop, asked: Occasion, key: KeyRef, signer: SigningCert, problem: Problem) -> None:
    """Before anything was prepared there is no digest to name."""
    now = shop.clock()
    unprepared = Sealing(
        document_id=asked.row.document_id,
        field=asked.role,
        base_sha256=asked.base.sha256,
        digest="",
        key_ref=str(key),
        cert_sha256=sha256_of(signer.cert),
        seal_id=None,
        party=str(asked.party.number),
        claimed_at=now,
        level=PadesLevel.B_T,
    )
    entry = _entry(asked, Chosen(key, signer, None, now, None), unprepared, now, ())
    with shop.database.transaction() as connection:
        last = seal_ledger.last_of(connection, asked.use_id)
        seal_ledger.append_all(connection, _refusal(entry, problem, last))


# ---- release


def _released(
    connection: Connection, asked: Occasion, policy: KeyPolicy, key: KeyRef, now: datetime
) -> tuple[Problem | None, tuple[str, ...]]:
    """Whether officers have released this very use; asks them when nobody has yet. A release is used up by the intent."""
    release = key_releases.newest(connection, asked.row.document_id, asked.role, asked.base.sha256)
    if release is None or release.has_run_out(now) or _is_for_another(release, policy, key):
        release = _ask(connection, asked, policy, key, now, round_=release.round + 1 if release else 1)
    match release.state:
        case ReleaseState.ASKED:
            return _release_required(asked, release), ()
        case ReleaseState.REFUSED:
            return _release_refused(asked, release), ()
        case ReleaseState.RELEASED:
            key_releases.save(connection, replace(release, state=ReleaseState.USED), now)
    return None, release.released_by


def _is_for_another(release: Release, policy: KeyPolicy, key: KeyRef) -> bool:
    """A release holds for the key it was asked for, and for the officers who may release that key today."""
    if release.state is ReleaseState.REFUSED:
        return False
    heard = release.released_by or release.officers
    return release.key_ref != str(key) or bool(policy.officers and not set(policy.officers).issuperset(heard))


def _ask(
    connection: Connection, asked: Occasion, policy: KeyPolicy, key: KeyRef, now: datetime, *, round_: int
) -> Release:
    release = Release(
        release_id=key_releases.release_id_of(asked.row.document_id, asked.role, asked.base.sha256, round_),
        document_id=asked.row.document_id,
        field=asked.role,
        base_sha256=asked.base.sha256,
        round=round_,
        dossier=asked.row.dossier,
        key_ref=str(key),
        party=str(asked.party.number),
        stepped_by=asked.actor,
        officers=policy.officers,
        asked_at=now,
        expires_at=now + timedelta(hours=policy.release_hours),
    )
    key_releases.ask(connection, release)
    return release


def _release_required(asked: Occasion, release: Release) -> Problem:
    return Problem(
        WAITS_FOR_RELEASE,
        f"“{asked.row.title}”（{asked.row.number}）用印须两名经办人以外的人员放行，放行编号 {release.release_id}，放行后自动继续。",
        f"Sealing {asked.row.number} has to be released by two officers other than the one who took the step "
        f"(signing-service key-use release approve {release.release_id}); it then goes on by itself.",
        status=503,
        release=release.release_id,
        officers=", ".join(sorted(release.officers)) or "any",
    )


def _release_refused(asked: Occasion, release: Release) -> Problem:
    return Problem(
        "RELEASE_REFUSED",
        f"“{asked.row.title}”（{asked.row.number}）的用印未获放行：{release.reason}。请处理后由管理员重新提请放行。",
        f"The release to seal {asked.row.number} was refused ({release.reason}): settle that, then have the "
        f"administrator ask again (signing-service key-use release reopen {release.release_id}).",
        status=503,
        release=release.release_id,
    )


# ---- after the key


def record_done(connection: Connection, results: Sequence[tuple[Use, Sha256]], now: datetime) -> None:
    """Each use and the file it gave. Belongs into the transaction that stores the signature, so that both are there or
    neither is.
    """
    last = seal_ledger.last_of_each(connection, [use.asked.use_id for use, _ in results])
    done = []
    for use, result in results:
        intended = last.get(use.asked.use_id)
        if (
            intended is None
            or intended.entry.outcome is not Outcome.INTENDED
            or intended.entry.digest != use.planned.digest
        ):
            msg = f"{use.asked.row.number}: {use.chosen.key} has sealed without a line in the ledger that says so"
            raise LookupError(msg)
        done.append(replace(intended.entry, at=now, outcome=Outcome.DONE, result_sha256=result))
    seal_ledger.append_all(connection, done)


# ---- before anybody has signed


def signatories(
    shop: Workshop,
    parties_by_role: Iterable[tuple[SignatoryRole, Party]],
    kind: DocumentKind,
    template: str,
    decision_days: int,
) -> Iterator[Signatory]:
    """Everybody who will sign a document, with what the register says of their keys, for ``pipeline.preflight``.

    The first signs now; of a form the last may sign only when it is decided, so every key has to hold until then.
    Where another key takes over in between, both are asked.
    """
    now = shop.clock()
    decided = _decided_by(now, decision_days) if kind is DocumentKind.FORM else now
    for position, (role, party) in enumerate(parties_by_role):
        until = decided if position else now
        with shop.database.reading() as connection:
            present, following = _keys_of(connection, party)
            owned = tuple(parties.seals(connection, str(party.number)))
        first, last = (key_at(party, present, following, shop.keys, at) for at in (now, until))
        terms = [(first, now, until)] if first == last else [(first, now, now), (last, until, until)]
        for key, begins, must_hold in terms:
            use = KeyUse(key, kind, template, role)
            with shop.database.reading() as connection:
                policy = key_policies.of(connection, key, party.kind)
                counted = counts_of(connection, policy, key, "", now)
            yield Signatory(role, key, Standing(party.public_name, use, policy, counted, owned, begins, must_hold))


def _decided_by(now: datetime, days: int) -> datetime:
    """The end of the last day in which the authority decides (行政许可法 第四十二条)."""
    day = CALENDAR.after(day_in_shanghai(now), days)
    return datetime.combine(day, time_of_day(23, 59, 59), SHANGHAI).astimezone(now.tzinfo)
