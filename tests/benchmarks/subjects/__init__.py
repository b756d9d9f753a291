"""Everything that is measured, in the order in which it is told."""

from __future__ import annotations

from tests.benchmarks.run import Subject
from tests.benchmarks.subjects import forms, issuing, looking_up, making, sealing, standing, validating

SUBJECTS: tuple[Subject, ...] = (
    making.SUBJECT,
    sealing.SUBJECT,
    forms.SUBJECT,
    validating.SUBJECT,
    issuing.SUBJECT,
    looking_up.SUBJECT,
    standing.SUBJECT,
)
