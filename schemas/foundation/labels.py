"""Values with a Chinese label: the value is stored and sent; `zh` is shown to people."""

from enum import StrEnum
from typing import Self


class LabelledEnum(StrEnum):
    """An enum whose members have a Chinese label: `BRANCH = "branch", "党支部"`."""

    zh: str

    def __new__(cls, value: str, zh: str = "") -> Self:
        # the default is for lookup by value, `Role("member")`; a test checks that every member has a label
        member = str.__new__(cls, value)
        member._value_ = value
        member.zh = zh
        return member


class Labelled(str):
    """A text with a Chinese label, where no enum is possible: `Labelled("visit.owner_id", "走访")`."""

    __slots__ = ("en", "zh")
    zh: str
    en: str

    def __new__(cls, value: str, zh: str, en: str | None = None) -> Self:
        text = super().__new__(cls, value)
        text.zh, text.en = zh, value if en is None else en
        return text
