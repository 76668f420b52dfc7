"""Errors of closing an organisation."""

from collections.abc import Mapping

from schemas.foundation.labels import Labelled
from service.foundation.errors import DomainError, Kind
from service.foundation.manifest.records import OpenReference


class OrganisationHasOpenReferences(DomainError):
    """The organisation has open references: {open_references}. Move, end or finish them, then close it."""

    kind, code = Kind.CONFLICT, "organisation.has_open_references"
    zh = "该组织还有未了结的事项：{open_references}。请先移走、结束或办结，再行撤销。"

    def __init__(self, counts: Mapping[str, int], references: Mapping[str, OpenReference]) -> None:
        labels = (
            Labelled(f"{name} × {number}", f"{references[name].zh} × {number}", f"{references[name].en} × {number}")
            for name, number in counts.items()
        )
        super().__init__(open_references=list(labels))


class SuccessorDoesNotFit(DomainError):
    """The successor must be a different organisation of the same tree and kind. Choose another one."""

    kind, code = Kind.INVALID, "organisation.successor_does_not_fit"
    zh = "承接组织应是同一棵树、同一类型的另一个组织。请另选承接组织。"
