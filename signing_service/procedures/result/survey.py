"""勘察成果登记与确认 (domain text, §12)."""

from __future__ import annotations

from signing_service.domain.projects import SectionKind
from signing_service.procedures.result.registered import FILES, MADE_BY, RESULT, results_of
from signing_service.workflows.fields import Field, FieldType, Section

survey_results = results_of(
    SectionKind.SURVEY,
    "KCCG",
    "勘察成果登记与确认",
    "Survey results registered and confirmed",
    (
        "勘察单位登记勘察成果，项目负责人签名、单位盖章后，由建设单位确认。",
        "The surveyor registers its results, signed by its leader and sealed; the developer confirms them.",
    ),
    Section(
        "勘察成果",
        (
            *RESULT,
            Field("groundwater", "地下水", "Groundwater", FieldType.TEXT, most=100),
            Field("seismic", "抗震设防", "Seismic design", FieldType.TEXT, most=100),
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
                    Field("boreholes", "钻孔数", "Boreholes", FieldType.INTEGER),
                    Field("footage", "进尺（米）", "Footage (m)", FieldType.DECIMAL),
                    Field("bearing", "持力层、承载力（kPa）", "Bearing layer (kPa)", FieldType.TEXT, most=60),
                    Field("site_class", "场地类别", "Site class", FieldType.TEXT, most=10),
                ),
            ),
            FILES,
        ),
        "Figures of the unit works",
    ),
)  # fmt: skip
