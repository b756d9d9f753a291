"""What fire procedures have in common: the description of the works, who confirms it, the record made on site."""

from __future__ import annotations

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.fire_classes import USES
from signing_service.domain.projects import SectionKind
from signing_service.domain.staff import Level
from signing_service.procedures.either_side import locked
from signing_service.procedures.shared import AUTHORITY as BY_AUTHORITY
from signing_service.procedures.shared import PLATFORM as BY_PLATFORM
from signing_service.procedures.shared import notice_sent, withdrawn_by
from signing_service.workflows.account_checks import LegalRepresentativeOnRecord
from signing_service.workflows.changes import VoidForm
from signing_service.workflows.changes_of_fire import RecordFireResult
from signing_service.workflows.checks_of_fire import ON_SITE, AssessedByTwo, SignersHaveKeys
from signing_service.workflows.effects import RenderForm, Seal, Shown, TakeStep
from signing_service.workflows.procedure import Check, Effect, Field, FieldType, Parties, Section, Step, any_of
from signing_service.workflows.shown_of_fire import OfBuildings, OfProject, OfUnits, OnSite

DEVELOPER, REPRESENTATIVE = SignatoryRole.DEVELOPER, SignatoryRole.LEGAL_REPRESENTATIVE
AUTHORITY, PLATFORM = SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM
REGULATION = "《建设工程消防设计审查验收管理暂行规定》（住房和城乡建设部令第51号，第58号修改）"
SITE_RECORD = "fs_site_record"
MARKS = {
    "fs_design_op": "建消审字", "fs_accept_op": "建消验字", "fs_receipt": "建消验备字", "fs_no_receipt": "建消验不备字",
    "fs_draw_notice": "建消验查字", "fs_check_notice": "建消验查结字", "fs_recheck_notice": "建消验复字",
}  # fmt: skip
"""文书字 of the documents of fire authorities, each counted by itself year by year (domain text, §6)."""

KINDS = {
    "new": "新建",
    "extend": "扩建",
    "fit_out": "改建（装饰装修）",
    "change_use": "改建（改变用途）",
    "insulate": "改建（建筑保温）",
}
STRUCTURES = {
    "1": "砖混", "2": "框架", "3": "剪力墙", "4": "框架剪力墙", "5": "框架核心筒", "6": "钢结构", "7": "钢混结构",
    "8": "木结构", "9": "其他",
}  # fmt: skip
FIRE_RATINGS = {"1": "一级", "2": "二级", "3": "三级", "4": "四级"}
FACILITIES = {
    "01": "室内消火栓系统", "02": "室外消火栓系统", "03": "火灾自动报警系统", "04": "自动喷水灭火系统",
    "05": "气体灭火系统", "06": "泡沫灭火系统", "07": "其他灭火系统", "08": "疏散指示标志", "09": "消防应急照明",
    "10": "防烟排烟系统", "11": "消防电梯", "12": "灭火器", "99": "其他",
}  # fmt: skip
RESULTS = {"passed": "合格", "failed": "不合格"}

PROJECT_NO = Field("project_no", "项目编号", "Project number", FieldType.TEXT, most=16)
USE_NAMES = {code: use.name for code, use in USES.items()}


def _area(key: str, label: str, label_en: str, *, required: bool = True) -> Field:
    return Field(key, label, label_en, FieldType.DECIMAL, required=required, most=10_000_000)


BUILDINGS = Field(
    "buildings", "单体建筑", "Buildings", FieldType.ROWS, least=1, most=60,
    rows=(
        Field("name", "名称", "Name", FieldType.TEXT, most=40),
        Field("structure", "结构类型", "Structure", FieldType.CHOICE, choices=STRUCTURES),
        Field("use", "使用性质", "Use", FieldType.CHOICE, choices=USE_NAMES),
        Field("fire_rating", "耐火等级", "Fire resistance rating", FieldType.CHOICE, choices=FIRE_RATINGS),
        Field("floors_above", "地上层数", "Floors above ground", FieldType.INTEGER, most=200),
        Field("floors_below", "地下层数", "Floors below ground", FieldType.INTEGER, most=20),
        Field("height", "建筑高度（m）", "Height (m)", FieldType.DECIMAL, most=1000),
        _area("footprint", "占地面积（m²）", "Footprint (m²)"),
        _area("area_above", "地上建筑面积（m²）", "Floor area above ground (m²)"),
        _area("area_below", "地下建筑面积（m²）", "Floor area below ground (m²)"),
    ),
)  # fmt: skip
VENUES = Field(
    "venues", "设在建筑内的其他场所", "Other venues inside the buildings", FieldType.ROWS, required=False, most=60,
    hint="与单体使用性质不同的场所，如办公楼内的歌舞厅；没有的不填。",
    hint_en="Of another use than their building, such as a dance hall in an office building; leave empty if none.",
    rows=(
        Field("use", "使用性质", "Use", FieldType.CHOICE, choices=USE_NAMES),
        _area("area", "建筑面积（m²）", "Floor area (m²)"),
    ),
)  # fmt: skip
THE_DEVELOPER = Section(
    "建设单位",
    (
        PROJECT_NO,
        Field(
            "legal_representative_id_no", "法定代表人身份证号码", "Legal representative's ID number", FieldType.ID_NO,
            hint="由其本人签署，须与企业登记一致。", hint_en="Who signs in person, and is the one on record.",
        ),
        Field("mobile", "联系电话", "Telephone", FieldType.PHONE),
    ),
    "The developer",
)  # fmt: skip


def the_works(*more: Field) -> Section:
    """工程概况, with what the procedure asks besides."""
    return Section(
        "工程概况",
        (
            Field("address", "工程地址", "Address of the works", FieldType.TEXT, most=100),
            Field("kind", "工程类别", "Kind of works", FieldType.CHOICE, choices=KINDS),
            *more,
            BUILDINGS,
            VENUES,
            Field("facilities", "消防设施", "Fire protection facilities", FieldType.CHOICES, choices=FACILITIES),
            Field("summary", "工程简要说明", "The works in brief", FieldType.LONG_TEXT, most=600),
        ),
        "The works",
    )


def units(*kinds: SectionKind, others: bool = False) -> Section:
    """Telephone and grade of who plays the parts; who they are the project knows."""
    titles = {
        SectionKind.DESIGN: ("设计单位", "Designer"),
        SectionKind.CONSTRUCTION: ("施工单位", "Builder"),
        SectionKind.SUPERVISION: ("监理单位", "Supervisor"),
    }
    fields = tuple(
        one
        for kind in kinds
        for one in (
            Field(f"{kind}_mobile", f"{titles[kind][0]}联系电话", f"{titles[kind][1]}'s telephone", FieldType.PHONE),
            Field(
                f"{kind}_grade", f"{titles[kind][0]}资质等级", f"{titles[kind][1]}'s qualification", FieldType.TEXT,
                required=False, most=40,
            ),
        )
    )  # fmt: skip
    other = Field(
        "other_units", "技术服务机构和检测单位", "Technical service and testing", FieldType.ROWS, required=False, most=10,
        rows=(
            Field("title", "单位类别", "Kind", FieldType.TEXT, most=20),
            Field("name", "单位名称", "Name", FieldType.TEXT, most=60),
            Field("leader", "项目负责人", "Project leader", FieldType.NAME),
            Field("mobile", "联系电话", "Telephone", FieldType.PHONE),
        ),
    )  # fmt: skip
    return Section("参建单位", (*fields, other) if others else fields, "Those who take part")


INSPECTED = (
    Field(
        "inspection", "消防查验情况", "Own fire inspection", FieldType.LONG_TEXT, most=600,
        hint="消防设计和合同约定的各项消防内容是否完成，设施性能、系统功能检测是否合格。",
        hint_en="Whether all that design and contracts ask is done, and facilities and systems passed their tests.",
    ),
    Field("inspection_result", "查验结论", "Its result", FieldType.CHOICE, choices=RESULTS),
)  # fmt: skip
PERMIT = (
    Field("permit_no", "施工许可证编号", "Construction permit number", FieldType.LICENCE_NO),
    Field("accepted_on", "竣工验收日期", "Works accepted on", FieldType.DATE, not_after="today"),
)
OTHER_FILES = Field("attachments", "其他材料", "Other documents", FieldType.ATTACHMENTS, required=False)

SHOWN_OF_WORKS: tuple[Shown, ...] = (OfProject(), OfBuildings())


def written_and_confirmed(
    form: str, *, by: Parties, provided: tuple[Check, ...], shows: tuple[Shown, ...]
) -> tuple[Step, ...]:
    """The developer fills in; ``by``, the units and the legal representative, confirm and sign; last the developer has
    seen it all and seals. Free to withdraw until the authority accepts.
    """
    checks = (
        *provided,
        LegalRepresentativeOnRecord(DEVELOPER),
        SignersHaveKeys((DEVELOPER, *by.roles)),
    )
    drawn = tuple(
        Step(
            "prepare", "生成申请表", by=any_of(DEVELOPER), at=stage, to=Stage.SUBMITTED, provided=checks,
            then=(RenderForm(form, shows),), reads_draft=True, title_en="Draw the form",
        )
        for stage in (Stage.DRAFT, Stage.CORRECTION)
    )  # fmt: skip
    return (
        *drawn,
        Step(
            "confirm", "确认并签章", by=by, at=Stage.SUBMITTED, to=Stage.PREPARED,
            then=tuple(Seal(form, role) for role in by.roles), title_en="Confirm and sign",
        ),
        Step(
            "decline", "不同意", by=any_of(*by.roles), at=Stage.SUBMITTED, to=Stage.DRAFT, changes=(VoidForm(),),
            reason_required=True, form_goes_back=True, title_en="Decline",
        ),
        Step(
            "submit", "盖章并提交", by=any_of(DEVELOPER), at=Stage.PREPARED, to=Stage.CONFIRMED, provided=provided,
            then=(Seal(form, DEVELOPER),), title_en="Seal and submit",
        ),
        Step(
            "revise", "返回修改", by=any_of(DEVELOPER), at=Stage.PREPARED, to=Stage.DRAFT, changes=(VoidForm(),),
            form_goes_back=True, optional=True, title_en="Go back and change",
        ),
        *withdrawn_by(
            any_of(DEVELOPER), Stage.DRAFT, Stage.CORRECTION, Stage.SUBMITTED, Stage.PREPARED, Stage.CONFIRMED
        ),
    )  # fmt: skip


# ---- on site

OFFICERS = Field(
    "officers", "评定（检查）人员", "Officers", FieldType.ROWS, least=2, most=10,
    hint="不少于两人。", hint_en="Two at least.",
    rows=(
        Field("name", "姓名", "Name", FieldType.NAME),
        Field("card_no", "执法证号", "Card number", FieldType.TEXT, most=20),
        Field("part", "分工", "Part", FieldType.TEXT, most=40),
    ),
)  # fmt: skip
VISIT = (
    Field("site_on", "到场日期", "Day of the visit", FieldType.DATE, not_after="today"),
    Field("began", "到场时间", "From", FieldType.TEXT, most=5, hint="如 09:10", hint_en="Such as 09:10"),
    Field("ended", "离场时间", "Until", FieldType.TEXT, most=5, hint="如 15:40", hint_en="Such as 15:40"),
    Field("sampled", "抽样部位", "What was sampled", FieldType.LONG_TEXT, most=300),
    OFFICERS,
    Field(
        "items", "评定内容", "What was assessed", FieldType.ROWS, least=1, most=60,
        rows=(
            Field("subject", "单项", "Item", FieldType.TEXT, most=30),
            Field("finding", "评定情况", "Finding", FieldType.LONG_TEXT, most=300),
            Field("class", "重要程度", "Class", FieldType.CHOICE, choices={"A": "A", "B": "B", "C": "C"}),
            Field("result", "结论", "Result", FieldType.CHOICE, choices=RESULTS),
        ),
    ),
    Field("photos", "现场照片", "Photos", FieldType.ATTACHMENTS),
    Field("conclusion", "评定结论", "Conclusion", FieldType.CHOICE, choices=RESULTS),
    Field("remarks", "说明", "Remarks", FieldType.LONG_TEXT, required=False, most=300),
    Field("present", "到场单位人员", "Present for the units", FieldType.TEXT, most=150),
)  # fmt: skip


def inspected(title: str, title_en: str, *, at: Stage, to: Stage, occasion: str) -> Step:
    """Officers hand in their record of the visit, which is sealed."""
    return Step(
        ON_SITE, title, by=BY_AUTHORITY, at=at, to=to, form=VISIT, level=Level.REVIEW, provided=(AssessedByTwo(),),
        then=notice_sent(SITE_RECORD, OfProject(), OnSite(occasion)), title_en=title_en,
    )  # fmt: skip


def settled(result: RecordFireResult, title: str = "送达结论", title_en: str = "Deliver") -> Step:
    """The sealed document exists; only now does the result count."""
    return Step(
        "issue", title, by=BY_PLATFORM, at=Stage.ISSUING, to=Stage.CLOSED, changes=(result,), title_en=title_en,
    )  # fmt: skip


def document_sent(template: str, *shows: Shown) -> tuple[Effect, ...]:
    """意见书, 凭证 or 通知书 of the fire authority."""
    return notice_sent(template, *shows, mark=MARKS[template])


def letter_and_form(letter: str, form: str, *shows: Shown) -> tuple[Effect, ...]:
    """The authority's document, the lock on the form, and then the end."""
    return (*document_sent(letter, *shows), *locked(form), TakeStep("issue"))


def shown_on_form(*kinds: SectionKind, more: tuple[Shown, ...] = ()) -> tuple[Shown, ...]:
    return (*SHOWN_OF_WORKS, OfUnits(kinds), *more)
