"""比对: what was changed in a file after it was sealed, against the last version in it whose seals hold.

``compare`` opens and draws a stranger's file and is called in a process that can be ended only; everybody else calls
``compare_isolated``.
"""

from signing_service.pipeline.compare.isolated import compare_isolated
from signing_service.pipeline.compare.limits import CompareLimits

__all__ = ["CompareLimits", "compare_isolated"]
