"""Insert facts into error sentences: labels and Beijing time in Chinese, values in English."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

from service.foundation.workdays import BEIJING


def fill(template: str, facts: Mapping[str, Any], language: str) -> str:
    """Return the sentence with the facts inserted.

    Facts are enum members, labelled texts, timestamps, dates, or lists of them. In `zh-CN` an enum member becomes its
    label `zh`, a list is joined with 、, a timestamp is in Beijing time. In `en` an enum member becomes its value, a
    list is joined with commas, a timestamp is ISO 8601.
    """
    convert = _english if language == "en" else _chinese
    return template.format(**{name: convert(value) for name, value in facts.items()})


def plain_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts as JSON values: enum members as their value, dates and timestamps as ISO 8601."""
    return {name: _plain(value) for name, value in facts.items()}


def chinese_facts(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the Chinese text of the facts whose text differs from their value (labels, lists, dates)."""
    texts = {name: _chinese(value) for name, value in facts.items()}
    return {name: str(text) for name, text in texts.items() if text is not facts[name]}


def chinese_timestamp(at: datetime) -> str:
    """Format a timestamp in Beijing time: 2026年11月26日 06:13."""
    beijing = at.astimezone(BEIJING)
    return f"{chinese_date(beijing)} {beijing:%H:%M}"


def chinese_date(day: date) -> str:
    """Format a date: 2026年11月26日."""
    return f"{day.year}年{day.month}月{day.day}日"


def _chinese(value: Any) -> Any:
    match value:
        case list():
            return "、".join(str(_chinese(item)) for item in value)
        case datetime():
            return chinese_timestamp(value)
        case date():
            return chinese_date(value)
    return getattr(value, "zh", value)


def _english(value: Any) -> Any:
    match value:
        case list():
            return ", ".join(str(_english(item)) for item in value)
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        case date():
            return value.isoformat()
        case Enum():
            return _words(str(value.value))
    return getattr(value, "en", value)


def _words(code: str) -> str:
    """A permission as English words: `problem:set_up` is "set up problem"; any other value as it is."""
    noun, _, verb = code.rpartition(":")
    return f"{verb} {noun}".replace("_", " ") if noun else code


def _plain(value: Any) -> Any:
    match value:
        case list():
            return [_plain(item) for item in value]
        case str():
            return value.value if isinstance(value, Enum) else str(value)
        case date():
            return value.isoformat()
    return value
