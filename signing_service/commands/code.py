"""``verify-code`` checks the code of a licence from a shell, with what is kept in files; ``verify-page`` makes a page of it."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from signing_service.attest.code_keys import CodeKeys
from signing_service.attest.signed_code import SENTENCES, CodeAnswer, CodeVerdict, check_code
from signing_service.commands.kept_lists import KeptLists, KeptStatus
from signing_service.domain.errors import Problem
from signing_service.settings import Settings
from signing_service.terminal import out, plain
from verify_portal.single_file import single_file


class Language(StrEnum):
    ZH = "zh"
    EN = "en"


def verify_code(
    codes: Annotated[list[str], typer.Argument(help="Whole addresses as scanned, or the digits behind the #.")],
    keys: Annotated[
        Path | None, typer.Option(help="A file saved from /.well-known/licence-keys.json; default: this machine's.")
    ] = None,
    status: Annotated[
        list[Path] | None, typer.Option(help="A list saved from /.well-known/licence-status/0: say the status by it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line a code.")] = False,
) -> None:
    """Say of each code whether we signed it, and its status by a kept list; no network and no database is needed.

    Exit code: 0 all GENUINE, 1 one is FORGED, 3 one is UNREADABLE and none forged.
    """
    settings = Settings()
    trusted = read_keys(keys or settings.licence_keys)
    host = urlsplit(settings.public_origin).hostname or ""
    kept = KeptLists.read(status or [], settings.public_origin, trusted)
    now = datetime.now(UTC)
    answers = [check_code(code, trusted, {host}) for code in codes]
    for answer in answers:
        found = kept.status_of(answer)
        if as_json:
            told = {"status": found.to_json(now) if found else None} if status else {}
            sys.stdout.write(json.dumps(answer.to_json() | told, ensure_ascii=False) + "\n")
        else:
            _print(answer, host)
            if status and answer.verdict is CodeVerdict.GENUINE:
                _print_status(found, now)
    gravity = {CodeVerdict.GENUINE: 0, CodeVerdict.UNREADABLE: 3, CodeVerdict.FORGED: 1}
    raise typer.Exit(max((gravity[answer.verdict] for answer in answers), key=(0, 3, 1).index, default=0))


def verify_page(
    path: Annotated[Path, typer.Option("--out", help="The file to write.")] = Path("verify.html"),
    lang: Annotated[Language, typer.Option(help="Its language.")] = Language.ZH,
    keys: Annotated[Path | None, typer.Option(help="As of verify-code.")] = None,
    status: Annotated[list[Path] | None, typer.Option(help="As of verify-code; it goes into the file.")] = None,
) -> None:
    """Write one file that checks codes in a browser without any network."""
    settings = Settings()
    trusted = read_keys(keys or settings.licence_keys)
    kept = KeptLists.read(status or [], settings.public_origin, trusted)
    path.write_bytes(single_file(settings.public_origin, trusted, kept.tokens, lang.value))
    out.print(f"[green]✓[/] {plain(path)}", highlight=False, soft_wrap=True)


def read_keys(path: Path) -> CodeKeys:
    """The published keys in a file. Raises Problem CODE_KEYS_MISSING, CODE_KEYS_UNREADABLE."""
    try:
        return CodeKeys.read(path.read_bytes())
    except OSError:
        raise Problem(
            "CODE_KEYS_MISSING",
            f"没有签码公钥文件 {path}，请从 /.well-known/licence-keys.json 下载，并用 --keys 指定。",
            f"There is no file of code keys at {path}: download /.well-known/licence-keys.json and name it with --keys.",
        ) from None


def _print_status(found: KeptStatus | None, now: datetime) -> None:
    if found is None:
        out.print("  [yellow]? 保存的状态表中没有这本证照 / it is in no list that is kept[/]", highlight=False)
        return
    age = found.age(now)
    colour = "green" if found.may_be_relied_on(now) else "red"
    out.print(f"  [{colour}]状态 status  {found.status.name.lower()}[/]", highlight=False)
    out.print(f"  按{age.zh}的状态表 / by a status list made {age.en}", highlight=False)
    if not found.listing.is_current(now):
        out.print("  [red]状态表已太旧，不能作为依据 / the list is too old to go by[/]", highlight=False)


def _print(answer: CodeAnswer, host: str) -> None:
    mark = {CodeVerdict.GENUINE: "[green]✓", CodeVerdict.FORGED: "[red]✗", CodeVerdict.UNREADABLE: "[yellow]?"}
    sentence = SENTENCES[answer.reason]
    out.print(f"{mark[answer.verdict]} {answer.verdict}[/]  [dim]{answer.reason}[/]", highlight=False)
    out.print(f"  {sentence.zh}\n  [dim]{sentence.en}[/]", highlight=False, soft_wrap=True)
    if answer.host_is_ours is False:
        out.print(
            f"  [bold red]网址 {plain(answer.host)} 不是本平台，本平台为 {host}[/]\n"
            f"  [red]The address {plain(answer.host)} is not ours; ours is {host}[/]",
            highlight=False,
            soft_wrap=True,
        )
    if answer.statement and answer.verdict is CodeVerdict.GENUINE:
        for name, value in answer.statement.to_json().items():
            if value is not None and name != "record_hash":
                out.print(f"  · {name}  {plain(value)}", highlight=False, soft_wrap=True)
