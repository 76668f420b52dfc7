"""What the rest of the house must know of meeting rooms."""

import sqlalchemy as sa
from sqlmodel import col

from schemas.foundation.manifest import PurgeVerb
from service.foundation.manifest.manifest import Manifest
from service.foundation.manifest.records import YEAR, Basis, OpenReference, RetentionRule, TableRecord
from service.foundation.workdays import day_of
from service.ground.meeting_rooms.tables import MeetingRoom
from service.identity.access.permissions import Permission

MANIFEST = Manifest(
    records=(
        TableRecord(
            MeetingRoom,
            "走访点可供使用的会议室",
            "meeting rooms that visitors may use",
            Basis.NOTHING,
            retention=("meeting_room",),
            readers=(Permission.MEETING_ROOM_READ,),
        ),
    ),
    retention=(
        RetentionRule(
            "meeting_room",
            "meeting_room",
            PurgeVerb.REMOVED,
            "不再提供使用的会议室",
            "meeting rooms that visitors may no longer use",
            YEAR,
            "最后可使用之日起",
            "from the last day of use",
            "the worked example of CONTRIBUTING",
            sa.text(
                "DELETE FROM meeting_room WHERE id IN (SELECT id FROM meeting_room WHERE usable_until < :before"
                " ORDER BY id LIMIT :at_most FOR UPDATE SKIP LOCKED) RETURNING id"
            ),
        ),
    ),
    open_references=(
        OpenReference(
            MeetingRoom.organisation_id,
            "仍可使用的会议室",
            "meeting rooms still in use",
            lambda at: col(MeetingRoom.usable_until) >= day_of(at),
        ),
    ),
)
