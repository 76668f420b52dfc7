"""Manifest of places: records, paths, inbox rules, open references and handover."""

from service.foundation.manifest.manifest import Manifest
from service.foundation.manifest.records import Basis, OpenReference, TableRecord
from service.ground.places.handover import hand_over_places
from service.ground.places.inbox_rules import INBOX_RULES
from service.ground.places.tables import Fence, FenceProposal, Place, PlaceReading
from service.identity.access.permissions import Permission

MANIFEST = Manifest(
    records=(
        TableRecord(Place, "走访点", "places that are visited", Basis.NOTHING, readers=(Permission.PLACE_READ,)),
        TableRecord(
            Fence,
            "走访点围栏",
            "areas in which a check-in counts as at the place",
            Basis.NOTHING,
            readers=(Permission.PLACE_READ,),
        ),
        TableRecord(
            FenceProposal,
            "由签到位置归纳的围栏建议（五人以上、三日以上的平均位置，取整到约50米，不含个人位置；依据不足即删除）",
            "fences proposed from check-ins that agree: the average of at least five persons on at least three days,"
            " rounded to about fifty metres, so that it is no person's position; deleted when the stored positions no"
            " longer support them",
            Basis.DUTY,
            readers=(Permission.PLACE_WRITE,),
            others={"decided_by": "a decision of the organisation responsible for the place"},
        ),
        TableRecord(
            PlaceReading,
            "走访前的阅读材料（标题和链接）",
            "what to read before a visit: title and link",
            Basis.NOTHING,
            readers=(Permission.VISIT_WRITE, Permission.PLACE_WRITE),
        ),
    ),
    paths={"place": "places"},
    inbox_rules=INBOX_RULES,
    open_references=(OpenReference(Place.organisation_id, "走访点", "places"),),
    hand_over=hand_over_places,
)
