"""The fields of business in the order of the catalogue, and what a permission is called to who assigns it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from signing_service.procedures import CATALOGUE

CHAPTERS: Sequence[tuple[str, str, tuple[str, ...]]] = (
    ("电子签名与印章", "Signature and seal", ("person.*", "ent.seal")),
    ("聘用关系", "Employment", ("emp.*",)),
    ("特种作业操作资格", "Special operations", ("so.*",)),
    ("二级建造师", "Constructors", ("c2.*", "c2t.*")),
    ("证照使用", "Use of licences", ("cert.*",)),
    ("企业入库与资质", "Enterprise and qualification", ("ent.onboard", "eq.*")),
    ("项目报建", "Projects", ("prj.*",)),
    ("发包与承接", "Contracts", ("ct.*",)),
    ("成果登记与确认", "Results", ("out.*",)),
    ("施工图审查", "Drawing review", ("rv.*",)),
    ("施工许可", "Construction permit", ("pm.*",)),
    ("消防", "Fire", ("fs.*",)),
    ("竣工备案", "Completion", ("fin.*",)),
)
"""Which procedures belong to each, as a permission names them: keys, or fields (``pm.*``)."""
OF_PROJECTS = 6
"""From here on they are a developer's."""

PERMISSIONS: Mapping[str, tuple[str, str]] = {
    "*": ("全部事项", "everything"),
    "rn.*": ("实名登记", "real-name registration"),
    "c2t.*": ("二级建造师临时执业证书", "temporary constructors"),
    "ent.*": ("企业入库与印章", "enterprises and their seals"),
    "eq.*": ("企业资质", "qualification"),
    **{one: (zh, en) for zh, en, keys in CHAPTERS for one in keys if one not in ("eq.*", "c2t.*", "ent.onboard")},
    **{one.key: (one.title, one.title_en) for one in CATALOGUE},
}


def permission_name(procedures: str) -> tuple[str, str]:
    """What is not known by a name is told as it is written."""
    return PERMISSIONS.get(procedures, (procedures, procedures))
