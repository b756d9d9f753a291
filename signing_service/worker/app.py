"""How workers are woken up: Celery over a broker that may forget everything, because the outbox forgets nothing.

``memory://`` wakes the worker inside the serving process; a real broker (``redis://…``) wakes prefork workers, one a
core, on as many servers as there are.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from celery import Celery

from signing_service.settings import Settings

LONGEST_TASK = timedelta(minutes=30)
"""After this a real broker delivers an unacknowledged message again; a second delivery finds nothing to do."""


def make_celery(settings: Settings) -> Celery:
    """The Celery application for ``settings.broker_url``. Its messages carry dossier numbers and nothing else."""
    embedded = is_embedded(settings)
    celery = Celery("signing_service", broker=settings.broker_url, set_as_current=False)
    celery.conf.update(
        # two embedded workers in one process share memory://, so each listens on a queue of its own
        task_default_queue=f"signing-{uuid4().hex}" if embedded else "signing",
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        # the dispatcher tries again itself, and gives its claim back meanwhile
        task_publish_retry=False,
        worker_prefetch_multiplier=1,
        worker_pool="threads" if embedded else "prefork",
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options=_transport_options(settings.broker_url),
    )
    return celery


def is_embedded(settings: Settings) -> bool:
    """Whether the serving process is its own and only worker."""
    return settings.broker_url.startswith("memory:")


def _transport_options(broker_url: str) -> dict[str, object]:
    """Numbers that were measured: with kombu's own, memory:// idles a second between messages and Redis gives the
    message of a killed worker back only after an hour.
    """
    if broker_url.startswith("memory:"):
        return {"polling_interval": 0.02}
    if broker_url.startswith(("redis:", "rediss:", "valkey:", "sentinel:")):
        return {
            "visibility_timeout": LONGEST_TASK.total_seconds(),
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_connect_timeout": 3,
            "socket_keepalive": True,
        }
    return {}
