"""Procedures as the business side reads them: a table of steps, and a diagram of the stages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, is_dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from signing_service.workflows.procedure import Procedure, Quorum, Step


def procedure_json(procedure: Procedure) -> dict[str, Any]:
    """Everything the table holds, for other programs."""
    return {
        "key": procedure.key,
        "code": procedure.code,
        "title": procedure.title,
        "title_en": procedure.title_en,
        "edition": procedure.edition.isoformat(),
        "basis": procedure.basis,
        "initiator": procedure.initiator,
        "roles": list(procedure.roles),
        "decision_days": procedure.decision_days,
        "form": [
            {
                "title": section.title,
                "fields": [
                    {"key": item.key, "label": item.label, "label_en": item.label_en, "type": item.type,
                     "required": item.required}
                    for item in section.fields
                ],
            }
            for section in procedure.form
        ],
        "steps": [_step_json(step) for step in procedure.steps],
        "diagram": diagram(procedure),
    }  # fmt: skip


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "title": step.title,
        "by": list(step.by.roles),
        "quorum": step.by.quorum,
        "at": step.at,
        "to": step.to,
        "provided": [_named(check) for check in step.provided],
        "changes": [_named(change) for change in step.changes],
        "then": [_named(effect) for effect in step.then],
    }


def _named(item: object) -> str:
    """``Seal(so_renew_form, employer)``"""
    values = asdict(item) if is_dataclass(item) and not isinstance(item, type) else {}
    shown = ", ".join(str(value) for value in values.values() if isinstance(value, (str, int)))
    return f"{type(item).__name__}({shown})" if shown else type(item).__name__


def diagram(procedure: Procedure) -> str:
    """Mermaid: the stages and the steps between them."""
    lines = ["stateDiagram-v2", f"    [*] --> {procedure.steps[0].at}"]
    lines += [f"    {step.at} --> {step.to}: {step.title}" for step in procedure.steps]
    finals = {step.to for step in procedure.steps if step.to.is_final}
    lines += [f"    {stage} --> [*]" for stage in sorted(finals)]
    return "\n".join(lines)


def print_procedures(console: Console, procedures: Iterable[Procedure]) -> None:
    for procedure in procedures:
        console.print(f"\n[bold]{procedure.title}[/]  {procedure.title_en}", highlight=False)
        console.print(
            f"[dim]{procedure.key} · {procedure.code} · {procedure.edition} · {procedure.basis}[/]", highlight=False
        )
        table = Table(show_edge=False, pad_edge=False)
        for heading in ("环节 at", "步骤 step", "由 by", "到 to", "条件 provided", "随后 then"):
            table.add_column(heading, overflow="fold")
        for step in procedure.steps:
            joined = {Quorum.ALL: " 与 ", Quorum.ANY: " 或 ", Quorum.IN_ORDER: " → "}[step.by.quorum]
            table.add_row(
                step.at,
                f"{step.title} {step.name}",
                joined.join(step.by.roles),
                step.to,
                "\n".join(_named(check) for check in step.provided),
                "\n".join(_named(item) for item in (*step.changes, *step.then)),
            )
        console.print(table)
        console.print(diagram(procedure), style="dim", highlight=False)
