"""Manifest of residence reports: records, retention, paths, inbox rules and open references."""

import sqlalchemy as sa
from sqlmodel import col

from schemas.foundation.manifest import PurgeVerb
from schemas.residence.reports import ResidenceReportState
from service.foundation.manifest.manifest import Manifest
from service.foundation.manifest.records import YEAR, Basis, OpenReference, RetentionRule, TableRecord
from service.identity.access.permissions import Permission
from service.residence.reports.inbox_rules import INBOX_RULES
from service.residence.reports.tables import ResidenceReport

MANIFEST = Manifest(
    records=(
        TableRecord(
            ResidenceReport,
            "在职党员报到",
            "residence reports of Party members",
            Basis.DUTY,
            retention=("residence_report",),
            readers=(Permission.RESIDENCE_REPORT_READ,),
            own=("person_id",),
            others={"decided_by": "the report belongs to the member; the decider reads it in the organisation's list"},
        ),
    ),
    retention=(
        RetentionRule(
            "residence_report",
            "residence_report",
            PurgeVerb.REMOVED,
            "已终止或退回的报到（考核材料仍引用的除外）",
            "residence reports that ended or were returned, unless a dossier may still cite them",
            3 * YEAR,
            "报到终止或退回时起",
            "from the end or return of the report",
            "DOMAIN §7.2",
            sa.text(
                "DELETE FROM residence_report WHERE id IN (SELECT past.id FROM residence_report AS past"
                " WHERE past.state IN ('ended', 'returned') AND coalesce(past.ended_at, past.decided_at) < :before"
                " AND NOT EXISTS (SELECT FROM dossier WHERE dossier.person_id = past.person_id AND dossier.jws <> ''"
                " AND dossier.frozen_at >= past.submitted_at)"
                " AND NOT EXISTS (SELECT FROM assessment_cycle AS cycle WHERE cycle.state <> 'frozen'"
                " AND cycle.from_day <= coalesce(past.ended_at, past.decided_at)::date)"
                " ORDER BY past.id LIMIT :at_most FOR UPDATE SKIP LOCKED) RETURNING id"
            ),
        ),
    ),
    paths={"residence_report": "residence-reports"},
    inbox_rules=INBOX_RULES,
    open_references=(
        OpenReference(
            ResidenceReport.organisation_id,
            "未确认的报到",
            "residence reports to confirm",
            lambda at: col(ResidenceReport.state) == ResidenceReportState.SUBMITTED,
        ),
    ),
)
