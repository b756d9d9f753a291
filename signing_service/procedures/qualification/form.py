"""The sections that applications for a 建筑业企业资质 have in common; their keys are the facts of ``forms/eq_form`` (domain text, §11.2)."""

from __future__ import annotations

from signing_service.domain.qualifications import CATEGORIES, GRADES
from signing_service.workflows.fields import Prefill
from signing_service.workflows.procedure import Field, FieldType, Section

MOST_REQUESTED = 5
MOST_PROFESSIONALS = 200
KINDS = {"first": "首次申请", "addition": "增项", "upgrade": "升级"}
SKILLS = {grade: grade for grade in ("初级工", "中级工", "高级工", "技师", "高级技师")}
TITLES = {
    title: title for title in ("工程师", "高级工程师", "正高级工程师", "经济师", "高级经济师", "会计师", "高级会计师")
}
ATTACHMENTS = Field("attachments", "其他材料", "Other documents", FieldType.ATTACHMENTS, required=False)
LICENCE_NO = Field(
    "licence_no", "资质证书编号", "Number of the qualification", FieldType.LICENCE_NO, prefill=Prefill.LICENCE
)


def _officer(key: str, label: str, label_en: str) -> tuple[Field, ...]:
    """One of those who answer for the enterprise, as the table of officers asks for them."""
    return (
        Field(f"{key}_title", f"{label}职称", f"{label_en}'s professional title", FieldType.TEXT, most=30),
        Field(f"{key}_field", f"{label}专业", f"{label_en}'s field", FieldType.TEXT, most=30),
        Field(f"{key}_mobile", f"{label}电话", f"{label_en}'s mobile", FieldType.MOBILE),
    )


REPRESENTATIVE = (
    Field("legal_representative", "法定代表人", "Legal representative", FieldType.NAME),
    Field(
        "legal_representative_id_no", "法定代表人身份证号码", "Legal representative's ID number", FieldType.ID_NO,
        hint="须已办理实名登记和电子签名。", hint_en="Registered by real name, with an electronic signature.",
    ),
)  # fmt: skip

REQUEST = Section(
    "申请资质",
    (
        Field("application_kind", "申请类型", "Kind of application", FieldType.CHOICE, choices=KINDS),
        Field(
            "licence_no", "现有资质证书编号", "Number of the present licence", FieldType.LICENCE_NO, required=False,
            visible_if=("application_kind", ("addition", "upgrade")), prefill=Prefill.LICENCE,
            hint="同一许可机关已发证书的填写编号，准予后换发新版。",
            hint_en="Of a licence of the same authority: it gets a further version.",
        ),
        Field(
            "requested", "申请的类别和等级", "Categories and grades", FieldType.ROWS, least=1, most=MOST_REQUESTED,
            rows=(
                Field(
                    "category", "资质类别", "Category", FieldType.CHOICE,
                    choices={code: one.name for code, one in CATEGORIES.items()},
                ),
                Field("grade", "申请等级", "Grade", FieldType.CHOICE, choices=GRADES),
            ),
        ),
    ),
    "What is applied for",
)  # fmt: skip

ENTERPRISE = Section(
    "企业基本情况",
    (
        Field("address", "注册地址", "Registered address", FieldType.TEXT, most=120),
        Field("business_address", "通信地址", "Postal address", FieldType.TEXT, most=120),
        Field("economic_nature", "经济性质", "Economic nature", FieldType.TEXT, most=60),
        Field("established_on", "成立日期", "Established on", FieldType.DATE, not_after="today"),
        Field("registered_capital", "注册资本（万元）", "Registered capital, 10,000 CNY", FieldType.MONEY),
        Field(
            "net_assets", "净资产（万元）", "Net assets, 10,000 CNY", FieldType.MONEY,
            hint="以上年度或者当期财务报表为准。", hint_en="As in the accounts of last year or of this term.",
        ),
        Field("registrar", "营业执照登记机关", "Registration authority", FieldType.TEXT, most=60),
        Field("safety_licence_no", "安全生产许可证编号", "Safety permit", FieldType.LICENCE_NO, required=False),
        Field("headcount", "职工总数", "Employees", FieldType.INTEGER, least=1, most=1_000_000),
        Field(
            "insured_month", "社会保险缴纳月份", "Months of social insurance", FieldType.TEXT, most=30,
            hint="如 2026年8月至10月。", hint_en="For instance August to October 2026.",
        ),
        Field("contact_name", "联系人", "Contact", FieldType.NAME),
        Field("contact_mobile", "联系电话", "Contact's mobile", FieldType.MOBILE, prefill=Prefill.MOBILE),
        Field("profile", "企业简介", "About the enterprise", FieldType.LONG_TEXT, required=False, most=300),
    ),
    "Enterprise",
)  # fmt: skip

OFFICERS = Section(
    "企业负责人",
    (
        *REPRESENTATIVE,
        *_officer("legal_representative", "法定代表人", "Legal representative"),
        Field("manager_name", "企业负责人", "Manager", FieldType.NAME),
        Field("manager_id_no", "企业负责人身份证号码", "Manager's ID number", FieldType.ID_NO),
        *_officer("manager", "企业负责人", "Manager"),
        Field("technical_leader_name", "技术负责人", "Technical leader", FieldType.NAME),
        Field(
            "technical_leader_id_no",
            "技术负责人身份证号码",
            "Technical leader's ID number",
            FieldType.ID_NO,
            hint="须与本企业登记聘用关系，并已办理电子签名。",
            hint_en="Employed here, with an electronic signature.",
        ),
        *_officer("technical_leader", "技术负责人", "Technical leader"),
    ),
    "Officers",
)

_NAME = Field("name", "姓名", "Name", FieldType.NAME)
_ID_NO = Field("id_no", "身份证号码", "ID number", FieldType.ID_NO)

STAFF = Section(
    "主要人员",
    (
        Field(
            "constructors", "注册建造师", "Constructors", FieldType.ROWS, required=False, most=MOST_PROFESSIONALS,
            hint="每人须在手机上签署确认书。", hint_en="Each of them signs a sheet of their own.",
            rows=(_NAME, _ID_NO, Field("licence_no", "注册编号", "Registration number", FieldType.LICENCE_NO)),
        ),
        Field(
            "titled", "中级以上职称人员", "People with a professional title", FieldType.ROWS, required=False,
            rows=(
                _NAME, _ID_NO,
                Field("title", "职称", "Title", FieldType.CHOICE, choices=TITLES),
                Field("field", "专业", "Field", FieldType.TEXT, most=30),
                Field("certificate_no", "证书编号", "Certificate number", FieldType.TEXT, most=40),
            ),
        ),
        Field(
            "workers", "技术工人", "Skilled workers", FieldType.ROWS, required=False,
            rows=(
                _NAME, _ID_NO,
                Field("licence_no", "证书编号", "Licence number", FieldType.LICENCE_NO),
                Field("grade", "技能等级", "Skill", FieldType.CHOICE, choices=SKILLS),
            ),
        ),
    ),
    "People",
)  # fmt: skip

MEANS = Section(
    "业绩、设备和场所",
    (
        Field(
            "achievements", "工程业绩", "Completed works", FieldType.ROWS, required=False, most=50,
            rows=(
                Field("project_no", "项目编号", "Project number", FieldType.TEXT, most=30),
                Field("name", "工程名称", "Name of the works", FieldType.TEXT, most=60),
                Field("scale", "工程规模", "Scale", FieldType.TEXT, most=60),
                Field("amount", "合同额（万元）", "Contract sum, 10,000 CNY", FieldType.MONEY),
                Field("completed_on", "竣工日期", "Completed on", FieldType.DATE, not_after="today"),
            ),
        ),
        Field(
            "equipment", "技术设备", "Equipment", FieldType.ROWS, required=False, most=100,
            rows=(
                Field("name", "设备名称", "Name", FieldType.TEXT, most=40),
                Field("model", "规格型号", "Model", FieldType.TEXT, most=40),
                Field("quantity", "数量", "Quantity", FieldType.TEXT, most=20),
                Field("ownership", "来源", "Owned or rented", FieldType.TEXT, most=20),
            ),
        ),
        Field("premises_address", "场所地址", "Premises", FieldType.TEXT, most=120),
        Field("premises_area", "使用面积（平方米）", "Area, m²", FieldType.DECIMAL),
        Field("premises_right", "使用权", "Title to it", FieldType.TEXT, most=40),
    ),
    "Works, equipment and premises",
)  # fmt: skip

PAGE_SEAM = Field(
    "page_seam",
    "骑缝章",
    "Seal across the edges of the pages",
    FieldType.CHOICE,
    required=False,
    choices={"yes": "加盖骑缝章", "no": "不加盖"},
    hint="选择加盖的，企业盖公章时各页右侧页边一并盖上，同一个签名覆盖全部页面；只有一页的申请表没有骑缝章。",
    hint_en="With the enterprise's seal, by the same signature, a strip of it on every page; none where there is one page.",
)
"""Chosen before the form is drawn: the places of its strips have to be there before anybody signs."""

FILES = Section(
    "申请材料和用印",
    (
        Field("business_licence", "营业执照", "Business licence", FieldType.FILE),
        Field("audit_report", "财务报表或者审计报告", "Accounts", FieldType.FILE),
        ATTACHMENTS,
        PAGE_SEAM,
    ),
    "Documents and seal",
)
