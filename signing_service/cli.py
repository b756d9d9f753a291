"""The command line: start the service, walk the demonstration, verify files, issue licences, look at procedures."""

from __future__ import annotations

import json
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import structlog
import typer
import uvicorn
from pydantic import ValidationError
from rich.table import Table
from starlette.types import ASGIApp

from signing_service import batch, verification
from signing_service.assemble import Together, make_service_app, open_accounts, open_room
from signing_service.commands import agent, code_keys, copies, draw, first_admin, key_service, keys, national, signing
from signing_service.commands import archive as archive_commands
from signing_service.commands import pki as pki_commands
from signing_service.commands import radar as radar_commands
from signing_service.commands.code import verify_code, verify_page
from signing_service.commands.key_use import key_use_app, watch_what_ends
from signing_service.commands.outside import in_touch
from signing_service.commands.report_service import report_service as sealing_for_portals
from signing_service.demo import province, tour
from signing_service.demo.walk import Made, walk
from signing_service.domain.dates import SHANGHAI
from signing_service.domain.errors import Problem
from signing_service.domain.licences import LicenceType
from signing_service.domain.verdicts import Verdict
from signing_service.embedded import Service, now, own_sealer, prepare, running, serve_worker
from signing_service.pipeline import preview, templates
from signing_service.pipeline.fonts import Fonts, build_fonts
from signing_service.printing import print_procedures, procedure_json
from signing_service.procedures import CATALOGUE
from signing_service.settings import Environment, Settings
from signing_service.storage.database import open_prepared
from signing_service.terminal import TABLE_WIDTH, bar_of, err, moment_of, out, plain
from signing_service.trust import services as trust_services
from signing_service.trust.embedded import kept_current
from signing_service.trust.newcomers import open_ca
from signing_service.trust.opening import has_embedded_pki, open_services
from signing_service.worker.app import is_embedded
from verify_portal.assemble import make_portal

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Documents and electronic licences that anybody can check, and nobody can forge.",
)
templates_app = typer.Typer(no_args_is_help=True, help="Look at document templates.")
app.add_typer(templates_app, name="templates")
app.add_typer(signing.app)
app.add_typer(first_admin.app)
app.add_typer(agent.app)
app.add_typer(copies.app)
app.add_typer(keys.app, name="keys")
app.add_typer(key_service.app)
app.add_typer(archive_commands.app, name="archive")
app.add_typer(pki_commands.app, name="pki")
app.add_typer(key_use_app, name="key-use")
app.add_typer(code_keys.app, name="code-keys")
app.add_typer(radar_commands.app)
app.add_typer(draw.app, name="draw")
app.add_typer(national.app, name="national")

WRONG_QUESTION = 4
STOPS_WITHIN_SECONDS = 3
"""A page still being answered when the service is told to stop is given this long."""


def configure_log() -> None:
    """Warnings and errors go to stderr. A traceback names places and never the values there, which may be a person's."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    logging.getLogger("kombu").setLevel(logging.ERROR)  # it misses a host name in memory://


def main() -> None:
    """Run the command line; a problem is one sentence in two languages on stderr and a non-zero exit."""
    configure_log()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal in GBK knows no ✓
    try:
        app()
    except Problem as problem:
        _refuse(problem)
    except ValidationError as error:
        if error.title != Settings.__name__:
            raise
        _refuse(_setting_refused(error))
    except OSError as error:
        if error.filename is None:
            raise
        _refuse(_file_unusable(error))
    except KeyboardInterrupt:
        sys.exit(130)


def _refuse(problem: Problem, code: int = 1) -> NoReturn:
    err.print(
        f"[bold red]✗[/] {plain(problem.zh)}\n  {plain(problem.en)}  [dim]{problem.code}[/]",
        highlight=False,
        soft_wrap=True,
    )
    for error in problem.errors:
        told = plain(f"{error.field}: {error.zh} {error.en}")
        err.print(f"  · {told} [dim]{error.code}[/]", highlight=False, soft_wrap=True)
    sys.exit(code)


def _setting_refused(error: ValidationError) -> Problem:
    """Names the setting and never its value, which may be a password."""
    wrong = {f"SIGNING_{line['loc'][0]}".upper(): line["msg"] for line in error.errors(include_input=False)}
    return Problem(
        "SETTING_INVALID",
        f"设置有误：{'、'.join(wrong)}，请对照设置说明更正环境变量或 .env 文件。",
        f"Correct the environment or the .env file: {'; '.join(f'{name}: {why}' for name, why in wrong.items())}.",
    )


def _file_unusable(error: OSError) -> Problem:
    return Problem(
        "FILE_UNUSABLE",
        f"无法使用文件或文件夹 {error.filename}，请检查路径、权限和磁盘空间。",
        f"{error.filename} cannot be used ({error.strerror}): check the path, its permissions and the space left.",
    )


# ---- starting


@app.command()
def run() -> None:
    """Set everything up, walk the sample dossiers, then serve until stopped."""
    settings = Settings()
    with _listening(settings) as listener:
        _demonstrate(settings)
        _serve(settings, listener)


@app.command()
def demo() -> None:
    """Walk the sample dossiers through the whole service and print where the results are."""
    _demonstrate(Settings())


@app.command()
def serve() -> None:
    """Serve the pages; with memory:// as the broker, do the work in the same process."""
    settings = Settings()
    with _listening(settings) as listener:
        _serve(settings, listener)


@app.command()
def portal() -> None:
    """Serve the public verification portal alone: reads only, holds no key."""
    settings = Settings()
    with _listening(settings) as listener:
        _serve_portal(settings, listener)


@app.command(name="report-service")
def report_service() -> None:
    """Seal validation reports for a portal that runs elsewhere: holds the portal's key, which the portal does not."""
    settings = Settings()
    with _listening(settings) as listener, sealing_for_portals(settings) as service:
        _serve_app(settings, listener, lambda: service)


@app.command()
def trust() -> None:
    """Serve the embedded PKI alone: OCSP, CRLs, CA certs and time stamps. Refused in production."""
    settings = Settings()
    with _listening(settings) as listener:
        services = open_services(settings, now)
        with kept_current(services):
            _serve_app(settings, listener, lambda: trust_services.alone(services))


@app.command()
def worker(
    concurrency: Annotated[int, typer.Option(help="Processes; 0: one a core.", min=0)] = 0,
) -> None:
    """Perform what steps owe, on a broker that several machines share."""
    raise typer.Exit(serve_worker(Settings(), concurrency))


@app.command(name="prepare")
def prepare_command() -> None:
    """Make fonts, tables and, outside production, the development PKI, where they are missing."""
    with out.status("准备 / preparing") as status:
        prepare(Settings(), status.update)
    out.print("[green]✓[/] 已就绪 / ready")


@app.command()
def fonts() -> None:
    """Make the document fonts, once."""
    build_fonts(Settings().fonts, lambda line: out.print(f"  {line}", style="dim"))


# ---- checking


@app.command()
def verify(
    files: Annotated[list[Path], typer.Argument(help="PDF files.")],
    trust: Annotated[
        list[Path] | None, typer.Option(help="Trust anchors, PEM; instead of certs/trust_anchors and the embedded PKI.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="Validate at this time: 2026-11-22 or 2026-11-22T10:00:00+08:00.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line a file.")] = False,
) -> None:
    """Say of each file whether it is genuine and unchanged.

    Exit code: 0 TOTAL_PASSED, 1 TOTAL_FAILED, 2 INDETERMINATE, 3 not a readable PDF or no signature; of several
    files the gravest, in the order 1, 3, 2, 0. 4 when the question itself is wrong (--trust, --at), which says
    nothing of any file.
    """
    settings = Settings()
    try:
        answers = verification.verify_files(settings, files, verification.read_trust(trust or []), moment_of(at))
    except Problem as problem:
        _refuse(problem, code=WRONG_QUESTION)
    codes = []
    for answer in answers:
        codes.append(answer.exit_code)
        if as_json:
            sys.stdout.write(json.dumps(answer.to_json(), ensure_ascii=False) + "\n")
            sys.stdout.flush()
        else:
            _print_answer(answer)
    raise typer.Exit(max(codes, key=(0, 2, 3, 1).index, default=0))


app.command(name="verify-code")(verify_code)
app.command(name="verify-page")(verify_page)


def _print_answer(answer: verification.FileAnswer) -> None:
    report = answer.report
    mark = {Verdict.TOTAL_PASSED: "[green]✓", Verdict.TOTAL_FAILED: "[red]✗", Verdict.INDETERMINATE: "[yellow]?"}
    out.print(
        f"{mark[report.verdict]} {plain(answer.file)}[/]  {report.verdict}  [dim]{report.reason}[/]",
        highlight=False,
        soft_wrap=True,
    )
    out.print(f"  {plain(report.sentence.zh)}\n  [dim]{plain(report.sentence.en)}[/]", highlight=False, soft_wrap=True)
    for signature in report.signatures:
        proven = "时间已证明 time proven" if signature.time_proven else "时间为自述 time claimed"
        when = datetime.fromisoformat(signature.signed_at).astimezone(SHANGHAI) if signature.signed_at else "-"
        out.print(
            f"  · {plain(signature.field)}  {signature.level}  {plain(signature.signer)}  {when}  {proven}",
            highlight=False,
            soft_wrap=True,
        )


# ---- issuing


@app.command()
def issue(
    rows: Annotated[Path, typer.Argument(help="CSV with the columns name, id_no, employer_uscc, category, photo.")],
    licence: Annotated[LicenceType, typer.Option(help="Type of licence.")],
    folder: Annotated[Path, typer.Option("--out", help="Folder for the sealed files.")],
    officer: Annotated[str, typer.Option(help="The officer's account, for the journal.")] = "operator",
) -> None:
    """Issue licences for a list of people; running it again issues nothing twice."""
    if licence not in batch.PROCEDURES:
        raise Problem(
            "LICENCE_TYPE",
            f"“{licence}”不能批量制证，可批量制证的有：{'、'.join(batch.PROCEDURES)}。",
            f"“{licence}” is not issued from a list; these are: {', '.join(batch.PROCEDURES)}.",
        )
    work = batch.read_rows(rows)
    settings = Settings()
    prepare(settings, lambda _line: None)
    bad = 0
    with running(settings) as service, bar_of() as bar:
        task = bar.add_task("制证 / issuing", total=len(work))
        office = batch.office_of(service, officer)
        for result in batch.issue_rows(service, work, rows.parent, licence, office, folder):
            bar.advance(task)
            if isinstance(result, batch.BadRow):
                bad += 1
                for error in result.errors:
                    bar.console.print(
                        f"[red]✗[/] 第 {result.line} 行 line {result.line}  {error.field or '-'}  {error.code}  "
                        f"{plain(error.zh)} {plain(error.en)}",
                        highlight=False,
                        soft_wrap=True,
                    )
    out.print(f"[green]✓[/] {len(work) - bad} 本已签发 / issued，{bad} 行有误 / bad rows → {folder}", highlight=False)
    raise typer.Exit(1 if bad else 0)


# ---- looking


@templates_app.command(name="preview")
def preview_templates(
    template: Annotated[
        str | None, typer.Argument(help="ID such as licences/special_operation; without it, all.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Draw and end; do not wait for changes.")] = False,
) -> None:
    """Draw templates with their sample data, as PDF and PNG, and again whenever one of their files changes."""
    settings = Settings()
    build_fonts(settings.fonts, lambda line: out.print(f"  {line}", style="dim"))
    faces = Fonts.load(settings.fonts)
    folder = settings.var / "preview"
    chosen = [
        one
        for one in templates.all_templates(settings.templates)
        if template is None or template.strip("/") in (str(one), f"{one.kind}s/{one.name}", one.name)
    ]
    if not chosen:
        names = ", ".join(f"{one.kind}s/{one.name}" for one in templates.all_templates(settings.templates))
        raise Problem(
            "TEMPLATE_UNKNOWN", f"没有模板“{template}”，现有：{names}。", f"There is no template “{template}”: {names}."
        )
    for one in chosen:
        for file in preview.preview(templates.load(settings.templates, one), faces, folder):
            out.print(f"  {file}", highlight=False)
    if not once:
        out.print("  改动模板后自动重绘 / drawing again on every change，Ctrl+C 停止 / stops", style="dim")
        for line in preview.watch(settings.templates, faces, folder):
            out.print(f"  {line}", highlight=False)


@app.command()
def procedures(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Print every procedure as a table of steps, with its diagram."""
    if as_json:
        sys.stdout.write(json.dumps([procedure_json(one) for one in CATALOGUE], ensure_ascii=False, indent=1) + "\n")
    else:
        print_procedures(out, CATALOGUE)


# ---- what they share


def _demonstrate(settings: Settings) -> None:
    if settings.environment is Environment.PRODUCTION:
        raise Problem(
            "DEMONSTRATION_REFUSED",
            "生产环境不办理示例办件，以免虚构的人员和证照进入登记簿；请用 serve、worker、portal 启动服务。",
            "In production no sample dossiers are walked, for their people and licences are invented: start the "
            "service with serve, worker and portal.",
        )
    with out.status("准备 / preparing") as status:
        prepare(settings, lambda line: status.update(f"准备 / preparing: {line}"))
    folder = settings.var / "demo"
    with running(settings) as service, bar_of(total=False) as bar:
        task = bar.add_task("办理 / walking the dossiers", total=None)

        def told(line: str) -> None:
            bar.console.print(f"  [green]✓[/] {plain(line)}", highlight=False)
            bar.advance(task)

        made = walk(service, folder, _address(settings), told)
        accounts = open_accounts(settings, service.desk, open_room(settings, service.desk))
        province.enter(service.desk, accounts, open_ca(settings, now))
        told("示例省份：窗口、两市、各环节工作人员、六家企业、二十二人 / a small province to log in to")
    _print_made(made, folder)


def _print_made(made: list[Made], folder: Path) -> None:
    """A table where it fits; on a narrow terminal three lines each, so that an address stays whole and can be clicked."""
    colours = {line: "green" if line.verdict == Verdict.TOTAL_PASSED else "red" for line in made}
    if out.width < TABLE_WIDTH:
        for line in made:
            out.print(f"[bold]{line.kind} {line.number}[/]  [{colours[line]}]{line.verdict}[/]", highlight=False)
            out.print(f"  {line.file}\n  {line.address}", highlight=False, soft_wrap=True)
    else:
        table = Table(title="已生成 / made", title_justify="left", title_style="bold")
        for heading in ("", "编号 number", "文件 file", "结论 verdict", "查验地址 verification address"):
            table.add_column(heading, overflow="fold")
        for line in made:
            verdict = f"[{colours[line]}]{line.verdict}[/]"
            table.add_row(line.kind, line.number, line.file, verdict, line.address)
        out.print(table)
    out.print(f"文件在 / files in {folder}，清单 / list {folder / 'index.json'}", highlight=False, soft_wrap=True)


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """The port is taken before anything else is done: whoever cannot serve is told at once."""
    signal.signal(signal.SIGTERM, _stop)
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen()  # two that have merely bound a port do not notice each other
    except OSError as error:
        listener.close()
        raise Problem(
            "PORT_TAKEN",
            f"{settings.host}:{settings.port} 无法监听，端口可能被占用；请停止占用者，或用 SIGNING_PORT 指定其他端口。",
            f"{settings.host}:{settings.port} cannot be listened on ({error.strerror}): stop what uses it, or name "
            "another port with SIGNING_PORT.",
        ) from None
    try:
        yield listener
    finally:
        listener.close()


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    """SIGTERM ends as Ctrl+C does: what is in hand is finished first."""
    sys.exit(0)


def _serve(settings: Settings, listener: socket.socket) -> None:
    if is_embedded(settings):
        prepare(settings, lambda _line: None)
    else:
        # no key reaches what answers the network: the workers are elsewhere
        open_prepared(settings.database).close()
    with (
        running(settings) as service,
        _beside_trust_services(settings) as beside,
        watch_what_ends(settings, service.desk.database),
        in_touch(settings, service.desk) as touch,
    ):
        reports = own_sealer(settings, service.desk)
        _serve_app(
            settings,
            listener,
            lambda: beside(
                touch.beside(
                    with_tour(
                        make_service_app(settings, service.desk, reports=reports, gateways=touch.gateways), service
                    )
                )
            ),
        )


def with_tour(pages: ASGIApp, service: Service) -> ASGIApp:
    """Beside the pages the one that says who can log in, where the invented province was entered."""
    if service.settings.environment is Environment.PRODUCTION or not province.is_entered(service.desk.database):
        return pages
    return Together(pages, [((tour.PREFIX,), tour.make_tour(service.desk.clock))])


@contextmanager
def _beside_trust_services(settings: Settings) -> Iterator[Callable[[ASGIApp], ASGIApp]]:
    """Outside production the embedded PKI answers beside the pages, at the addresses its certs name."""
    if not has_embedded_pki(settings):
        yield lambda pages: pages
        return
    services = open_services(settings, now)
    with kept_current(services):
        yield lambda pages: trust_services.beside(services, pages)


def _serve_portal(settings: Settings, listener: socket.socket) -> None:
    database = open_prepared(settings.database)
    try:
        _serve_app(settings, listener, lambda: make_portal(settings, database))
    finally:
        database.close()


def _serve_app(settings: Settings, listener: socket.socket, make: Callable[[], object]) -> None:
    out.print(f"[green]✓[/] 服务已启动 / serving on {_address(settings)}  （Ctrl+C 停止 / stops）", soft_wrap=True)
    config = uvicorn.Config(
        make(),  # type: ignore[arg-type]
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOPS_WITHIN_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _address(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"
