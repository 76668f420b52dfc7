"""Failures of people."""

from service.core.errors import DomainError, Kind


class PersonNotFound(DomainError):
    """There is no such person, or none in reach."""

    kind, code = Kind.NOT_FOUND, "person.not_found"
    zh = "没有找到人员 {person_id}。"
    en = "There is no person {person_id}."
