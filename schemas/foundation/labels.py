"""Words with a Chinese label: what is stored and sent is the value, what people read in Chinese is `zh`."""

from enum import StrEnum
from typing import Self


class LabelledEnum(StrEnum):
    """An enum whose members carry their Chinese label: `BRANCH = "branch", "党支部"`."""

    zh: str

    def __new__(cls, value: str, zh: str = "") -> Self:
        # the default is for looking up by value, `Role("member")`; every member has a label, by test
        member = str.__new__(cls, value)
        member._value_ = value
        member.zh = zh
        return member


class Labelled(str):
    """A text with its Chinese label, where no enum knows every text: `Labelled("visit.owner_id × 2", "走访 × 2")`."""

    __slots__ = ("zh",)
    zh: str

    def __new__(cls, value: str, zh: str) -> Self:
        text = super().__new__(cls, value)
        text.zh = zh
        return text
