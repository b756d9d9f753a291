"""How what a step owes is done, for one dossier and for many side by side.

    performer   takes runs of effects, does them round by round, reports what has to wait
    piece       what is in the works of one dossier, and how many are written in one transaction
    drawing     number, codes, preflight, page, QR, signature fields
    making_keys keys for who applied for one, certs taken back
    sealing     policy, intent, key, time stamp, long-term evidence
    outside     a seal made with a key in the party's own hands
    proving     our own output validated, and archived
    saving      the results, and the mark that they are there

Everything can be killed at any line and run again: what was decided by chance or clock is stored before it is used,
what is made is named by its hash, and a result and the mark "done" are one transaction.
"""

from __future__ import annotations

from signing_service.workflows.perform.performer import PERFORMERS, WorkshopPerformer

__all__ = ["PERFORMERS", "WorkshopPerformer"]
