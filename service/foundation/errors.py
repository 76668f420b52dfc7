"""The kinds of failure every domain derives from. They speak the domain; `routers/errors.py` speaks HTTP."""

from enum import StrEnum
from typing import Any, ClassVar

from service.foundation.sentences import fill


class Kind(StrEnum):
    """What sort of failure it is; the HTTP status follows from it."""

    MALFORMED = "malformed"
    """The request cannot be read at all: a garbage cursor."""
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    """The caller may see the thing but not do this to it."""
    NOT_FOUND = "not_found"
    """There is none, or the caller may not see it; both look the same."""
    CONFLICT = "conflict"
    STALE = "stale"
    """The change was based on an older version."""
    PRECONDITION_MISSING = "precondition_missing"
    INVALID = "invalid"
    """Well-formed, but against a rule."""
    TOO_MANY = "too_many"
    """The caller asks too often."""
    BUSY = "busy"


class DomainError(Exception):
    """A failure the caller should understand: a stable code, a sentence in two languages, and facts.

    The docstring of a subclass is its English sentence: what is wrong, then what to do. `zh` is the Chinese one.
    Both may name facts in braces: `zh = "走访已于 {checked_out_at} 结束。"`. Facts are values: members of enums,
    timestamps, dates, and lists of them stay what they are; ids stand in the facts and in no sentence.
    """

    kind: ClassVar[Kind]
    code: ClassVar[str]
    zh: ClassVar[str]
    en: ClassVar[str]
    """Taken from the docstring."""
    constraint: ClassVar[str | None] = None
    """The name of the database constraint whose refusal means this failure."""

    by_constraint: ClassVar[dict[str, type["DomainError"]]] = {}

    def __init_subclass__(cls) -> None:
        cls.en = " ".join((cls.__doc__ or "").split())
        if cls.constraint:
            DomainError.by_constraint[cls.constraint] = cls

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.code)

    def sentence(self, language: str) -> str:
        """The sentence in `zh-CN` (default) or `en`, with the facts filled in."""
        return fill(self.en if language == "en" else self.zh, self.facts, language)


class CursorUnreadable(DomainError):
    """The place to go on from in the list cannot be read. Start again from the first page."""

    kind, code = Kind.MALFORMED, "cursor.unreadable"
    zh = "无法从这里继续读取列表。请回到列表第一页重新查看。"


class VersionMissing(DomainError):
    """The change does not say what it is based on. Read the record first, then change it."""

    kind, code = Kind.PRECONDITION_MISSING, "version.missing"
    zh = "没有说明修改所依据的内容。请重新打开后再修改。"


class VersionUnreadable(DomainError):
    """What the change is based on cannot be read. Read the record again, then change it."""

    kind, code = Kind.MALFORMED, "version.unreadable"
    zh = "无法识别修改所依据的内容。请重新打开后再修改。"


class VersionStale(DomainError):
    """The record was changed meanwhile; it is now version {current_version}. Read it again, then change it."""

    kind, code = Kind.STALE, "version.stale"
    zh = "内容刚刚被更新过（现在是第 {current_version} 版）。请查看新内容后再修改。"


class ContentDiffers(DomainError):
    """This was sent before with other content, which was not changed. To change it, open the record; for something new,
    start a new one.
    """

    kind, code = Kind.CONFLICT, "id.content_differs"
    zh = "这一项先前已用其他内容提交过，原内容没有改动。如需修改，请打开原记录；如是新的一项，请重新填写提交。"


class NotFound(DomainError):
    """It does not exist, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "not_found"
    zh = "没有找到，或者您没有查看的权限。请返回列表核对。"
