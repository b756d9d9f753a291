"""施工许可: the five sign their commitments side by side, the developer seals the application last, three officers decide within
seven days (domain text, §13.2); of an early project the form names builder and supervisor itself (§13.4).
"""

from __future__ import annotations

from signing_service.domain.codes import RegionLevel
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.projects import SectionKind
from signing_service.procedures.permit.common import (
    AUTHORITY,
    DEVELOPER,
    EDITION,
    OTHER_FILES,
    PLATFORM,
    PROJECT_NO,
    handed_in,
    locked,
    sheets_issued,
)
from signing_service.procedures.shared import (
    TO_ACCEPT,
    TO_CORRECT,
    decided,
    form_closed,
    handled_within,
    issued,
    reviewed,
    taken_in,
)
from signing_service.workflows.changes_of_permits import EnterEarlySections, EnterPermit, ReplaceFormerPermit
from signing_service.workflows.checks_of_permits import (
    BuilderIsNoSupervisor,
    DrawingsPassed,
    FireDesignOfSpecialWorks,
    FormerPermitReplaced,
    ManagerOfEarlyProject,
    NotPermittedYet,
    PartiesAreOfTheseWorks,
    PartiesFit,
    RepresentativesOnRecord,
    SmallWorksWarned,
)
from signing_service.workflows.checks_of_projects import (
    EarlyProject,
    FivePartiesComplete,
    ProjectKnown,
    ReachedBefore,
    UnitWorksKnown,
)
from signing_service.workflows.checks_of_sections import SafetyPermitStands, UnitWorksFree
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.effects import RenderForm, Seal
from signing_service.workflows.five_parties import CONTRACTORS, FIVE, LEADERS, REPRESENTATIVES, UNITS, Responsible
from signing_service.workflows.licensing_of_permits import PERMIT
from signing_service.workflows.procedure import Check, Effect, Field, FieldType, Procedure, Section, all_of
from signing_service.workflows.shown_of_permits import ApplicationShown, CommitmentShown, PermitFace

FORM = "pm_form"
DAYS = 7
"""Working days from the application (建筑工程施工许可管理办法 第五条)."""
BASIS = "《中华人民共和国建筑法》第七条、第八条；《建筑工程施工许可管理办法》（住房和城乡建设部令第18号，第52号修改）"
LEGAL_REPRESENTATIVE = SignatoryRole.LEGAL_REPRESENTATIVE
YES_NO = {"yes": "是", "no": "否"}
NAMED_BY_FORM = CONTRACTORS[2:]
"""Of an early project: builder and supervisor."""

SIGNERS = all_of(
    *LEADERS, *REPRESENTATIVES, *UNITS, LEGAL_REPRESENTATIVE,
    waits={**{one.unit: (one.representative,) for one in FIVE}, LEGAL_REPRESENTATIVE: LEADERS},
)  # fmt: skip
"""Leaders commit themselves and representatives authorise them side by side; a unit's seal covers its representative's
signature, and the developer's representative signs the application when the five have committed themselves.
"""


EPC_LED_BY = {"none": "未实行工程总承包", "design": "设计单位", "builder": "施工单位"}
"""Who of the five is 工程总承包单位, or leads their consortium: it does one of the two itself (房屋建筑和市政基础设施项目工程总承包
管理办法 第十条).
"""
WITH_EPC = ("epc", ("design", "builder"))
OF_EPC = (
    Field("epc", "工程总承包单位", "General contractor", FieldType.CHOICE, choices=EPC_LED_BY),
    Field("epc_leader_name", "工程总承包项目经理", "General contractor's manager", FieldType.NAME, visible_if=WITH_EPC),
    Field("epc_leader_id_no", "工程总承包项目经理身份证号码", "The manager's ID number", FieldType.ID_NO, visible_if=WITH_EPC),
    Field("epc_leader_mobile", "工程总承包项目经理手机号码", "The manager's mobile number", FieldType.MOBILE, visible_if=WITH_EPC),
)  # fmt: skip


def _of_developer() -> Section:
    return Section(
        "建设单位",
        (
            PROJECT_NO,
            Field("mobile", "联系电话", "Telephone", FieldType.PHONE),
            *(_representative(one) for one in FIVE),
        ),
        "The developer, and who acts for the five",
    )


def _representative(one: Responsible) -> Field:
    return Field(
        one.representative_field, f"{one.title}法定代表人身份证号码", f"ID number of the {one.key}'s representative",
        FieldType.ID_NO, hint="签署法定代表人授权书，须与企业登记一致。",
        hint_en="Who signs the authorisation, and is the one on record.",
    )  # fmt: skip


def _of_works(*more: Field) -> Section:
    return Section(
        "工程概况",
        (
            Field(
                "unit_works", "单位工程", "Unit works", FieldType.ROWS, least=1,
                rows=(Field("code", "单位工程编号", "Code", FieldType.TEXT, most=4),),
            ),
            Field("address", "建设地址", "Address", FieldType.TEXT, most=100),
            Field("scale", "建设规模", "Scale", FieldType.LONG_TEXT, most=100),
            Field("contract_price", "合同价格（万元）", "Contract price (10,000 yuan)", FieldType.MONEY),
            Field("starts_on", "合同开工日期", "Contract start", FieldType.DATE),
            Field("ends_on", "合同竣工日期", "Contract completion", FieldType.DATE, not_before="starts_on"),
            Field("land_no", "用地批准手续文号", "Approval of the land", FieldType.TEXT, most=60),
            Field("planning_no", "建设工程规划许可证号", "Planning permit", FieldType.TEXT, most=60),
            Field(
                "special_fire", "是否特殊建设工程（消防）", "Special works as to fire", FieldType.CHOICE, choices=YES_NO,
                hint="特殊建设工程须先取得消防设计审查意见书。", hint_en="Their fire protection design passes review first.",
            ),
            *OF_EPC,
            *more,
            Field(
                "small_works", "限额以下工程", "Below the threshold", FieldType.STATEMENT, required=False,
                hint="工程在可以不办理施工许可的限额以下，本单位确需办理。",
                hint_en="The works need no permit, and one is wanted all the same.",
            ),
        ),
        "The works",
    )  # fmt: skip


FORMER = Field(
    "former_permit_no", "被替代的施工许可证编号", "Permit that is replaced", FieldType.LICENCE_NO, required=False,
    hint="建设单位或施工单位变更、重新申领的填写。", hint_en="Where developer or builder has changed.",
)  # fmt: skip


SITE = Field(
    "site_ready", "施工场地具备施工条件的证明", "Proof that the site is ready", FieldType.FILE,
    hint="施工场地已经基本具备施工条件；需要征收房屋的，写明征收进度符合施工要求。",
    hint_en="The site is ready to be built on; where houses are expropriated, that this has come far enough.",
)  # fmt: skip
"""建筑工程施工许可管理办法 第四条第（三）项."""


def _files(*more: Field) -> Section:
    return Section(
        "申请材料",
        (
            Field("land_approval", "用地批准手续", "Approval of the land", FieldType.FILE),
            Field("planning_permit", "建设工程规划许可证", "Planning permit", FieldType.FILE),
            SITE,
            Field("contract", "施工合同", "Construction contract", FieldType.FILE),
            Field("funds", "建设资金已经落实承诺书", "Commitment that funds are there", FieldType.FILE),
            Field("measures", "保证工程质量和安全的具体措施", "Measures for quality and safety", FieldType.FILE),
            *more,
            OTHER_FILES,
        ),
        "Documents",
    )


EARLY_FIELDS = tuple(
    item
    for one, post in zip(NAMED_BY_FORM, ("项目经理", "总监理工程师"), strict=True)
    for item in (
        Field(f"{one.key}_uscc", one.title, f"The {one.key}", FieldType.ENTERPRISE),
        Field(f"{one.key}_qualification", f"{one.title}资质等级和证书编号", "Its qualification", FieldType.TEXT, most=100),
        Field(f"{one.key}_leader_id_no", f"{post}身份证号码", "Leader's ID number", FieldType.ID_NO),
        Field(f"{one.key}_leader_mobile", f"{post}手机号码", "Leader's mobile number", FieldType.MOBILE),
        Field(f"{one.key}_leader_qualification", f"{post}执业资格", "Leader's qualification", FieldType.TEXT, most=60),
        Field(f"{one.key}_leader_registration_no", f"{post}注册编号", "Leader's registration", FieldType.TEXT, most=40),
    )
)  # fmt: skip
OF_EARLY = Section(
    "施工和监理（招标已完成）",
    (
        *EARLY_FIELDS,
        Field("safety_licence_no", "安全生产许可证编号", "Safety licence", FieldType.SAFETY_PERMIT_NO),
        Field("safety_licence_until", "安全生产许可证有效期至", "Safety licence valid until", FieldType.DATE),
        Field(
            "milestone_on", "招标完成日期", "Tender complete on", FieldType.DATE, not_after="today",
            hint="须早于平台施工许可模块启用日。", hint_en="Before the platform's permit module began.",
        ),
    ),
    "Builder and supervisor, whose tender is over",
)  # fmt: skip


def _drawn() -> tuple[Effect, ...]:
    return (
        *(
            RenderForm(template, (CommitmentShown(one),))
            for one in FIVE
            for template in (one.commitment, one.authorisation)
        ),
        RenderForm(FORM, (ApplicationShown(),)),
    )


def _signed() -> tuple[Effect, ...]:
    return (
        *(Seal(one.commitment, one.leader) for one in FIVE),
        *(Seal(one.authorisation, one.representative) for one in FIVE),
        *(Seal(one.authorisation, one.unit) for one in FIVE),
        Seal(FORM, LEGAL_REPRESENTATIVE),
    )


def _granted(*, early: bool) -> tuple[Effect, ...]:
    """Every paper of the application is closed, then the permit is made."""
    papers = (effect for one in FIVE for template in (one.commitment, one.authorisation) for effect in locked(template))
    return (*form_closed(FORM), *papers, *sheets_issued(PERMIT, PermitFace(early=early)))


def _permit(
    key: str, code: str, titles: tuple[str, str], summary: tuple[str, str], *, form: tuple[Section, ...],
    provided: tuple[Check, ...], early: bool = False,
) -> Procedure:  # fmt: skip
    of_project = tuple(
        role for one in FIVE if not (early and one in NAMED_BY_FORM) for role in (one.unit, one.leader)
        if role is not DEVELOPER
    )  # fmt: skip
    named = {role: f"{one.key}_{what}" for one in NAMED_BY_FORM for role, what in _who(one)} if early else {}
    checks: tuple[Check, ...] = (
        ProjectKnown(), UnitWorksKnown(), *provided, PartiesAreOfTheseWorks(), FormerPermitReplaced(), NotPermittedYet(),
        FireDesignOfSpecialWorks(), SmallWorksWarned(), RepresentativesOnRecord(), PartiesFit(), SafetyPermitStands(),
    )  # fmt: skip
    entered = (EnterEarlySections(),) if early else ()
    return Procedure(
        key=key,
        code=code,
        title=titles[0],
        title_en=titles[1],
        edition=EDITION,
        basis=BASIS,
        decision_days=DAYS,
        initiator=DEVELOPER,
        roles=(*UNITS, *LEADERS, *REPRESENTATIVES, LEGAL_REPRESENTATIVE, AUTHORITY, PLATFORM),
        project_field="project_no",
        parties_of_project=of_project,
        parties_from={
            **{one.representative: one.representative_field for one in FIVE},
            LEGAL_REPRESENTATIVE: FIVE[0].representative_field,
            **named,
        },
        decided_at=RegionLevel.COUNTY,
        form=form,
        steps=(
            *handed_in(
                FORM, by=SIGNERS, provided=checks, drawn=_drawn(), signed=_signed(),
            ),
            *taken_in(),
            *reviewed(),
            *decided(_granted(early=early), provided=(NotPermittedYet(), PartiesFit())),
            issued(*entered, EnterPermit(), ReplaceFormerPermit()),
        ),
        deadlines=(
            handled_within(10),
            TO_ACCEPT,
            TO_CORRECT,
            Deadline("decide", (Stage.CONFIRMED, Stage.ACCEPTED, Stage.REVIEWED), working(DAYS)),
        ),
        summary=summary[0],
        summary_en=summary[1],
    )  # fmt: skip


def _who(one: Responsible) -> tuple[tuple[SignatoryRole, str], ...]:
    return ((one.unit, "uscc"), (one.leader, "leader_id_no"))


permit = _permit(
    "pm.permit", "SGXK", ("建筑工程施工许可", "Construction permit"),
    (
        "开工前由建设单位申请；五方项目负责人签署质量终身责任承诺书，七个工作日内决定，颁发施工许可证正本和副本。",
        "Before works begin: the five leaders commit themselves, the developer seals, and it is decided within seven days.",
    ),
    form=(_of_developer(), _of_works(FORMER), _files()),
    provided=(FivePartiesComplete(), DrawingsPassed()),
)  # fmt: skip

permit_early = _permit(
    "pm.permit_early", "ZQXK", ("早期项目施工许可", "Construction permit of an early project"),
    (
        "平台启用前已完成招标的早期项目，由建设单位直接填报施工、监理单位和人员，其他要求与施工许可相同。",
        "Of an early project whose tender was over before the platform began: the form names builder and supervisor.",
    ),
    form=(
        _of_developer(),
        _of_works(Field("review_pass_no", "施工图审查合格书编号", "Certificate of drawing review", FieldType.TEXT, most=40)),
        OF_EARLY,
        _files(
            Field("review_pass", "施工图审查合格书扫描件", "Scan of that certificate", FieldType.FILE),
            Field("award", "中标通知书（直接发包的为合同备案）", "Award of the tender", FieldType.FILE),
            Field("supervision_contract", "监理合同", "Supervision contract", FieldType.FILE),
        ),
    ),
    provided=(
        EarlyProject(), ReachedBefore("permit"), FivePartiesComplete((SectionKind.SURVEY, SectionKind.DESIGN)),
        BuilderIsNoSupervisor(), UnitWorksFree(SectionKind.CONSTRUCTION), UnitWorksFree(SectionKind.SUPERVISION),
        ManagerOfEarlyProject(),
    ),
    early=True,
)  # fmt: skip
