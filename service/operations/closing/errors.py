"""Failures of closing an organisation."""

from collections.abc import Mapping

from service.foundation.errors import DomainError, Kind
from service.foundation.manifest.records import OpenReference


class StillHanging(DomainError):
    """There is still something open: {hanging}. Move it, end it or finish it before closing the organisation."""

    kind, code = Kind.CONFLICT, "organisation.still_hanging"
    zh = "该组织还有未了结的事项：{hanging}。请先移走、结束或办结，再行撤销。"

    _zh = _en = ""

    def __init__(self, counts: Mapping[str, int], references: Mapping[str, OpenReference]) -> None:
        super().__init__(hanging=dict(counts))
        self._zh = "、".join(f"{references[name].zh} {number}" for name, number in counts.items())
        self._en = ", ".join(f"{number} {references[name].en}" for name, number in counts.items())

    def sentence(self, language: str) -> str:
        return self.en.format(hanging=self._en) if language == "en" else self.zh.format(hanging=self._zh)


class SuccessorDoesNotFit(DomainError):
    """The successor is another organisation of the same tree and kind."""

    kind, code = Kind.INVALID, "organisation.successor_does_not_fit"
    zh = "承接组织应是同一棵树、同一类型的另一个组织。"
