"""Writes the tables of procedures in both READMEs from the catalogue, so that they cannot drift apart.

python tools/procedures_table.py            says what differs
python tools/procedures_table.py --write    writes them
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from signing_service.domain.documents import SignatoryRole  # noqa: E402 - found only after the line above
from signing_service.procedures import CATALOGUE  # noqa: E402
from signing_service.storage.public_register import ROLES  # noqa: E402
from signing_service.workflows.procedure import Procedure, Step  # noqa: E402
from signing_service.workflows.review_experts import EXPERTS  # noqa: E402

READMES = {"README.md": "en", "README.zh-CN.md": "zh"}
BEGIN, END = "<!-- procedures: tools/procedures_table.py --write -->", "<!-- end of procedures -->"


def main_way(procedure: Procedure) -> list[Step]:
    """Each step once, in the order in which it is met; what goes back, ends otherwise or is nobody's to wait for left out."""
    seen: dict[str, Step] = {}
    for step in procedure.steps:
        forward = not (step.reason_required or step.optional or step.form_goes_back)
        if forward and SignatoryRole.PLATFORM not in step.by:
            seen.setdefault(step.name, step)
    return list(seen.values())


def row(procedure: Procedure, lang: str) -> str:
    title = procedure.title if lang == "zh" else f"{procedure.title} · {procedure.title_en}"
    steps = [_step(procedure, step, lang) for step in main_way(procedure)]
    return f"| `{procedure.key}` | {title} | {('、' if lang == 'zh' else ', ').join(steps)} |"


def _step(procedure: Procedure, step: Step, lang: str) -> str:
    name = step.title if lang == "zh" else step.name
    others = [role for role in step.by.roles if role not in (*procedure.beginners, SignatoryRole.AUTHORITY)]
    if not others:
        return name
    if set(EXPERTS) <= set(others):  # as many as there are disciplines
        others = [SignatoryRole.REVIEW_EXPERT, *(role for role in others if role not in EXPERTS)]
    who = ("、" if lang == "zh" else ", ").join(
        ROLES[role].zh if lang == "zh" else ROLES[role].en.lower() for role in others
    )
    return f"{name}（{who}）" if lang == "zh" else f"{name} ({who})"


def table(lang: str) -> str:
    head = "| 事项 | | 步骤 |" if lang == "zh" else "| procedure | | steps |"
    return "\n".join([BEGIN, "", head, "|---|---|---|", *(row(one, lang) for one in CATALOGUE), "", END])


def written(text: str, lang: str) -> str:
    """The README with the table as it should be."""
    return re.sub(rf"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: table(lang), text, flags=re.DOTALL)


def main() -> None:
    differs = False
    for name, lang in READMES.items():
        path = ROOT / name
        before = path.read_text(encoding="utf-8")
        after = written(before, lang)
        if "--write" in sys.argv[1:]:
            path.write_text(after, encoding="utf-8")
        elif before != after:
            differs = True
            sys.stdout.write(f"{name}: python tools/procedures_table.py --write\n")
    sys.exit(differs)


if __name__ == "__main__":
    main()
