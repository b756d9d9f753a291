"""The agent at its terminal: meets its sites, listens on 127.0.0.1, shows what is signed and asks for the PIN."""

from __future__ import annotations

import getpass
import hashlib
import threading
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import uvicorn
from rich.panel import Panel
from rich.table import Table

from signing_service.agent.app import Agent
from signing_service.agent.memory import Memory, origin_of, read_key, unreachable
from signing_service.agent.tokens import TokenCert, Tokens
from signing_service.domain.tickets import KEY_ADDRESS, Ticket
from signing_service.terminal import out, plain

STOPS_WITHIN_SECONDS = 2
ANSWERS_WITHIN_SECONDS = 10


def serve_agent(module: Path, origins: tuple[str, ...], port: int, folder: Path) -> None:
    """Serve until stopped. Raises Problem for a library, site or address that cannot be used."""
    memory = Memory(folder)
    tokens = Tokens(module)
    sites = {origin: _met(memory, origin) for origin in map(origin_of, origins)}
    agent = Agent(tokens, sites, memory, ask_pin, _told, lambda: datetime.now(UTC), port, threading.Lock())
    out.print(
        f"[green]✓[/] 本机签署助手已启动 / agent on http://127.0.0.1:{port}  （Ctrl+C 停止 / stops）", soft_wrap=True
    )
    for cert in tokens.certs():
        out.print(f"  {plain(cert.subject)}  [dim]{plain(cert.token)}[/]", highlight=False)
    config = uvicorn.Config(
        agent.app(),
        host="127.0.0.1",
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=STOPS_WITHIN_SECONDS,
    )
    uvicorn.Server(config).run()


def ask_pin(ticket: Ticket, cert: TokenCert) -> str | None:
    """The consent: what is signed as its site states it, then the PIN, which is not shown. Empty: no."""
    table = Table.grid(padding=(0, 2))
    for name, value in (
        ("标题 title", ticket.title),
        ("编号 number", ticket.number),
        ("页数 pages", str(ticket.pages)),
        ("印章 seal", ticket.seal or "-"),
        ("签署方 party", ticket.party),
        ("文件指纹 SHA-256", ticket.revision),
        ("网站 site", ticket.origin),
        ("证书 cert", f"{cert.subject}（{cert.token}）"),
    ):
        table.add_row(f"[dim]{name}[/]", plain(value))
    out.print(Panel(table, title="请核对，是否签署 / compare, then sign or decline", expand=False))
    return getpass.getpass("PIN（直接回车取消 / empty: decline）: ") or None


def _met(memory: Memory, origin: str) -> bytes:
    key, first = memory.key_of(origin, fetch_key)
    fingerprint = hashlib.sha256(key).hexdigest()[:16]
    known = "首次记录 / first met" if first else "已核对 / known"
    out.print(f"  {plain(origin)}  [dim]{fingerprint}  {known}[/]", highlight=False, soft_wrap=True)
    return key


def fetch_key(origin: str) -> bytes:
    try:
        answer = httpx2.get(origin + KEY_ADDRESS, timeout=ANSWERS_WITHIN_SECONDS, follow_redirects=False)
    except httpx2.HTTPError:
        raise unreachable() from None
    if answer.status_code != 200:
        raise unreachable()
    return read_key(answer.content)


def _told(line: str) -> None:
    out.print(f"  [green]✓[/] {line}", highlight=False)
