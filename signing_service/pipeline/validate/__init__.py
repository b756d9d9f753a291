"""验签: what a file's signatures say, told as one verdict.

``validate`` looks at bytes and at nothing else: it fetches nothing, asks no clock and no store, and whatever the
file does to a parser becomes a report. A file from outside is given to ``pipeline.isolation.validate_isolated``,
which runs this in a process that can be ended.
"""

from signing_service.pipeline.validate.limits import Limits
from signing_service.pipeline.validate.sentences import SENTENCES, Reason
from signing_service.pipeline.validate.verdict import Outlook, foresee, given_up, refusal, validate, with_register

__all__ = ["SENTENCES", "Limits", "Outlook", "Reason", "foresee", "given_up", "refusal", "validate", "with_register"]
