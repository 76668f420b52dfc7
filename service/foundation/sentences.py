"""Sentences for people: the facts of a failure filled in, in Chinese by their labels and in Beijing time."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

from service.foundation.workdays import BEIJING


def fill(template: str, facts: Mapping[str, Any], language: str) -> str:
    """The sentence with its facts: enum members, labelled texts, timestamps, dates, and lists of them.

    In `zh-CN` a member is its `zh`, a list is joined with 、 and a timestamp is Beijing's; in `en` a member is its
    value, a list is joined with commas and a timestamp is as it is sent.
    """
    said = _english if language == "en" else _chinese
    return template.format(**{name: said(value) for name, value in facts.items()})


def chinese_timestamp(at: datetime) -> str:
    """A timestamp as people write it, in Beijing: 2026年11月26日 06:13."""
    here = at.astimezone(BEIJING)
    return f"{chinese_date(here)} {here:%H:%M}"


def chinese_date(day: date) -> str:
    """A date as people write it: 2026年11月26日."""
    return f"{day.year}年{day.month}月{day.day}日"


def _chinese(value: Any) -> Any:
    match value:
        case list():
            return "、".join(str(_chinese(one)) for one in value)
        case datetime():
            return chinese_timestamp(value)
        case date():
            return chinese_date(value)
    return getattr(value, "zh", value)


def _english(value: Any) -> Any:
    match value:
        case list():
            return ", ".join(str(_english(one)) for one in value)
        case date():
            return value.isoformat()
        case Enum():
            return value.value
    return value
