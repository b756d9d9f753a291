"""Experts are parties of the review in which they sign; in one that is under way they conclude anew, and then sign."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0033"
branch_labels = None
depends_on = None

DOSSIER = sa.table("dossier", sa.column("number"), sa.column("stage"), sa.column("parties", sa.JSON))
PART = sa.table("part", sa.column("dossier"), sa.column("role"), sa.column("party"))
REVIEWER = sa.table(
    "reviewer", sa.column("dossier"), sa.column("discipline"), sa.column("expert"), sa.column("conclusion")
)
UNDER_WAY = ("accepted", "submitted")


def upgrade() -> None:
    connection = op.get_bind()
    wanted = (
        sa.select(REVIEWER.c.dossier, REVIEWER.c.expert, DOSSIER.c.parties)
        .join(DOSSIER, DOSSIER.c.number == REVIEWER.c.dossier)
        .where(DOSSIER.c.stage.in_(UNDER_WAY))
        .order_by(REVIEWER.c.dossier, REVIEWER.c.discipline)
    )
    experts: dict[str, list[str]] = {}
    parties: dict[str, dict[str, str]] = {}
    for dossier, expert, known in connection.execute(wanted):
        parties[dossier] = known
        if expert not in experts.setdefault(dossier, []):
            experts[dossier].append(expert)
    for dossier, named in experts.items():
        places = {f"review_expert_{place}": expert for place, expert in enumerate(named, 1)}
        after = {**parties[dossier], **places}
        connection.execute(sa.update(DOSSIER).where(DOSSIER.c.number == dossier).values(parties=after))
        rows = [{"dossier": dossier, "role": role, "party": party} for role, party in places.items()]
        connection.execute(sa.insert(PART), rows)
        connection.execute(sa.update(REVIEWER).where(REVIEWER.c.dossier == dossier).values(conclusion=None))


def downgrade() -> None:
    connection = op.get_bind()
    connection.execute(sa.delete(PART).where(PART.c.role.like("review_expert_%")))
    for number, parties in connection.execute(sa.select(DOSSIER.c.number, DOSSIER.c.parties)).all():
        kept = {role: party for role, party in parties.items() if not role.startswith("review_expert_")}
        if kept != parties:
            connection.execute(sa.update(DOSSIER).where(DOSSIER.c.number == number).values(parties=kept))
