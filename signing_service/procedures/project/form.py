"""项目报建: what a developer says of a project and its unit works (domain text, §10.2), the same at every registration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from signing_service.domain.codes import Region
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.projects import PROJECT_CATEGORIES
from signing_service.workflows.fields import Field, FieldType, Section
from signing_service.workflows.procedure import Situation
from signing_service.workflows.sections import unit_works_of

FORM = "prj_form"
DEVELOPER, PLATFORM, AUTHORITY = SignatoryRole.DEVELOPER, SignatoryRole.PLATFORM, SignatoryRole.AUTHORITY


def texts(*names: str) -> dict[str, str]:
    """A choice whose code is its text."""
    return {name: name for name in names}


LEVELS = texts("国家级", "省级", "设区市级", "县级")
NATURES = texts("新建", "扩建", "改建", "迁建", "恢复")
STRUCTURES = texts(
    "砌体结构", "框架结构", "剪力墙结构", "框架剪力墙结构", "框架核心筒结构", "钢结构", "钢混组合结构", "木结构", "其他"
)

OF_DEVELOPER = Section(
    "建设单位",
    (
        Field("legal_representative", "法定代表人", "Legal representative", FieldType.NAME),
        Field("developer_address", "单位地址", "Address", FieldType.TEXT),
        Field("leader_name", "项目负责人", "Project leader", FieldType.NAME),
        Field("leader_id_no", "项目负责人身份证号码", "Leader's ID number", FieldType.ID_NO),
        Field(
            "leader_mobile", "项目负责人手机号码", "Leader's mobile number", FieldType.MOBILE,
            hint="须准确：工程码和通知都发到这个号码。", hint_en="It has to be right: codes and notices go there.",
        ),
    ),
    "The developer",
)  # fmt: skip

OF_PROJECT = Section(
    "项目基本信息",
    (
        Field("project_name", "项目名称", "Name of the project", FieldType.TEXT, most=100),
        Field("project_category", "项目分类", "Category", FieldType.CHOICE, choices=PROJECT_CATEGORIES),
        Field(
            "region", "所属区划", "County", FieldType.COUNTY,
            hint="区划决定由哪一级主管部门办理，登记后不能变更。",
            hint_en="It decides which authority is competent and cannot be changed afterwards.",
        ),
        Field("project_place", "建设地点", "Place", FieldType.TEXT),
        Field("coordinates", "经纬度", "Coordinates", FieldType.TEXT, required=False, most=60),
        Field("investment_code", "投资项目代码", "Investment code", FieldType.INVESTMENT_CODE),
        Field("approval_no", "立项文号", "Number of the approval", FieldType.TEXT, most=60),
        Field("approval_level", "立项级别", "Level of the approval", FieldType.CHOICE, choices=LEVELS),
        Field("land_permit_no", "建设用地规划许可证号", "Land permit", FieldType.TEXT, required=False, most=60),
        Field("planning_permit_no", "建设工程规划许可证号", "Planning permit", FieldType.TEXT, required=False, most=60),
        Field("investment", "总投资（万元）", "Investment (10,000 yuan)", FieldType.MONEY),
        Field("total_area", "总面积（平方米）", "Total area (m²)", FieldType.DECIMAL),
        Field("nature", "建设性质", "Nature", FieldType.CHOICE, choices=NATURES),
        Field("usage", "工程用途", "Use", FieldType.TEXT, most=60),
        Field("funding", "资金来源", "Funding", FieldType.TEXT, most=100),
        Field("starts_on", "计划开工日期", "Planned start", FieldType.DATE),
        Field("ends_on", "计划竣工日期", "Planned completion", FieldType.DATE, not_before="starts_on"),
        Field("scale", "建设规模", "Scale", FieldType.LONG_TEXT, most=300),
    ),
    "The project",
)  # fmt: skip

OF_UNIT_WORKS = Section(
    "单位工程",
    (
        Field(
            "unit_works", "单位工程", "Unit works", FieldType.ROWS, least=1,
            rows=(
                Field("name", "单位工程名称", "Name", FieldType.TEXT, most=60),
                Field("category", "类别", "Category", FieldType.TEXT, required=False, most=40),
                Field("structure", "结构类型", "Structure", FieldType.CHOICE, choices=STRUCTURES),
                Field("usage", "用途", "Use", FieldType.TEXT, most=40),
                Field("floors_above", "地上层数", "Floors above ground", FieldType.INTEGER, most=200),
                Field("floors_below", "地下层数", "Floors below ground", FieldType.INTEGER, most=20),
                Field("height", "高度（米）", "Height (m)", FieldType.DECIMAL, required=False),
                Field("span", "跨度（米）", "Span (m)", FieldType.DECIMAL, required=False),
                Field("area", "建筑面积（平方米）", "Area (m²)", FieldType.DECIMAL),
                Field("cost", "单项投资（万元）", "Cost (10,000 yuan)", FieldType.MONEY, required=False),
                Field("starts_on", "计划开工日期", "Planned start", FieldType.DATE, required=False),
                Field(
                    "ends_on", "计划竣工日期", "Planned completion", FieldType.DATE, required=False,
                    not_before="starts_on",
                ),
            ),
            hint="办理施工许可至少需要一个单位工程。", hint_en="A construction permit wants at least one.",
        ),
        Field("attachments", "登记材料", "Documents", FieldType.ATTACHMENTS),
    ),
    "Unit works",
)  # fmt: skip

PROJECT_FORM = (OF_DEVELOPER, OF_PROJECT, OF_UNIT_WORKS)


@dataclass(frozen=True, slots=True)
class ProjectShown:
    """The number of the project, its county by name, and its unit works as they will be numbered."""

    gives: ClassVar[tuple[str, ...]] = ("project_no", "region", "unit_works")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        del situation
        return {
            "project_no": dossier.form.get("project_no") or dossier.facts["project_no"],
            "region": Region(dossier.form["region"]).full_name,
            "unit_works": [
                {
                    "height": "—",
                    **work.facts,
                    "code": work.code,
                    "name": work.name,
                    "floors": f"{work.facts['floors_above']} / {work.facts['floors_below']}",
                }
                for work in unit_works_of(dossier.form)
            ],
        }
