"""What is asked of the 公共资源交易中心, written in the transaction of the step that asks it (domain text, §13.1)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from signing_service.domain.dossier import Dossier
from signing_service.domain.projects import Project, Section
from signing_service.storage import trades


def ask(connection: Connection, dossier: Dossier, project: Project, section: Section, now: datetime) -> None:
    """Owe the centre a tender for this section."""
    reference = f"{dossier.number}-{trades.count(connection, dossier.number) + 1:02d}"
    form = dossier.form
    asked = {
        "reference": reference,
        "project_no": project.number,
        "project_name": project.name,
        "region": project.region,
        "developer_uscc": project.developer,
        "section_no": section.number,
        "section_name": section.name,
        "section_kind": section.kind.value,
        "unit_works": [one.name for one in project.unit_works if one.code in section.unit_works],
        "estimate": form["price"],
        "scope": form["scope"],
        "agent": form.get("agent", ""),
    }
    trades.add(connection, reference, dossier.number, asked, now)


def call_back(connection: Connection, dossier: str, now: datetime) -> None:
    trades.call_back(connection, dossier, now)
