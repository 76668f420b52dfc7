"""The words of the inventory: what sort of data a column holds, on which ground, and one table's entry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum

from service.identity.access.permissions import Permission


class Kind(StrEnum):
    """What a column holds."""

    NONE = "none"
    """Nothing on a person: ids of things, states, counts, moments."""
    PERSONAL = "personal"
    """On an identified person: an id, a name, what he or she wrote or is told in."""
    SENSITIVE = "sensitive"
    """PIPL 28: an exact position; Party membership is treated likewise (DOMAIN §7.1)."""
    FREE_TEXT = "free_text"
    """Written freely; it should hold nothing on a person, and may."""
    CONTACT = "contact"
    """A resident's contact, always encrypted."""
    SECRET = "secret"  # noqa: S105 - a class of data, not a secret
    """A hash, a digest or an encrypted secret of the system."""


KINDS_ZH = {
    Kind.NONE: "非个人信息",
    Kind.PERSONAL: "个人信息",
    Kind.SENSITIVE: "敏感个人信息",
    Kind.FREE_TEXT: "自由文字（可能含个人信息）",
    Kind.CONTACT: "群众联系方式（加密）",
    Kind.SECRET: "摘要或密钥",
}


class Basis(Enum):
    """On which ground it is processed (PIPL 13)."""

    DUTY = ("履行法定职责所必需（个人信息保护法第十三条第三项、第三十四条）", "statutory duty (PIPL 13(3), 34)")
    CONSENT = (
        "本人单独同意，可随时撤回（第十三条第一项、第二十九条）",
        "separate consent, withdrawable (PIPL 13(1), 29)",
    )
    SECURITY = ("网络安全保护义务（网络安全法，不少于六个月）", "security of the network (Cybersecurity Law)")
    NOTHING = ("不含个人信息", "no personal information")

    @property
    def zh(self) -> str:
        return self.value[0]

    @property
    def en(self) -> str:
        return self.value[1]


@dataclass(frozen=True)
class Held:
    """One table: what for, on which ground, how long, who reads it, and how a person is found in it.

    `columns` classifies what the type alone does not; `own` names the columns by which a person's rows are given to
    that person; `others` the columns that name a person and give no right to the row, each with its reason;
    `hidden` the columns left out of that.
    """

    zh: str
    en: str
    basis: Basis
    rules: tuple[str, ...] = ()
    """Words of the lines in `retention.py`; empty: as `kept` says."""
    kept: str = "与所记录的事项同存，无固定期限"
    readers: tuple[Permission, ...] = ()
    columns: Mapping[str, Kind] = field(default_factory=dict)
    own: tuple[str, ...] = ()
    others: Mapping[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    elsewhere: str | None = None
    """Why a person's rows cannot be given out, and whom to ask."""
