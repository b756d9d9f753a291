"""What people of the special-operation journeys fill in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from signing_service.domain.dates import add_years
from signing_service.domain.dossier import Actor
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.view_states import Business
from signing_service.storage.legacy import LegacyLicence
from tests.journeys.driver import BUILDER, Journey


def examination(journey: Journey, person: str, name: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "id_no": person,
        "education": "初中",
        "mobile": "13870000018",
        "employer_uscc": BUILDER,
        "category": "04",
        "health": "体检合格。",
        "no_illness": "无妨碍从事本工种作业的疾病。",
        "training": "培训 40 学时。",
        "medical": journey.file("体检合格证明.pdf"),
        **changes,
    }


def admission(journey: Journey, **changes: Any) -> dict[str, Any]:
    day = (journey.today + timedelta(days=5)).isoformat()
    return {
        "theory_on": day,
        "theory_time": "9:00—11:00",
        "theory_room": "第 3 考场",
        "seat": "17",
        "practice_on": day,
        "practice_time": "14:00—17:00",
        "practice_room": "实操场 2 号工位",
        "exam_place": "示例省建筑安全技术考核基地",
        **changes,
    }


def scores(journey: Journey, theory: int, practice: int) -> dict[str, Any]:
    return {"theory_score": theory, "practice_score": practice, "examined_on": journey.today.isoformat()}


def backfilling(journey: Journey, **changes: Any) -> dict[str, Any]:
    until = journey.today + timedelta(days=400)
    return {
        "education": "初中",
        "mobile": "13870000018",
        "employer_uscc": BUILDER,
        "licence_no": "赣A042018000417",
        "category": "04",
        "first_issued_on": "2018-05-11",
        "valid_from": add_years(until, -2).isoformat(),
        "valid_until": until.isoformat(),
        "issuer": "示例省住房和城乡建设厅",
        "scan": journey.file("原证.pdf"),
        **changes,
    }


def exchange(journey: Journey, **changes: Any) -> dict[str, Any]:
    return {
        "education": "初中",
        "mobile": "13870000018",
        "employer_uscc": BUILDER,
        "origin_no": "湘A052022000516",
        "origin_province": "43",
        "origin_authority": "湘示例住房和城乡建设厅",
        "category": "05",
        "first_issued_on": "2022-06-20",
        "origin_until": (journey.today + timedelta(days=300)).isoformat(),
        "origin_proof": journey.file("转出证明.pdf"),
        **changes,
    }


def old_row(journey: Journey, person: str, name: str, **changes: Any) -> LegacyLicence:
    values: dict[str, Any] = {
        "legacy_id": "H0001",
        "number": "赣A042019000123",
        "written_id_no": person,
        "name": name,
        "sex": "男",
        "born": date(int(person[6:10]), int(person[10:12]), int(person[12:14])),
        "category": "04",
        "employer_uscc": BUILDER,
        "employer_name": "江右示例建设集团有限公司",
        "authority_name": "示例省住房和城乡建设厅",
        "first_issued_on": date(2019, 3, 1),
        "valid_from": journey.today - timedelta(days=300),
        "valid_until": journey.today + timedelta(days=430),
        "status": LicenceStatus.IN_FORCE,
        "business": Business.RENEWED,
        **changes,
    }
    return LegacyLicence(**values)


def handed_in(journey: Journey, key: str, person: Actor, form: dict[str, Any]) -> str:
    """Signed by the person, sealed by the employer, with the authority."""
    number = journey.begin(key, person, form)
    journey.submit(number, person)
    journey.take(number, "confirm", journey.enterprise())
    journey.settle(number)
    return number
