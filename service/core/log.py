"""Structured logs: one JSON object a line, with names, phones, secrets, positions and quoted values masked."""

import logging
import re
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

MASKED_KEYS = re.compile(
    r"password|secret|token|authorization|cookie|phone|contact|longitude|latitude|^name$|_name$|text|summary|signature"
)
PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d{9}(?!\d)")
IDENTITY_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
BEARER = re.compile(r"(?i)\bbearer\s+\S+|\beyJ[\w-]+\.[\w-]+\.[\w-]+|\bwhsec_\S+")
LINK = re.compile(r"(?<=/p/)[\w-]{8,}")
URL_PASSWORD = re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]+@")
DATABASE_DETAIL = re.compile(r"\b(?:DETAIL|CONTEXT):.*?(?=\n\[SQL:|\n\(Background|\n\n|\Z)", re.S)
"""Where PostgreSQL quotes the row it refuses, over several lines if the row has them."""
QUOTED_VALUE = re.compile(r"(?<=input_value=).*?(?=, input_type=)|(invalid input [^:\n]*: )\".*?\"(?=\n|$)", re.S)
"""Where pydantic and PostgreSQL quote the value they refuse."""
MASK = "***"
WITHIN: tuple[tuple[re.Pattern[str], str], ...] = (
    (DATABASE_DETAIL, MASK),
    (QUOTED_VALUE, rf"\g<1>{MASK}"),
    (URL_PASSWORD, rf"\g<1>:{MASK}@"),
    (LINK, MASK),
    (BEARER, MASK),
    (IDENTITY_NUMBER, MASK),
    (PHONE, MASK),
)


def masked(value: Any, key: str = "") -> Any:
    """The value as a log may show it: masked whole by its key, or what is secret or personal within."""
    if MASKED_KEYS.search(key.lower()):
        return MASK
    if isinstance(value, str):
        for pattern, instead in WITHIN:
            value = pattern.sub(instead, value)
        return value
    if isinstance(value, dict):
        return {name: masked(item, str(name)) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    return value


def _mask(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {key: masked(value, key) for key, value in event.items()}


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    _mask,
]
PROCESSORS: list[Any] = [*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter]
"""One list for the life of the process: a logger remembers the list it began with."""


def configure_logs(*, stream: Any = None) -> None:
    """Send our own and the libraries' logs to standard error, as JSON lines, masked."""
    structlog.configure(
        processors=PROCESSORS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for quiet in ("uvicorn.access", "httpx", "procrastinate"):
        logging.getLogger(quiet).setLevel(logging.WARNING)


logger = structlog.get_logger("grassroots")
