"""Real dossiers, walked through the whole service step by step, as the people in them would.

(a) a special-operation licence is renewed; (b) a constructor goes to another enterprise; (c) twenty licences are
issued from a list; (d) one file is tampered with, and shown as such. A second run finds what the first has made.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from signing_service import batch
from signing_service.demo import people
from signing_service.demo.portraits import sample_portrait
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import DocumentKind, SignatoryRole
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.employment import ContractKind, Employment
from signing_service.domain.licences import LicenceType
from signing_service.domain.verdicts import Report
from signing_service.embedded import Service
from signing_service.pipeline.validate import validate
from signing_service.storage import documents, dossiers, employments

HOLDER, EMPLOYER = SignatoryRole.HOLDER, SignatoryRole.EMPLOYER
FORMER_EMPLOYER, NEW_EMPLOYER = SignatoryRole.FORMER_EMPLOYER, SignatoryRole.NEW_EMPLOYER
AUTHORITY, PLATFORM = SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM

KINDS = {DocumentKind.FORM: "申请表", DocumentKind.NOTICE: "通知书", DocumentKind.LICENCE: "电子证照"}
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Made:
    """One line of ``index.json``."""

    kind: str
    number: str
    file: str
    verdict: str
    address: str


def walk(service: Service, folder: Path, address: str, progress: Progress) -> list[Made]:
    """Walk every sample dossier, write the files to ``folder`` and their list to ``folder/index.json``.

    ``address`` is where the portal answers: an origin without a slash at its end.
    """
    folder.mkdir(parents=True, exist_ok=True)
    today = day_in_shanghai(service.desk.clock())
    with service.desk.database.transaction() as connection:
        people.enter(connection, service.desk.blobs, service.desk.clock())
    made = [
        *_papers(service, _renewal(service, today, progress), folder, address),
        *_papers(service, _change_of_employer(service, today, progress), folder, address),
        *_batch(service, folder, address, progress),
    ]
    made.append(_tampered(service, made, folder, progress))
    (folder / "index.json").write_text(
        json.dumps([asdict(line) for line in made], ensure_ascii=False, indent=1), encoding="utf-8"
    )
    return made


# ---- dossier a


def _employ_signaller(service: Service) -> None:
    """Who confirms a renewal is the employer of the register."""
    with service.desk.database.transaction() as connection:
        if employments.active(connection, people.SIGNALLER_ID) is None:
            enterprise, begins = str(people.BUILDER.uscc), date(2023, 3, 1)
            post = Employment(people.SIGNALLER_ID, enterprise, "信号司索工", ContractKind.OPEN, begins, None)
            employments.start(connection, post)


def _renewal(service: Service, today: date, progress: Progress) -> str:
    _employ_signaller(service)
    number = service.desk.begin_filled_in(
        "so.renew",
        {HOLDER: people.SIGNALLER_ID, **_office()},
        {
            "licence_no": people.SIGNALLER_LICENCE,
            "employer_uscc": str(people.BUILDER.uscc),
            "mobile": "13870000017",
            "working_since": "2014年9月",
            "health": f"{today.year}年{today.month}月1日经示例市第一人民医院体检，结论为合格，"
            "无妨碍从事本工种作业的疾病和生理缺陷。",
            "training": f"{today.year - 1}年度28学时（合格），{today.year}年度24学时（合格），每年均不少于24学时。",
            "conduct": "证书有效期内无违章作业记录，未发生生产安全责任事故。",
            "attachments": _attachments(
                service,
                ("建筑施工特种作业操作资格证书（原证）", 1),
                ("体检合格证明", 2),
                (f"年度安全教育和继续教育证明（{today.year - 1}、{today.year}年度）", 4),
                ("用人单位特种作业人员管理档案", 6),
            ),
        },
        region=people.REGION,
        request_key="demo/renewal",
    )
    _take(
        service,
        number,
        progress,
        ("prepare", Actor(HOLDER, people.SIGNALLER_ID, "holder"), "王建国 填写延续申请，生成申请表"),
        ("submit", Actor(HOLDER, people.SIGNALLER_ID, "holder"), "王建国 逐页看过，签名并提交"),
        ("confirm", _employer(EMPLOYER, people.BUILDER.uscc), "江右示例建设集团有限公司 同意并盖章"),
        *_decision(),
    )
    return number


# ---- dossier b


def _change_of_employer(service: Service, today: date, progress: Progress) -> str:
    number = service.desk.begin_filled_in(
        "c2.employer_change",
        {HOLDER: people.CONSTRUCTOR_ID, **_office()},
        {
            "licence_no": people.CONSTRUCTOR_LICENCE,
            "mobile": "13970000028",
            "former_employer_uscc": str(people.FORMER_BUILDER.uscc),
            "new_employer_uscc": str(people.BUILDER.uscc),
            "left_on": (today - timedelta(days=12)).isoformat(),
            "contract_from": (today - timedelta(days=6)).isoformat(),
            "contract_until": (today + timedelta(days=3 * 365 - 6)).isoformat(),
            "reason": "与原聘用企业劳动合同期满，不再续订；与现聘用企业订立劳动合同，申请变更执业企业。",
            "projects": "未担任在建工程项目的施工负责人。",
            "attachments": _attachments(
                service, ("与现聘用企业订立的劳动合同", 8), ("与原聘用企业解除劳动关系证明", 1), ("工作交接清单", 2)
            ),
        },
        region=people.REGION,
        request_key="demo/change-of-employer",
    )
    _take(
        service,
        number,
        progress,
        ("prepare", Actor(HOLDER, people.CONSTRUCTOR_ID, "holder"), "李芳华 填写变更申请，生成申请表"),
        ("submit", Actor(HOLDER, people.CONSTRUCTOR_ID, "holder"), "李芳华 逐页看过，签名并提交"),
        ("confirm", _employer(FORMER_EMPLOYER, people.FORMER_BUILDER.uscc), "东湖示例建筑工程有限公司 同意解聘并盖章"),
        ("confirm", _employer(NEW_EMPLOYER, people.BUILDER.uscc), "江右示例建设集团有限公司 同意聘用并盖章"),
        *_decision(),
    )
    return number


# ---- dossier c


def _batch(service: Service, folder: Path, address: str, progress: Progress) -> Iterator[Made]:
    source = folder / "batch"
    rows = batch.read_rows(_write_list(source))
    office = batch.Office(str(people.AUTHORITY.uscc), str(people.PLATFORM.uscc), people.REGION, "officer-zheng")
    results = batch.issue_rows(service, rows, source, LicenceType.SPECIAL_OPERATION, office, folder / "licences")
    for count, result in enumerate(results, 1):
        if isinstance(result, batch.BadRow):
            msg = f"the sample list has a bad row: {result}"
            raise TypeError(msg)
        progress(f"批量制证 {count}/{len(rows)}  {result.number}")
        verdict = _validated(service, result.file.read_bytes()).verdict
        yield Made(
            "电子证照", result.number, str(result.file.relative_to(folder)), verdict, f"{address}/v/{result.code}"
        )


def _write_list(folder: Path) -> Path:
    """The list as an office would hand it in: a CSV file, and a folder of portraits beside it."""
    (folder / "photos").mkdir(parents=True, exist_ok=True)
    path = folder / "rows.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(batch.COLUMNS)
        for position, somebody in enumerate(people.crowd(), 1):
            photo = folder / "photos" / f"{position:02d}.jpg"
            if not photo.exists():
                photo.write_bytes(sample_portrait(somebody.name, woman=somebody.woman))
            trade = f"{1 + position % 11:02d}"
            writer.writerow([somebody.name, somebody.id_no, people.BUILDER.uscc, trade, f"photos/{photo.name}"])
    return path


# ---- dossier d


def _tampered(service: Service, made: list[Made], folder: Path, progress: Progress) -> Made:
    """One byte of a genuine licence is changed, as a forger's editor would."""
    genuine = next(line for line in made if line.kind == "电子证照")
    data = bytearray((folder / genuine.file).read_bytes())
    data[len(data) // 3] ^= 0x01
    file = folder / "tampered.pdf"
    file.write_bytes(data)
    report = _validated(service, bytes(data))
    progress(f"改动一个字节的副本  {report.verdict}")
    return replace(genuine, kind="被改动的副本", file=file.name, verdict=report.verdict)


# ---- what they share


def _office() -> dict[SignatoryRole, str]:
    return {AUTHORITY: str(people.AUTHORITY.uscc), PLATFORM: str(people.PLATFORM.uscc)}


def _employer(role: SignatoryRole, uscc: str) -> Actor:
    return Actor(role, str(uscc), "clerk")


def _decision() -> tuple[tuple[str, Actor, str], ...]:
    """Three officers, three steps."""
    authority = str(people.AUTHORITY.uscc)
    return (
        ("accept", Actor(AUTHORITY, authority, "officer-tang", people.EVERY_GRANT), "受理，发出受理通知书"),
        ("review", Actor(AUTHORITY, authority, "officer-song", people.EVERY_GRANT), "审核"),
        ("grant", Actor(AUTHORITY, authority, "officer-zheng", people.EVERY_GRANT), "准予，制证、签章、自检、归档"),
    )


def _attachments(service: Service, *files: tuple[str, int]) -> list[dict[str, object]]:
    return [
        {"name": name, "sha256": service.desk.blobs.put(f"{name}（示例附件）".encode()), "pages": pages}
        for name, pages in files
    ]


def _take(service: Service, number: str, progress: Progress, *steps: tuple[str, Actor, str]) -> None:
    """Take the steps that were not taken yet, and wait after each until its work is done."""
    with service.desk.database.reading() as connection:
        taken = [(line.step, line.role) for line in dossiers.journal_of(connection, number)]
    for step, actor, words in steps:
        if (step, actor.role) not in taken:
            service.desk.take_step(number, step, actor)
        service.settle(number)
        progress(f"{number}  {words}")
    with service.desk.database.reading() as connection:
        stage = dossiers.load(connection, number).stage
    if stage is not Stage.CLOSED:
        msg = f"{number} ended in {stage}"
        raise RuntimeError(msg)


def _papers(service: Service, number: str, folder: Path, address: str) -> Iterator[Made]:
    """The documents of a dossier, as files."""
    with service.desk.database.reading() as connection:
        rows = [
            (row, documents.revisions(connection, row.document_id)[-1])
            for row in documents.of_dossier(connection, number)
        ]
    for row, last in rows:
        data = service.desk.blobs.get(last.sha256)
        file = folder / f"{number}-{row.template.split('/')[1]}.pdf"
        file.write_bytes(data)
        yield Made(KINDS[row.kind], row.number, file.name, _validated(service, data).verdict, f"{address}/v/{row.code}")


def _validated(service: Service, data: bytes) -> Report:
    return validate(data, service.anchors.roots, intermediates=service.anchors.intermediates, now=service.desk.clock())
