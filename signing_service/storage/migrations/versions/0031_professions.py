"""A practising seal says of which profession it is; those engraved before are of second-class constructors."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

SEAL = sa.table(
    "seal",
    sa.column("seal_id", sa.String),
    sa.column("version", sa.Integer),
    sa.column("kind", sa.String),
    sa.column("artwork", sa.JSON),
)


def upgrade() -> None:
    _rename("constructor", "practising", {"profession": "constructor_2"})


def downgrade() -> None:
    _rename("practising", "constructor", {})


def _rename(before: str, after: str, more: dict[str, Any]) -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(SEAL).where(SEAL.c.kind == before)).all():
        artwork = {name: value for name, value in row.artwork.items() if name != "profession"}
        connection.execute(
            sa.update(SEAL)
            .where(SEAL.c.seal_id == row.seal_id, SEAL.c.version == row.version)
            .values(kind=after, artwork={**artwork, "kind": after, **more})
        )
