"""How the facts of a failure are said in a Chinese sentence: words by their names, moments in Beijing's time."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from service.foundation.words import SPOKEN
from service.foundation.workdays import BEIJING

TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})")
MARKS = str.maketrans({"[": "（", "]": "）", ";": "；"})


def spoken(code: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a failure as a Chinese sentence says them."""
    known = SPOKEN.get(code, {})
    return {name: _said(value, known.get(name)) for name, value in facts.items()}


def moment(at: datetime) -> str:
    """A moment as people write it, in Beijing: 2026年11月26日 06:13."""
    here = at.astimezone(BEIJING)
    return f"{here.year}年{here.month}月{here.day}日 {here:%H:%M}"


def _said(value: Any, words: Mapping[str, str] | None) -> Any:
    if not isinstance(value, str):
        return value
    if TIMESTAMP.fullmatch(value):
        return moment(datetime.fromisoformat(value))
    return _translated(value, words) if words else value


def _translated(value: str, words: Mapping[str, str]) -> str:
    longest_first = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    told = re.sub(rf"(?<![\w.:])({longest_first})(?![\w.:])", lambda hit: words[hit[0]], value)
    return told.translate(MARKS).replace(", ", "、").replace("； ", "；")
