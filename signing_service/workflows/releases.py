"""放行: two officers let an authority's seal be used on one document, which both have seen; neither took the step."""

from __future__ import annotations

from dataclasses import replace

from signing_service.domain.errors import Problem
from signing_service.storage import key_releases, outbox
from signing_service.storage.key_releases import Release, ReleaseState
from signing_service.workflows.desk import Desk

WAITING_CODES = ("RELEASE_REQUIRED", "RELEASE_REFUSED")


def approve(desk: Desk, release_id: str, officer: str, revision_sha256: str) -> Release:
    """``officer`` has seen the revision of this hash. With the second officer the seal goes on at once.

    Raises Problem RELEASE_UNKNOWN, RELEASE_DECIDED, RELEASE_EXPIRED, RELEASE_NOT_YOURS (took the step, has released
    already, or is not among those named), RELEASE_OTHER_REVISION.
    """
    now = desk.clock()
    with desk.database.transaction() as connection:
        release = key_releases.load(connection, release_id)
        _refuse_unless_open(release, officer, desk)
        if revision_sha256 != release.base_sha256:
            raise Problem(
                "RELEASE_OTHER_REVISION",
                "您看到的文件不是待盖章的版本，请重新打开待签文件核对后再放行。",
                "What you have seen is not the revision that is to be sealed: open that, then decide.",
                status=409,
            )
        if release.first_officer is None:
            release = replace(release, first_officer=officer)
        else:
            release = replace(release, second_officer=officer, state=ReleaseState.RELEASED)
        key_releases.save(connection, release, now)
        if release.state is ReleaseState.RELEASED:
            outbox.wake(connection, WAITING_CODES, now, release.dossier)
    desk.nudge()
    return release


def refuse(desk: Desk, release_id: str, officer: str, reason: str) -> Release:
    """One officer is enough to stop it. Raises as ``approve`` does, and REASON_REQUIRED."""
    if not reason.strip():
        raise Problem("REASON_REQUIRED", "请填写不予放行的理由。", "Say why it is refused.")
    now = desk.clock()
    with desk.database.transaction() as connection:
        release = key_releases.load(connection, release_id)
        _refuse_unless_open(release, officer, desk)
        release = replace(release, state=ReleaseState.REFUSED, reason=f"{officer}：{reason.strip()}")
        key_releases.save(connection, release, now)
        outbox.wake(connection, WAITING_CODES, now, release.dossier)
    desk.nudge()
    return release


def reopen(desk: Desk, release_id: str) -> Release:
    """After a refusal was settled: officers are asked again, from the start. Raises RELEASE_UNKNOWN, RELEASE_DECIDED."""
    now = desk.clock()
    with desk.database.transaction() as connection:
        before = key_releases.load(connection, release_id)
        newest = key_releases.newest(connection, before.document_id, before.field, before.base_sha256)
        if before.state is not ReleaseState.REFUSED or newest != before:
            raise _decided(before)
        again = replace(
            before,
            release_id=key_releases.release_id_of(
                before.document_id, before.field, before.base_sha256, before.round + 1
            ),
            round=before.round + 1,
            state=ReleaseState.ASKED,
            first_officer=None,
            second_officer=None,
            reason="",
            asked_at=now,
            expires_at=now + (before.expires_at - before.asked_at),
        )
        key_releases.ask(connection, again)
        outbox.wake(connection, WAITING_CODES, now, before.dossier)
    desk.nudge()
    return again


def _refuse_unless_open(release: Release, officer: str, desk: Desk) -> None:
    if release.has_run_out(desk.clock()):
        raise Problem(
            "RELEASE_EXPIRED",
            "该放行申请已过期，系统重试时会重新提请，请稍后查看待放行清单。",
            "This release has run out; it is asked for again at the next try: look at the list in a while.",
            status=409,
        )
    if release.state is not ReleaseState.ASKED:
        raise _decided(release)
    named = not release.officers or officer in release.officers
    if not officer or not named or officer in (release.stepped_by, release.first_officer):
        raise Problem(
            "RELEASE_NOT_YOURS",
            "您不能放行这次用印：须由经办人以外、规则指定的两名不同人员分别放行。",
            "This is not yours to release: it takes two different officers whom the policy allows, and neither may be "
            "the one who took the step.",
            status=403,
        )


def _decided(release: Release) -> Problem:
    return Problem(
        "RELEASE_DECIDED",
        f"该放行申请已处理（{release.state}），无需再操作。",
        f"This release is {release.state}: there is nothing more to decide.",
        status=409,
    )
