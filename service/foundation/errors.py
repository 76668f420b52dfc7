"""The kinds of failure every domain derives from. They speak the domain; `routers/errors.py` speaks HTTP."""

from enum import StrEnum
from typing import Any, ClassVar

from service.foundation.speaking import spoken


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
    Both may name facts in braces: `zh = "走访已于 {checked_out_at} 结束。"`.
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
        """The sentence in `zh-CN` (default) or `en`, with the facts filled in; in Chinese as people say them."""
        return self.en.format(**self.facts) if language == "en" else self.zh.format(**spoken(self.code, self.facts))


class CursorUnreadable(DomainError):
    """The cursor cannot be read. Leave the cursor out and start from the beginning."""

    kind, code = Kind.MALFORMED, "cursor.unreadable"
    zh = "游标无法识别。请去掉 cursor 参数，从头读取。"


class VersionMissing(DomainError):
    """If-Match is missing. Read first, then send the ETag you based the change on."""

    kind, code = Kind.PRECONDITION_MISSING, "version.missing"
    zh = "缺少 If-Match。请先读取，再带上 ETag 提交修改。"


class VersionUnreadable(DomainError):
    """If-Match cannot be read; it takes the ETag you were given, such as "3"."""

    kind, code = Kind.MALFORMED, "version.unreadable"
    zh = 'If-Match 无法识别，应为读取时得到的 ETag，例如 "3"。'


class VersionStale(DomainError):
    """It has changed to version {current_version}. Read it again, then change it."""

    kind, code = Kind.STALE, "version.stale"
    zh = "内容已被更新到第 {current_version} 版。请重新读取后再修改。"


class ContentDiffers(DomainError):
    """The id {id} was used before with other content, which stays as it is. Use a new id."""

    kind, code = Kind.CONFLICT, "id.content_differs"
    zh = "编号 {id} 已用于不同的内容，原内容未改动。请换一个新编号。"


class NotFound(DomainError):
    """Not found."""

    kind, code = Kind.NOT_FOUND, "not_found"
    zh = "没有找到。"
