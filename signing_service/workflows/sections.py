"""What forms say of unit works and sections: those registered, those chosen, and what the contractor gave when taking them on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from signing_service.domain.dates import in_chinese
from signing_service.domain.dossier import Dossier
from signing_service.domain.projects import Project, Section, UnitWork

TAKEN_ON = "take_on"
"""The step with which a contractor gives contract and team; what was given stands under its name."""
AGREED_ANEW, ENDED = "terms", "end"
"""What a change of a section is: other terms, or its end."""
TERMS: Mapping[str, str] = MappingProxyType(
    {
        "contract_name": "合同名称", "contract_no": "合同编号", "contract_amount": "合同金额（万元）", "signed_on": "签订日期",
        "starts_on": "合同开始日期", "ends_on": "合同完成日期", "contract": "合同文件", "agreement": "约定",
        "safety_licence_no": "安全生产许可证编号", "safety_licence_until": "安全生产许可证有效期至", "leader_name": "项目负责人", "leader_id_no": "项目负责人身份证号码",
        "leader_mobile": "项目负责人手机号码", "leader_qualification": "项目负责人执业资格",
        "leader_registration_no": "项目负责人注册编号", "team": "项目组成员",
    }
)  # fmt: skip
"""What both sides may agree anew, by its key, as the form of the change names it."""


def unit_works_of(form: Mapping[str, Any]) -> tuple[UnitWork, ...]:
    """Numbered as they stand in the form: 001, 002."""
    return tuple(
        UnitWork(f"{position:03d}", row["name"], {key: value for key, value in row.items() if key != "name"})
        for position, row in enumerate(form.get("unit_works", ()), 1)
    )


def works_of(form: Mapping[str, Any]) -> tuple[str, ...]:
    """Codes of the unit works that the form chooses, each once."""
    return tuple(dict.fromkeys(row["code"] for row in form.get("unit_works", ())))


def taken_on(dossier: Dossier) -> dict[str, Any]:
    """What the contractor gave, or what both agree anew; empty before that."""
    if dossier.form.get("change") == AGREED_ANEW:
        return dict(dossier.form)
    return dict(dossier.facts.get("given", {}).get(TAKEN_ON, {}))


def section_of(project: Project, dossier: Dossier) -> Section | None:
    """The one the form names, else the one this dossier put out, else none yet."""
    if number := dossier.form.get("section_no"):
        return project.section(number)
    return next((one for one in project.sections if one.dossier == dossier.number), None)


def differences(section: Section, form: Mapping[str, Any]) -> list[dict[str, str]]:
    """What a change agrees otherwise than it stands, as it is printed; one that ends it says that alone."""
    if form.get("change") == ENDED:
        return [{"item": "承接", "before": "已承接", "after": "解除承接"}]
    before: Mapping[str, Any] = section.facts.get(TAKEN_ON, {})
    rows = [(item, _printed(key, before.get(key)), _printed(key, form.get(key))) for key, item in TERMS.items()]
    return [{"item": item, "before": old, "after": new} for item, old, new in rows if old != new]


def _printed(key: str, value: Any) -> str:
    if key == "contract":
        return f"{value['name']}（指纹 {value['sha256'][:16]}）" if value else "—"
    if key in ("signed_on", "starts_on", "ends_on", "safety_licence_until"):
        return in_chinese(date.fromisoformat(value)) if value else "—"
    if key == "team":
        return "、".join(f"{one['name']}（{one['post']}）" for one in value or ()) or "—"
    return str(value) if value else "—"
