"""What is asked when work is put out, and when it is taken on (domain text, §10.3, §12, §13.1)."""

from __future__ import annotations

from signing_service.domain.projects import SectionKind
from signing_service.workflows.fields import Field, FieldType, Section

METHODS = {"open": "公开招标", "invited": "邀请招标", "direct": "直接发包"}
NOT_OPEN = ("method", ("invited", "direct"))
ORGANISATIONS = {"agent": "委托招标", "own": "自行招标"}

PROJECT_NO = Field("project_no", "项目编号", "Project number", FieldType.LICENCE_NO)
QUALIFICATION = Field(
    "contractor_qualification", "资质等级和证书编号", "Qualification and its number", FieldType.TEXT, most=100
)  # fmt: skip


def put_out(kind: SectionKind) -> tuple[Section, ...]:
    """The form of the developer. Of what goes to the tender office the contractor may still be unknown."""
    tendered = kind in (SectionKind.CONSTRUCTION, SectionKind.SUPERVISION)
    unless_open = NOT_OPEN if tendered else None
    contractor = Section(
        f"{kind.zh}单位",
        (
            Field(
                f"{kind.contractor.value}_uscc", f"{kind.zh}单位", "Contractor", FieldType.ENTERPRISE,
                visible_if=unless_open,
                hint="只能从已入库企业中选择；列表中没有的，请联系该单位办理入库。",
                hint_en="An enterprise that has been taken in; one that is not listed has to register first.",
            ),
            QUALIFICATION,
            *(() if tendered else _leader_of_contractor()),
        ),
        "The contractor",
    )  # fmt: skip
    return (
        Section(
            "发包工程",
            (
                PROJECT_NO,
                Field("section_name", f"{kind.zh}标段（工程）名称", "Name of the section", FieldType.TEXT, most=100),
                Field(
                    "unit_works", "包含单位工程", "Unit works", FieldType.ROWS, least=1,
                    rows=(Field("code", "单位工程编号", "Code", FieldType.TEXT, most=4),),
                ),
                Field("scope", "发包范围", "Scope", FieldType.LONG_TEXT, most=300),
                Field("price", "估价（万元）", "Price (10,000 yuan)", FieldType.MONEY),
                Field("term", "约定工期", "Term", FieldType.TEXT, most=40),
                Field("starts_on", "约定开始日期", "From", FieldType.DATE),
                Field("ends_on", "约定完成日期", "Until", FieldType.DATE, not_before="starts_on"),
                *((Field("quality", "质量目标", "Aim of quality", FieldType.TEXT, most=100),) if tendered else ()),
                Field(
                    "outside_plan", "工期超出项目计划", "Outside the project's plan", FieldType.STATEMENT, required=False,
                    hint="约定工期超出项目计划工期，已核对无误。",
                    hint_en="The dates lie outside the project's plan, and are meant.",
                ),
            ),
            "The work",
        ),
        Section(
            "发包方式",
            (
                Field("method", "发包方式", "Way of contracting", FieldType.CHOICE, choices=METHODS),
                Field(
                    "method_reason", "不公开招标的理由", "Reason not to tender", FieldType.LONG_TEXT, most=200,
                    visible_if=NOT_OPEN, required=tendered,
                ),
                Field(
                    "not_tendered", "不招标说明", "Not tendered", FieldType.STATEMENT, required=False,
                    visible_if=("method", ("direct",)),
                    hint="金额达到必须招标的标准，依法属于可以不招标的情形，理由如上。",
                    hint_en="It is above the threshold, and the law allows not to tender it for the reason above.",
                ),
                *(
                    (Field("agent", "招标代理机构", "Tendering agent", FieldType.TEXT, required=False, most=100),)
                    if tendered
                    else ()
                ),
                Field("attachments", "发包材料", "Documents", FieldType.ATTACHMENTS),
            ),
            "The way of contracting",
        ),
        contractor,
    )  # fmt: skip


def _leader_of_contractor() -> tuple[Field, ...]:
    return (
        Field("contractor_leader_name", "承接单位项目负责人", "Contractor's leader", FieldType.NAME),
        Field("contractor_leader_id_no", "承接单位项目负责人身份证号码", "Leader's ID number", FieldType.ID_NO),
        Field(
            "contractor_leader_mobile", "承接单位项目负责人手机号码", "Leader's mobile number", FieldType.MOBILE,
            hint="工程码发到这个号码。", hint_en="The code of the section is texted there.",
        ),
    )  # fmt: skip


POSTS = {
    SectionKind.SURVEY: "项目负责人",
    SectionKind.DESIGN: "项目负责人",
    SectionKind.CONSTRUCTION: "项目经理",
    SectionKind.SUPERVISION: "总监理工程师",
}
"""What the contractor's leader is called."""


def taking_on(kind: SectionKind) -> tuple[Field, ...]:
    """What the contractor gives: contract, leader and team, figures of each unit work."""
    post = POSTS[kind]
    safety = (
        (
            Field("safety_licence_no", "安全生产许可证编号", "Safety licence", FieldType.SAFETY_PERMIT_NO),
            Field(
                "safety_licence_until",
                "安全生产许可证有效期至",
                "Safety licence valid until",
                FieldType.DATE,
                not_before="today",
                hint="已过有效期的不能承接。",
                hint_en="With one that has ended nothing is taken on.",
            ),
        )
        if kind is SectionKind.CONSTRUCTION
        else ()
    )
    return (
        QUALIFICATION,
        Field("contract_name", "合同名称", "Name of the contract", FieldType.TEXT, most=100),
        Field("contract_no", "合同编号", "Number of the contract", FieldType.TEXT, most=60),
        Field("contract_amount", "合同金额（万元）", "Amount (10,000 yuan)", FieldType.MONEY),
        Field("signed_on", "签订日期", "Signed on", FieldType.DATE, not_after="today"),
        Field("starts_on", "合同开始日期", "From", FieldType.DATE),
        Field("ends_on", "合同完成日期", "Until", FieldType.DATE, not_before="starts_on"),
        Field("contract", "合同", "Contract", FieldType.FILE, hint="合同全本 PDF。", hint_en="The whole contract as PDF."),
        *safety,
        Field("agreement", "承接约定", "Agreement", FieldType.LONG_TEXT, most=300),
        Field("leader_name", f"{post}姓名", "Leader", FieldType.NAME),
        Field("leader_id_no", f"{post}身份证号码", "Leader's ID number", FieldType.ID_NO),
        Field("leader_mobile", f"{post}手机号码", "Leader's mobile number", FieldType.MOBILE),
        Field("leader_qualification", f"{post}执业资格", "Leader's qualification", FieldType.TEXT, most=60),
        Field("leader_registration_no", f"{post}注册编号", "Leader's registration number", FieldType.TEXT, most=40),
        Field(
            "team", "项目组成员", "Team", FieldType.ROWS, required=False,
            rows=(
                Field("post", "岗位", "Post", FieldType.TEXT, most=40),
                Field("name", "姓名", "Name", FieldType.NAME),
                Field("id_no", "身份证号码", "ID number", FieldType.ID_NO),
                Field("qualification", "职称或执业资格", "Title or qualification", FieldType.TEXT, most=60),
                Field("registration_no", "注册（证书）编号", "Number", FieldType.TEXT, required=False, most=40),
            ),
        ),
        Field(
            "indicators", "单位工程主要指标", "Figures of the unit works", FieldType.ROWS, least=1,
            rows=(
                Field("code", "单位工程编号", "Code", FieldType.TEXT, most=4),
                Field("indicators", "主要指标", "Figures", FieldType.TEXT, most=100),
            ),
        ),
        Field("attachments", "其他材料", "Other documents", FieldType.ATTACHMENTS, required=False),
        Field(
            "outside_plan", "工期超出项目计划", "Outside the project's plan", FieldType.STATEMENT, required=False,
            hint="合同工期超出项目计划工期，已核对无误。", hint_en="The dates lie outside the project's plan, and are meant.",
        ),
    )  # fmt: skip
