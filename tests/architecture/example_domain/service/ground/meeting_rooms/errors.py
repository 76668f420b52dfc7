"""Failures of meeting rooms."""

from service.foundation.errors import DomainError, Kind


class MeetingRoomNameTaken(DomainError):
    """This place already has a room with this name. Choose another name."""

    kind, code, constraint = Kind.CONFLICT, "meeting_room.name_taken", "uq_meeting_room_place_id_name"
    zh = "该走访点已有同名会议室。请换一个名称。"


class PlaceOfAnotherOrganisation(DomainError):
    """The place belongs to another organisation. Check the place or the organisation."""

    kind, code = Kind.INVALID, "meeting_room.place_of_another_organisation"
    zh = "该走访点不属于所填单位。请核对走访点或单位。"
