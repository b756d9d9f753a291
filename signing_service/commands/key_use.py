"""``signing-service key-use``: what keys may do, who releases them, what they did, and when they end."""

from __future__ import annotations

import contextlib
import csv
import getpass
import json
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy import Connection

from signing_service.commands.key_ledger import print_breaks, print_ledger, write_csv, write_json
from signing_service.domain.alarms import URGENT, Ending
from signing_service.domain.dates import SHANGHAI
from signing_service.domain.documents import Blobs, Sha256, SignatoryRole, sha256_of
from signing_service.domain.errors import Problem
from signing_service.domain.key_policy import NextKey, default_policy, policy_of
from signing_service.domain.keys import KeyRef
from signing_service.domain.parties import PartyKind
from signing_service.domain.seals import SealState
from signing_service.keystores import open_key_stores
from signing_service.pipeline.fonts import Fonts
from signing_service.pipeline.page_image import page_image
from signing_service.pipeline.preflight import Signatory, check_can_finish
from signing_service.procedures import CATALOGUE
from signing_service.settings import Settings
from signing_service.storage import documents, key_policies, key_releases, outbox, parties, seal_ledger
from signing_service.storage.blobs import open_blobs
from signing_service.storage.database import Database, open_prepared
from signing_service.storage.seal_ledger import Entry
from signing_service.terminal import out, plain
from signing_service.trust.anchors import read_anchors
from signing_service.worker.alarms import AlarmWatch, Watched, endings, raise_due
from signing_service.workflows import pins, releases
from signing_service.workflows.desk import Desk
from signing_service.workflows.roll_over import WAITED_FOR_A_KEY, hand_over, plan_next_key

key_use_app = typer.Typer(
    no_args_is_help=True, help="Say what keys and seals may do, release them, and see what they did."
)
policy_app = typer.Typer(no_args_is_help=True, help="Say what a key may be used for.")
pin_app = typer.Typer(no_args_is_help=True, help="Set and unlock the PIN of a key that the platform holds.")
release_app = typer.Typer(no_args_is_help=True, help="Release uses of a key that two officers have to agree to.")
seal_app = typer.Typer(no_args_is_help=True, help="Look at seals, suspend them, say which certs may use them.")
key_use_app.add_typer(policy_app, name="policy")
key_use_app.add_typer(pin_app, name="pin")
key_use_app.add_typer(release_app, name="release")
key_use_app.add_typer(seal_app, name="seal")

KeyName = Annotated[str, typer.Argument(help="The key as store:label, for instance soft:authority.")]
ReleaseName = Annotated[str, typer.Argument(help="The number of the release, as release list prints it.")]
Officer = Annotated[str, typer.Option(help="The officer's account.")]


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _database() -> Iterator[Database]:
    database = open_prepared(Settings().database)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _desk() -> Iterator[Desk]:
    with _database() as database:
        yield Desk(database, open_blobs(Settings().blobs), CATALOGUE, _now)


def _key(text: str) -> KeyRef:
    try:
        return KeyRef.parse(text)
    except ValueError:
        raise Problem(
            "KEY_REFERENCE",
            f"密钥写作 密钥库:名称，如 soft:authority，而不是“{text}”。",
            f"A key is written store:label, such as soft:authority, not “{text}”.",
        ) from None


def _done(zh: str, en: str) -> None:
    out.print(f"[green]✓[/] {plain(zh)} / {plain(en)}", highlight=False, soft_wrap=True)


# ---- policy


@policy_app.command(name="show")
def show_policy(key: Annotated[str, typer.Argument(help="store:label; without it, the defaults.")] = "") -> None:
    """Print the policy of a key, or the defaults of each kind of owner, as JSON."""
    if not key:
        _print_json({kind.value: default_policy(kind).to_record() for kind in PartyKind})
        return
    with _database() as database, database.reading() as connection:
        own = key_policies.find(connection, _key(key))
    _print_json(own.to_record() if own else {"default": "by owner"})


@policy_app.command(name="set")
def set_policy(
    key: KeyName,
    file: Annotated[Path, typer.Argument(help="TOML; certs/key_policy.example.toml shows every entry.")],
    by: Annotated[str, typer.Option(help="Who changes it.")] = "",
) -> None:
    """Give a key a policy; what waits for it is tried at once."""
    try:
        policy = policy_of(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Problem(
            "KEY_POLICY_INVALID",
            f"{file.name} 不是可读的 TOML，请对照 certs/key_policy.example.toml 更正。",
            f"{file.name} is no readable TOML ({error}): correct it after certs/key_policy.example.toml.",
        ) from None
    with _database() as database, database.transaction() as connection:
        version = key_policies.put(connection, _key(key), policy, by or getpass.getuser(), _now())
        outbox.wake(connection, WAITED_FOR_A_KEY, _now())
    _done(f"{key} 用印规则第 {version} 版已生效", f"policy {version} of {key} holds")


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


# ---- PIN


@pin_app.command(name="set")
def set_pin(key: KeyName) -> None:
    """Ask for a PIN twice and set it; unlocks the key."""
    first = typer.prompt("PIN", hide_input=True)
    if first != typer.prompt("再输一次 / again", hide_input=True):
        raise Problem("PIN_DIFFERS", "两次输入的 PIN 不一致，请重新设置。", "The two PINs differ: set it again.")
    with _database() as database:
        pins.set_pin(database, _key(key), first, _now())
    _done(f"{key} 的 PIN 已设置", f"the PIN of {key} is set")


@pin_app.command(name="unlock")
def unlock_pin(key: KeyName) -> None:
    """Let the PIN of a key be tried again, once it is clear who asks."""
    with _database() as database:
        pins.unlock(database, _key(key))
    _done(f"{key} 已解锁", f"{key} is unlocked")


# ---- release


@release_app.command(name="list")
def list_releases() -> None:
    """List the uses of keys that wait for officers."""
    with _database() as database, database.reading() as connection:
        waiting = key_releases.waiting(connection, _now())
        rows = [(one, documents.load(connection, one.document_id)) for one in waiting]
    if not rows:
        out.print("没有待放行的用印 / nothing waits for a release", style="dim")
    for one, row in rows:
        out.print(f"[bold]{one.release_id}[/]  {plain(row.title)} {plain(row.number)}", highlight=False, soft_wrap=True)
        expires = f"{one.expires_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        out.print(
            f"  {plain(one.key_ref)}  经办 by {plain(one.stepped_by)}  已放行 released by "
            f"{plain(', '.join(one.released_by) or '-')}  截止 until {expires}",
            highlight=False,
            soft_wrap=True,
        )


@release_app.command(name="view")
def view_release(
    release: ReleaseName, file: Annotated[Path, typer.Option("--out", help="Where the PDF is written.")]
) -> None:
    """Write the very revision that is to be sealed, to be read before it is released."""
    with _desk() as desk:
        with desk.database.transaction() as connection:
            asked = key_releases.load(connection, release)
        file.write_bytes(desk.blobs.get(asked.base_sha256))
    _done(f"待盖章版本已写入 {file}", f"what is to be sealed is in {file}")


@release_app.command(name="approve")
def approve_release(
    release: ReleaseName,
    officer: Officer,
    seen: Annotated[Path, typer.Option(help="The PDF that the officer has read, as release view wrote it.")],
) -> None:
    """Release one use, for the file that was read; with the second officer the seal goes on at once."""
    with _desk() as desk:
        after = releases.approve(desk, release, officer, sha256_of(seen.read_bytes()))
    both = len(after.released_by) == 2
    _done(
        "两人已放行，将自动盖章" if both else "已放行，尚需一人", "released, it goes on" if both else "one more officer"
    )


@release_app.command(name="refuse")
def refuse_release(
    release: ReleaseName, officer: Officer, reason: Annotated[str, typer.Option(help="Why; the ledger keeps it.")]
) -> None:
    """Refuse one use; it waits until the administrator asks again."""
    with _desk() as desk:
        releases.refuse(desk, release, officer, reason)
    _done("已拒绝放行", "refused")


@release_app.command(name="reopen")
def reopen_release(release: ReleaseName) -> None:
    """Ask officers again after a refusal was settled."""
    with _desk() as desk:
        again = releases.reopen(desk, release)
    _done(f"已重新提请放行 {again.release_id}", f"asked again as {again.release_id}")


# ---- seals


@seal_app.command(name="list")
def list_seals() -> None:
    """List every seal with its state, its days, and the keys and certs that may be used with it."""
    with _database() as database, database.reading() as connection:
        found = parties.seals(connection)
    table = Table()
    for heading in (
        "印章 seal",
        "版 version",
        "名称 name",
        "状态 state",
        "自 from",
        "至 until",
        "准用 may be used with",
    ):
        table.add_column(heading, overflow="fold")
    for seal in found:
        table.add_row(
            plain(seal.seal_id), str(seal.version), plain(seal.artwork.name), seal.state.value,
            str(seal.valid_from), str(seal.valid_until), plain("\n".join(sorted(seal.permitted or {str(seal.key)}))),
        )  # fmt: skip
    out.print(table)


@seal_app.command(name="state")
def set_seal_state(seal: Annotated[str, typer.Argument()], state: Annotated[SealState, typer.Argument()]) -> None:
    """Suspend a seal, declare it lost or withdrawn, or make it active again."""
    with _database() as database, database.transaction() as connection:
        parties.set_seal_state(connection, seal, state)
        outbox.wake(connection, WAITED_FOR_A_KEY, _now())
    _done(f"印章 {seal} 的状态为 {state}", f"seal {seal} is {state}")


@seal_app.command(name="permit")
def permit_seal(
    seal: Annotated[str, typer.Argument()],
    version: Annotated[int, typer.Argument()],
    cert: Annotated[str, typer.Argument(help="SHA-256 of a cert, or a key as store:label.")],
) -> None:
    """Put a cert or key on the list of those that may be used with a seal; the list then counts alone."""
    permitted = cert.lower() if len(cert) == 64 and ":" not in cert else str(_key(cert))
    with _database() as database, database.transaction() as connection:
        if not any((one.seal_id, one.version) == (seal, version) for one in parties.seals(connection)):
            raise Problem(
                "SEAL_UNKNOWN", "没有该编号和版本的印章，请核对。", "There is no such seal and version: check both."
            )
        parties.permit(connection, seal, version, [permitted])
        outbox.wake(connection, WAITED_FOR_A_KEY, _now())
    _done(f"{permitted} 可用于印章 {seal}", f"{permitted} may be used with {seal}")


# ---- ledger


@key_use_app.command(name="ledger")
def ledger(
    key: Annotated[str, typer.Option(help="Of this key only, as store:label.")] = "",
    verify: Annotated[
        bool, typer.Option("--verify", help="Prove that nothing was changed; exit code 1 if not.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line a line.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV with a heading, for a spreadsheet.")] = False,
) -> None:
    """Print the ledger of seals (用印台账): who used which key on what, why and when."""
    with _database() as database, database.reading() as connection:
        breaks = seal_ledger.verify(connection) if verify else []
        head = seal_ledger.head_of(connection)
        lines = seal_ledger.lines(connection, str(_key(key)) if key else None)
        if as_json:
            write_json(lines, sys.stdout)
        elif as_csv:
            write_csv(lines, csv.writer(sys.stdout))
        else:
            print_ledger(lines)
    if verify:
        print_breaks(breaks, head)
        raise typer.Exit(1 if breaks else 0)


@key_use_app.command(name="picture")
def picture(
    line: Annotated[int, typer.Argument(help="The line of the ledger.", min=1)],
    file: Annotated[Path, typer.Option("--out", help="Where the PNG is written.")],
) -> None:
    """Draw the page that carries the seal, from the very revision that a line of the ledger names.

    A document that was written in one go with its first seal has no revision before that: its page is that of the
    file which the use gave.
    """
    with _desk() as desk, desk.database.reading() as connection:
        found = seal_ledger.find(connection, line)
        if found is None:
            raise Problem(
                "LEDGER_LINE", "台账中没有这一行，请核对。", "The ledger has no such line: check it.", status=404
            )
        if not found.entry.dossier:
            raise Problem(
                "REPORT_NOT_KEPT",
                "这一行是查验报告，报告交给了查验人，本平台没有留存；台账中有它的哈希。",
                "This line is of a validation report, which was handed out and is not kept; the ledger has its hash.",
                status=404,
            )
        drawn = _shown(connection, desk.blobs, found.entry)
    file.write_bytes(page_image(drawn, found.entry.page))
    _done(f"第 {line} 行的印章所在页已写入 {file}", f"the page of line {line} is in {file}")


def _shown(connection: Connection, blobs: Blobs, entry: Entry) -> bytes:
    """The file that a line is about. Raises Problem FILE_NOT_WRITTEN when nothing was stored yet."""
    last = seal_ledger.last_of(connection, entry.use_id)
    of_use = last.entry.result_sha256 if last else None
    for named in (entry.result_sha256 or entry.base_sha256, of_use):
        with contextlib.suppress(KeyError):
            if named:
                return documents.bytes_of(connection, blobs, Sha256(named))
    raise Problem(
        "FILE_NOT_WRITTEN",
        "这一行的文件尚未写成：页面已排好，与首个印章一次写入；盖章完成后可查看。",
        "The file of this line is not written yet: it is drawn, and is written in one go with its first seal. Look again "
        "when that is done.",
        status=404,
    )


# ---- ends and roll-over


@key_use_app.command(name="alarms")
def alarms(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Say which certs and seals end within 90, 30 or 7 days; exit code 1 when one has 7 days or less."""
    settings, now = Settings(), _now()
    with _database() as database:
        found, problems = endings(_watched(settings, database))
        passed = raise_due(database, found, now)
    if as_json:
        _print_json([_ending_json(one, now) for one in passed])
    else:
        for one in passed:
            _print_ending(one, now)
        for problem in problems:
            out.print(f"[yellow]?[/] {plain(problem.zh)} [dim]{problem.code}[/]", highlight=False, soft_wrap=True)
        if not passed:
            out.print(
                f"[green]✓[/] 90 天内没有到期的证书和印章（共 {len(found)} 项）/ nothing of {len(found)} ends in 90 days"
            )
    raise typer.Exit(1 if any(one.days_left(now) <= URGENT for one in passed) else 0)


@key_use_app.command(name="roll-over")
def roll_over(
    party: Annotated[str, typer.Argument(help="USCC or ID number of the party.")],
    key: Annotated[str, typer.Argument(metavar="NEWKEY", help="The next key, as store:label.")],
    start: Annotated[str, typer.Option("--from", help="The day it takes over, 2026-12-01.")] = "",
    days: Annotated[int, typer.Option(help="Without a day: when the present cert has fewer days left.", min=1)] = 30,
) -> None:
    """Let another key take over from a party's present one, without anything stopping."""
    settings, now = Settings(), _now()
    following = NextKey(_key(key), _day(start), days)
    keys, anchors = open_key_stores(settings), read_anchors(settings)
    role = SignatoryRole.PLATFORM  # any: the key itself is tried, its chain too
    check_can_finish({}, Fonts.load(settings.fonts), [Signatory(role, following.key)], keys, anchors.roots, None, now)
    with _database() as database:
        present = plan_next_key(database, keys, party, following, now)
    when = start or f"{present} 剩余不足 {days} 天时 / when {present} has fewer than {days} days left"
    _done(f"{key} 将接替 {present}", f"{key} takes over from {present}: {when}")


@key_use_app.command(name="own-key")
def own_key(party: Annotated[str, typer.Argument(help="USCC or ID number of the party.")]) -> None:
    """Let a party sign with a key in its own hands from now on; it needs a link then (invite)."""
    with _database() as database:
        key = hand_over(database, party, _now())
    _done(
        f"{party} 今后用自己的证书签署（{key}），请用 invite 发送签署链接",
        f"{party} signs with its own key from now on: invite it",
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Problem(
            "DATE_INVALID", f"日期“{text}”无法识别，请写作 2026-12-01。", f"“{text}” is no day: write 2026-12-01."
        ) from None


def _watched(settings: Settings, database: Database) -> Watched:
    keys = open_key_stores(settings)
    besides = [KeyRef.parse(settings.code_key)]
    with contextlib.suppress(Problem):
        # where reports are sealed elsewhere this machine has no such key
        keys.signing_cert(KeyRef.parse(settings.portal_key))
        besides.append(KeyRef.parse(settings.portal_key))
    return Watched(database, keys, read_anchors(settings), tuple(besides))


@contextmanager
def watch_what_ends(settings: Settings, database: Database) -> Iterator[None]:
    """Print a line for whatever ends soon, and go on looking while the block lasts."""
    watched = _watched(settings, database)
    for one in raise_due(database, endings(watched)[0], _now()):
        _print_ending(one, _now())
    watch = AlarmWatch(watched, _now)
    watch.start()
    try:
        yield
    finally:
        watch.stop()


def _print_ending(one: Ending, now: datetime) -> None:
    colour = "red" if one.days_left(now) <= URGENT else "yellow"
    out.print(f"[{colour}]![/] {plain(one.told(now))}", highlight=False, soft_wrap=True)


def _ending_json(one: Ending, now: datetime) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "name": one.name,
        "ends": one.ends.isoformat(),
        "days_left": one.days_left(now),
        "threshold": one.threshold(now),
    }
