"""What people and enterprises sign with (domain text, §16, §17 rows 44 and 45)."""

from __future__ import annotations

from signing_service.procedures.account.esign import esign, esign_end
from signing_service.procedures.account.practising import practising
from signing_service.procedures.account.seal import ent_seal

ACCOUNT_PROCEDURES = (esign, esign_end, practising, ent_seal)
