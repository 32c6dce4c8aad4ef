"""One Faust app for one role, with the settings that keep its promises; measured on a real Kafka."""

import ssl
from pathlib import Path
from typing import Any

import faust
from faust.auth import SASLCredentials, SSLCredentials
from faust.types import TP

from streams.runtime.consumer import Consumer
from streams.runtime.positions import Place
from streams.settings import Settings
from streams.topics import MAX_MESSAGE_BYTES


def make_app(role: str, settings: Settings, scratch: Path) -> faust.App:
    """Faust app of a role; its consumer group is the prefix and the role's name.

    ``scratch`` is a directory of this process alone.

    Raises
    ------
    RuntimeError
        If Faust's compiled parts are missing: without them messages of an old generation are acknowledged.
    """
    _require_compiled_parts()
    session = settings.session_timeout_s
    app = faust.App(
        f"{settings.prefix}callsieve-{role}",
        broker=settings.broker,
        broker_credentials=_credentials(settings),
        store="memory://",
        datadir=str(scratch / role),  # Faust wants one; there are no tables
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,  # topics are made by 'callsieve topics create' alone
        stream_wait_empty=False,  # a revoked stream's inputs are read again; waiting would hold the rebalance
        stream_recovery_delay=0.0,
        stream_buffer_maxsize=256,
        table_standby_replicas=0,  # without tables: the round-robin assignor, which spreads partitions evenly
        broker_session_timeout=session,
        broker_heartbeat_interval=min(0.3, session / 10),
        broker_request_timeout=max(10.0, session + 1),
        broker_rebalance_timeout=10.0,
        broker_commit_interval=0.5,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=4 << 20,
        producer_acks=-1,
        producer_linger=0.01,
        producer_max_batch_size=1 << 20,
        producer_max_request_size=MAX_MESSAGE_BYTES,
        worker_redirect_stdouts=False,
    )
    app.transport.Consumer = Consumer  # type: ignore[misc]
    return app


def assigned(app: faust.App) -> list[Place]:
    """Partitions that an app's consumer has; none before it has begun."""
    try:
        return [(tp.topic, tp.partition) for tp in app.consumer.assignment()]
    except Exception:  # not started yet, or just ended: Faust raises several types
        return []


def committed(app: faust.App, place: Place) -> int | None:
    """Offset that an app's group has committed in a partition of its own; None where it has none."""
    consumer: Any = app.consumer  # Faust has no public name for it
    offset: int | None = consumer._committed_offset.get(TP(*place))
    return offset


def _require_compiled_parts() -> None:
    try:
        import faust._cython.streams
        import faust._cython.windows  # noqa: F401
    except ImportError as error:
        raise RuntimeError("Faust's compiled parts are missing: install the faust-streaming wheel") from error


def _credentials(settings: Settings) -> Any:
    if not settings.security_protocol:
        return None
    context = ssl.create_default_context(cafile=settings.ssl_ca_file or None)
    if settings.security_protocol == "SSL":
        return SSLCredentials(context)
    return SASLCredentials(
        mechanism=settings.sasl_mechanism,
        username=settings.sasl_username,
        password=settings.sasl_password.get_secret_value(),
        ssl_context=context if settings.security_protocol == "SASL_SSL" else None,
    )
