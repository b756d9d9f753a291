"""What holders do with licences of every type (domain text, §4.8)."""

from __future__ import annotations

from signing_service.procedures.licence.annotate import annotate

LICENCE_PROCEDURES = (annotate,)
