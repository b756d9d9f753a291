"""设计成果登记与确认 (domain text, §12): design rests on survey results that are confirmed."""

from __future__ import annotations

from signing_service.domain.projects import SectionKind
from signing_service.procedures.result.registered import FILES, MADE_BY, RESULT, results_of
from signing_service.workflows.fields import Field, FieldType, Section

design_results = results_of(
    SectionKind.DESIGN,
    "SJCG",
    "设计成果登记与确认",
    "Design results registered and confirmed",
    (
        "设计单位登记设计成果，项目负责人签名、单位盖章后，由建设单位确认；须勘察成果已确认。",
        "The designer registers its results, signed and sealed; the developer confirms them. The survey comes first.",
    ),
    Section(
        "设计成果",
        (
            *RESULT,
            Field("basis", "设计依据", "Based on", FieldType.TEXT),
            Field("green", "绿色建筑", "Green building", FieldType.TEXT, most=40),
            Field("prefabrication", "装配率", "Prefabrication", FieldType.TEXT, most=40),
            *MADE_BY,
        ),
        "The results",
    ),
    Section(
        "单位工程指标",
        (
            Field(
                "unit_works", "单位工程", "Unit works", FieldType.ROWS, least=1,
                rows=(
                    Field("code", "单位工程编号", "Code", FieldType.TEXT, most=4),
                    Field("structure", "结构类型", "Structure", FieldType.TEXT, most=40),
                    Field("area", "建筑面积（平方米）", "Area (m²)", FieldType.DECIMAL),
                    Field("floors", "地上/地下层数", "Floors", FieldType.TEXT, most=20),
                    Field("height", "高度（米）", "Height (m)", FieldType.DECIMAL),
                    Field("seismic", "抗震设防", "Seismic design", FieldType.TEXT, most=20),
                    Field("energy", "节能率", "Energy saved", FieldType.TEXT, most=20),
                ),
            ),
            FILES,
        ),
        "Figures of the unit works",
    ),
)  # fmt: skip
