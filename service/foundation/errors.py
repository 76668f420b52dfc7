"""`DomainError`, the base class of all domain errors.

`routers/errors.py` converts them to HTTP responses.
"""

from enum import StrEnum
from typing import Any, ClassVar

from service.foundation.sentences import fill


class Kind(StrEnum):
    """The kind of an error. It decides the HTTP status."""

    MALFORMED = "malformed"
    """The request cannot be parsed, for example a broken cursor."""
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    """The caller may see the record but may not do this with it."""
    NOT_FOUND = "not_found"
    """The record does not exist, or the caller may not see it. Both give the same answer."""
    CONFLICT = "conflict"
    STALE = "stale"
    """The change was based on an older version."""
    PRECONDITION_MISSING = "precondition_missing"
    INVALID = "invalid"
    """The request is well-formed but breaks a rule."""
    TOO_MANY = "too_many"
    """The caller sends too many requests."""
    BUSY = "busy"


class DomainError(Exception):
    """An error for the caller: a stable code, a sentence in Chinese and English, and facts.

    The docstring of a subclass is its English sentence: what is wrong, then what to do. `zh` is the Chinese sentence.
    Both may use facts in braces: `zh = "走访已于 {checked_out_at} 结束。"`. Facts are values: enum members, timestamps,
    dates, or lists of them. An id may be a fact but is never part of a sentence.
    """

    kind: ClassVar[Kind]
    code: ClassVar[str]
    zh: ClassVar[str]
    en: ClassVar[str]
    """Taken from the docstring."""
    constraint: ClassVar[str | None] = None
    """The database constraint whose violation is reported as this error."""

    by_constraint: ClassVar[dict[str, type["DomainError"]]] = {}

    def __init_subclass__(cls) -> None:
        cls.en = " ".join((cls.__doc__ or "").split())
        if cls.constraint:
            DomainError.by_constraint[cls.constraint] = cls

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.code)

    def sentence(self, language: str) -> str:
        """Return the sentence in `en` or `zh-CN` (any other value), with the facts inserted."""
        return fill(self.en if language == "en" else self.zh, self.facts, language)


class CursorUnreadable(DomainError):
    """The position in the list cannot be read. Start again from the first page."""

    kind, code = Kind.MALFORMED, "cursor.unreadable"
    zh = "无法从这里继续读取列表。请回到列表第一页重新查看。"


class VersionMissing(DomainError):
    """The change does not name the version it is based on. Read the record first, then change it."""

    kind, code = Kind.PRECONDITION_MISSING, "version.missing"
    zh = "没有说明修改所依据的内容。请重新打开后再修改。"


class VersionUnreadable(DomainError):
    """The version that the change is based on cannot be read. Read the record again, then change it."""

    kind, code = Kind.MALFORMED, "version.unreadable"
    zh = "无法识别修改所依据的内容。请重新打开后再修改。"


class VersionStale(DomainError):
    """The record has changed; it is now version {current_version}. Read it again, then change it."""

    kind, code = Kind.STALE, "version.stale"
    zh = "内容刚刚被更新过（现在是第 {current_version} 版）。请查看新内容后再修改。"


class ContentDiffers(DomainError):
    """This was already sent with other content; the record is unchanged.
    To change it, open the record. For a new one, start again.
    """

    kind, code = Kind.CONFLICT, "id.content_differs"
    zh = "这一项先前已用其他内容提交过，原内容没有改动。如需修改，请打开原记录；如是新的一项，请重新填写提交。"


class NotFound(DomainError):
    """It does not exist, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "not_found"
    zh = "没有找到，或者您没有查看的权限。请返回列表核对。"
