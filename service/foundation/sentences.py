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


def plain_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as JSON keeps them: values of members, dates as ISO 8601, lists of them."""
    return {name: _plain(value) for name, value in facts.items()}


def chinese_facts(facts: Mapping[str, Any]) -> dict[str, str]:
    """What a Chinese sentence says of the facts that it does not show as they are kept: by label, joined, dated."""
    said = {name: _chinese(value) for name, value in facts.items()}
    return {name: str(text) for name, text in said.items() if text is not facts[name]}


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


def _plain(value: Any) -> Any:
    match value:
        case list():
            return [_plain(one) for one in value]
        case str():
            return value.value if isinstance(value, Enum) else str(value)
    return _english(value)
