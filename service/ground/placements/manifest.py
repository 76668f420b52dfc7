"""Manifest of placements: records, paths, inbox rules, open references and timers."""

from sqlmodel import col

from service.foundation.manifest.handlers import TimerHandler
from service.foundation.manifest.manifest import Manifest
from service.foundation.manifest.records import Basis, OpenReference, OtherReference, TableRecord
from service.ground.placements import term_end
from service.ground.placements.inbox_rules import INBOX_RULES
from service.ground.placements.tables import (
    EarlierPersonBackground,
    EarlierPlacementReport,
    EarlierSelectionDecision,
    PersonBackground,
    Placement,
    PlacementSelection,
    SelectionDecisionRecord,
)
from service.identity.access.permissions import Permission

MANIFEST = Manifest(
    records=(
        TableRecord(
            Placement,
            "基层锻炼安排、报告和评价",
            "placements, reports and appraisals",
            Basis.DUTY,
            readers=(Permission.PLACEMENT_READ,),
            own=("person_id",),
            others={"appraised_by": "the appraisal belongs to the host; its author reads it with the placement"},
        ),
        TableRecord(
            EarlierPlacementReport,
            "锻炼报告的以前文本",
            "earlier texts of placement reports",
            Basis.DUTY,
            readers=(Permission.PLACEMENT_READ,),
            own=("person_id",),
        ),
        TableRecord(
            PlacementSelection,
            "选派计划",
            "selection plans for placements",
            Basis.NOTHING,
            readers=(Permission.PLACEMENT_SELECT,),
        ),
        TableRecord(
            SelectionDecisionRecord,
            "选派决定",
            "decisions about candidates of a selection plan",
            Basis.DUTY,
            readers=(Permission.PLACEMENT_SELECT,),
            own=("person_id",),
            others={"decided_by": "the decision is about another person; the person who decided reads it in the plan"},
        ),
        TableRecord(
            EarlierSelectionDecision,
            "改变前的选派决定",
            "earlier versions of changed selection decisions",
            Basis.DUTY,
            readers=(Permission.PLACEMENT_SELECT,),
            own=("person_id",),
            others={"decided_by": "the decision is about another person; the person who decided reads it in the plan"},
        ),
        TableRecord(
            EarlierPersonBackground,
            "此前登记的出生年份和基层工作月数",
            "earlier values of year of birth and earlier months at the grassroots",
            Basis.DUTY,
            readers=(Permission.PLACEMENT_SELECT,),
            own=("person_id",),
        ),
        TableRecord(
            PersonBackground,
            "出生年份和此前基层工作月数",
            "year of birth and earlier months at the grassroots",
            Basis.DUTY,
            readers=(Permission.PLACEMENT_SELECT,),
            own=("id",),
        ),
    ),
    paths={"placement": "placements", "placement_selection": "placement-selections"},
    inbox_rules=INBOX_RULES,
    open_references=(
        OpenReference(
            Placement.sending_id, "派出的锻炼", "placements it sent", lambda at: col(Placement.ended_at).is_(None)
        ),
        OpenReference(
            Placement.host_id, "接收的锻炼", "placements it hosts", lambda at: col(Placement.ended_at).is_(None)
        ),
    ),
    other_references=(OtherReference(PlacementSelection.organisation_id, "a selection plan of one year"),),
    timers={term_end.TERM_OVER: TimerHandler(term_end.end_due_placements, "end placements whose term is over")},
)
