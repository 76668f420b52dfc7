"""Structured logs: one JSON object per line.

Names, phones, secrets, positions and quoted values are masked.
"""

import logging
import re
import sys
from functools import lru_cache
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
"""PostgreSQL quotes the refused row here, over several lines if a value has line breaks."""
QUOTED_VALUE = re.compile(r"(?<=input_value=).*?(?=, input_type=)|(invalid input [^:\n]*: )\".*?\"(?=\n|$)", re.S)
"""Pydantic and PostgreSQL quote the refused value here."""
MAY_HOLD = re.compile(r"(?i:bearer|eyj|whsec_)|/p/|://|DETAIL:|CONTEXT:|input_value=|invalid input |\d{11}")
"""A quick test: it matches every text that one of the patterns above matches, and few others."""
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


def mask(value: Any, key: str = "") -> Any:
    """Return the value masked: completely if its key says so, else the secret and personal parts."""
    if _is_masked_key(key):
        return MASK
    if isinstance(value, str):
        return _masked_within(value) if MAY_HOLD.search(value) else value
    if isinstance(value, dict):
        return {name: mask(item, str(name)) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [mask(item) for item in value]
    return value


@lru_cache(maxsize=1024)
def _is_masked_key(key: str) -> bool:
    return MASKED_KEYS.search(key.lower()) is not None


def _masked_within(text: str) -> str:
    for pattern, instead in WITHIN:
        text = pattern.sub(instead, text)
    return text


def _mask(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {key: mask(value, key) for key, value in event.items()}


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    _mask,
]
RENDERER = structlog.processors.JSONRenderer(ensure_ascii=False)
PROCESSORS: list[Any] = [*SHARED, RENDERER]
"""One list for the whole process: a logger keeps the list it was created with."""


class Output:
    """The stream for all log lines, those of the project and those of libraries."""

    stream: Any = sys.stderr

    def write(self, text: str) -> None:
        self.stream.write(text)

    def flush(self) -> None:
        self.stream.flush()


OUTPUT: Any = Output()


def configure_logs(*, stream: Any = None) -> None:
    """Write the logs of the project and of libraries to standard error as masked JSON lines.

    The logs of the project bypass the logging module of the standard library, which would double the cost per request.
    """
    OUTPUT.stream = stream or sys.stderr
    structlog.configure(
        processors=PROCESSORS,
        logger_factory=structlog.WriteLoggerFactory(OUTPUT),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(OUTPUT)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, RENDERER],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for quiet in ("uvicorn.access", "httpx", "procrastinate"):
        logging.getLogger(quiet).setLevel(logging.WARNING)


logger = structlog.get_logger("grassroots")
