"""Every version of the notices for consents: what, why, how long, and the effect (PIPL 14, 17, 30).

A changed notice is a new version after the older ones of its purpose. Consents on older versions are marked "to be
renewed", stay valid until `older_hold_until`, and then lapse. A version that only changes the wording sets a date in
the far future.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from schemas.identity.people import ConsentPurpose, ConsentState
from service.identity.people.errors import NoticeNotCurrent


@dataclass(frozen=True)
class Text:
    """One language of a notice."""

    what: str
    why: str
    how_long: str
    effect: str


@dataclass(frozen=True)
class Notice:
    """One version of the notice of a purpose. Once published it is never edited."""

    purpose: ConsentPurpose
    version: str
    from_day: date
    older_hold_until: date
    zh: Text
    en: Text


FIRST = date(2026, 11, 1)
FREE_ZH = "不同意不影响使用任何功能，也不影响任何评价；可随时撤回，撤回不影响此前已作的处理。"
FREE_EN = (
    "Refusing changes nothing in what you may use and in no judgement of you; you may withdraw at any time,"
    " which does not undo what was lawfully done before."
)

NOTICES: tuple[Notice, ...] = (
    Notice(
        ConsentPurpose.KEEP_POSITIONS,
        "2026-1",
        FIRST,
        FIRST,
        Text(
            "您走访签到时手机报出的精确位置（敏感个人信息：单独同意）。",
            "供您本人核对到场记录，并用于已同意者之间的行程速度核验和走访点围栏的校正。",
            "自签到登记起最多 90 天，到期自动删除。",
            "同意：位置保存上述期限。不同意或撤回：位置只用于当场核验，随即丢弃；撤回当日删除已保存的位置。" + FREE_ZH,
        ),
        Text(
            "The exact position your phone reports when you check in (sensitive: consented to on its own).",
            "So that you can check your record of presence, for the speed check among those who consented, and to"
            " correct the fences of places.",
            "At most 90 days from the entry of the check-in; then it is deleted.",
            "If you consent, it is kept that long. If not, or once you withdraw, a position is judged at once and"
            " dropped; kept ones are deleted the day you withdraw. " + FREE_EN,
        ),
    ),
)


def current(purpose: ConsentPurpose, notices: Sequence[Notice] = NOTICES) -> Notice:
    """The newest notice of a purpose."""
    return [notice for notice in notices if notice.purpose is purpose][-1]


def must_be_current(purpose: ConsentPurpose, version: str, notices: Sequence[Notice] = NOTICES) -> None:
    """Check that the version is the current one. Raises: NoticeNotCurrent."""
    newest = current(purpose, notices)
    if version != newest.version:
        raise NoticeNotCurrent(version=version, current_version=newest.version)


def state_of(
    purpose: ConsentPurpose, version: str, is_over: bool, notices: Sequence[Notice] = NOTICES
) -> tuple[ConsentState, date | None]:
    """State of a consent on that version, and its last valid day when it must be renewed."""
    newest = current(purpose, notices)
    if is_over:
        return ConsentState.ENDED, None
    if version == newest.version:
        return ConsentState.IN_FORCE, None
    return ConsentState.TO_BE_RENEWED, newest.older_hold_until
