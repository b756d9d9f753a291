"""Todos, timers, parts, employments: what procedures and the people in them need."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dossier", sa.Column("draft", sa.JSON(), nullable=True))
    op.create_table(
        "part",
        sa.Column("dossier", sa.String(18), nullable=False),
        sa.Column("role", sa.String(30), nullable=False),
        sa.Column("party", sa.String(18), nullable=False),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.number"], name="fk_part_dossier_dossier"),
        sa.PrimaryKeyConstraint("dossier", "role", name="pk_part"),
    )
    op.create_index("ix_part_party_dossier", "part", ["party", "dossier"])
    _take_over_parts()
    op.create_table(
        "todo",
        sa.Column("dossier", sa.String(18), nullable=False),
        sa.Column("role", sa.String(30), nullable=False),
        sa.Column("party", sa.String(18), nullable=False),
        sa.Column("procedure", sa.String(60), nullable=False),
        sa.Column("region", sa.String(6), nullable=False),
        sa.Column("level", sa.String(10)),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("since", sa.String(32), nullable=False),
        sa.Column("due_on", sa.String(10)),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.number"], name="fk_todo_dossier_dossier"),
        sa.PrimaryKeyConstraint("dossier", "role", name="pk_todo"),
    )
    op.create_index("ix_todo_party_due_on", "todo", ["party", "due_on"])
    op.create_index("ix_todo_level_region", "todo", ["level", "region"])
    op.create_table(
        "timer",
        sa.Column("dossier", sa.String(18), nullable=False),
        sa.Column("deadline", sa.String(30), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.String(32), nullable=False),
        sa.Column("fired_at", sa.String(32)),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.number"], name="fk_timer_dossier_dossier"),
        sa.PrimaryKeyConstraint("dossier", "deadline", "position", name="pk_timer"),
    )
    op.create_index("ix_timer_fired_at_due_at", "timer", ["fired_at", "due_at"])
    op.create_table(
        "employment",
        sa.Column("employment_id", sa.String(36), nullable=False),
        sa.Column("person", sa.String(18), nullable=False),
        sa.Column("enterprise", sa.String(18), nullable=False),
        sa.Column("post", sa.String(80), nullable=False),
        sa.Column("contract", sa.String(10), nullable=False),
        sa.Column("begins", sa.String(10), nullable=False),
        sa.Column("until", sa.String(10)),
        sa.Column("dossier", sa.String(18)),
        sa.Column("ended_on", sa.String(10)),
        sa.Column("end", sa.String(12)),
        sa.ForeignKeyConstraint(["person"], ["party.number"], name="fk_employment_person_party"),
        sa.ForeignKeyConstraint(["enterprise"], ["party.number"], name="fk_employment_enterprise_party"),
        sa.PrimaryKeyConstraint("employment_id", name="pk_employment"),
    )
    op.create_index(
        "ix_employment_active",
        "employment",
        ["person"],
        unique=True,
        sqlite_where=sa.text("ended_on IS NULL"),
        postgresql_where=sa.text("ended_on IS NULL"),
    )
    op.create_index("ix_employment_enterprise", "employment", ["enterprise"])
    op.create_table(
        "project_lock",
        sa.Column("person", sa.String(18), nullable=False),
        sa.Column("project", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("since", sa.String(10), nullable=False),
        sa.Column("until", sa.String(10)),
        sa.ForeignKeyConstraint(["person"], ["party.number"], name="fk_project_lock_person_party"),
        sa.PrimaryKeyConstraint("person", "project", name="pk_project_lock"),
    )


def _take_over_parts() -> None:
    """Of the dossiers that are there."""
    dossier = sa.table("dossier", sa.column("number", sa.String), sa.column("parties", sa.JSON))
    part = sa.table("part", sa.column("dossier"), sa.column("role"), sa.column("party"))
    rows = [
        {"dossier": number, "role": role, "party": party}
        for number, parties in op.get_bind().execute(sa.select(dossier.c.number, dossier.c.parties))
        for role, party in parties.items()
    ]
    if rows:
        op.bulk_insert(part, rows)


def downgrade() -> None:
    for table in ("project_lock", "employment", "timer", "todo", "part"):
        op.drop_table(table)
    op.drop_column("dossier", "draft")
