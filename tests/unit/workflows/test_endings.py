"""The page of a dossier begins with how it ended: what came to a bad end is not greeted as done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.procedures import CATALOGUE
from signing_service.web.platform.account_of import ENDINGS
from signing_service.workflows.engine import Event, take_step
from signing_service.workflows.procedure import Ending, Procedure, Step
from tests.unit.workflows.tables import actor, dossier_of, situation_of

LAST_STEPS = [(one, step) for one in CATALOGUE for step in one.steps if step.to.is_final]


def ending_of(procedure: Procedure, step: Step) -> Ending:
    dossier = dossier_of(procedure, stage=step.to)
    return procedure.ending(replace(dossier, facts={"ended_by": step.name})) or ENDINGS[step.to]


@pytest.mark.parametrize(("procedure", "step"), LAST_STEPS, ids=[f"{one.key}-{step.name}" for one, step in LAST_STEPS])
def test_what_ends_otherwise_than_well_is_not_green(procedure: Procedure, step: Step) -> None:
    found = ending_of(procedure, step)
    assert all((found.tone, found.zh, found.en))
    if step.to is not Stage.CLOSED:
        assert found.tone in ("void", "none")


@pytest.mark.parametrize(
    ("key", "step", "tone", "zh"),
    [
        ("pm.abolish", "issue", "void", "施工许可证已自行废止"),
        ("pm.permit", "issue", "done", "已办结"),
        ("fs.check", "fail", "void", "不合格"),
        ("fs.record", "drawn", "todo", "已备案，被抽中检查"),
        ("fs.record", "not_drawn", "done", "已办结"),
        ("so.forfeit", "decide", "void", "证书已吊销"),
        ("so.resume", "decide", "done", "已办结"),
        ("fin.filing", "refuse", "void", "责令停止使用，重新组织竣工验收"),
        ("c2.force_cancel_ent", "grant", "none", "注册已注销"),
    ],
)
def test_how_it_ended_is_said_in_words_of_its_own(key: str, step: str, tone: str, zh: str) -> None:
    procedure = next(one for one in CATALOGUE if one.key == key)
    row = next(one for one in procedure.steps if one.name == step and one.to.is_final)
    found = ending_of(procedure, row)
    assert (found.tone, found.zh) == (tone, zh)


def test_the_engine_keeps_which_step_ended_a_dossier_and_nothing_while_it_goes_on() -> None:
    procedure = next(one for one in CATALOGUE if one.key == "pm.remind")
    platform = actor(SignatoryRole.PLATFORM)
    draft = dossier_of(procedure, stage=Stage.DRAFT)
    waiting = take_step(procedure, draft, Event("remind", platform), situation_of(procedure)).dossier
    assert "ended_by" not in waiting.facts
    assert procedure.ending(waiting) is None
    over = take_step(procedure, waiting, Event("end", platform), situation_of(procedure)).dossier
    ending = procedure.ending(over)
    assert ending is not None
    assert ending.zh == "提醒已结束"
