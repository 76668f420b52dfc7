"""The manifest of imports."""

import sqlalchemy as sa

from schemas.events import EventName
from schemas.foundation.manifest import PurgeVerb
from service.foundation.manifest.handlers import Job, TimerHandler
from service.foundation.manifest.manifest import Manifest
from service.foundation.manifest.records import YEAR, Basis, OtherReference, RetentionRule, TableRecord
from service.identity.access.permissions import Permission
from service.operations.imports import actions, jobs
from service.operations.imports.tables import Import, ImportFile, ImportRow

MANIFEST = Manifest(
    records=(
        TableRecord(
            Import,
            "文件导入及其结果的计数",
            "file imports with the counts of their changes",
            Basis.DUTY,
            readers=(Permission.IMPORT_READ,),
            others={
                "requested_by": "the import belongs to the organisation; the person finds it in the list of imports",
                "confirmed_by": "the import belongs to the organisation; the person finds it in the list of imports",
            },
        ),
        TableRecord(
            ImportFile,
            "待核对的文件原文，读取后立即删除，最长七天",
            "the file between upload and check; deleted once it is read, after a week at the latest",
            Basis.DUTY,
            kept="读取后立即删除；一周内未确认即作废删除",
            elsewhere="it exists for minutes; its content is then in the rows of the posting and the person",
        ),
        TableRecord(
            ImportRow,
            "导入的逐行结果；导入结束后不含姓名、工号和内容",
            "the result of each row; without names, numbers and values once the import has ended",
            Basis.DUTY,
            retention=("import_row",),
            readers=(Permission.IMPORT_READ,),
            elsewhere=("erased when the import ends, a week after its upload at the latest; ask the administrator"),
        ),
    ),
    retention=(
        RetentionRule(
            "import_row",
            "import_row",
            PurgeVerb.REMOVED,
            "导入的逐行结果（结束时已去除姓名、工号和内容）",
            "the result of each row of an import; its personal data was erased when it ended",
            YEAR,
            "导入结束时起",
            "from the end of the import",
            "PIPL 19",
            sa.text(
                "DELETE FROM import_row WHERE (import_id, number) IN (SELECT past.import_id, past.number"
                " FROM import_row AS past JOIN import ON import.id = past.import_id WHERE import.finished_at < :before"
                " LIMIT :at_most FOR UPDATE OF past SKIP LOCKED) RETURNING import_id"
            ),
        ),
    ),
    other_references=(OtherReference(Import.organisation_id, "confirmed or expired within a week"),),
    handlers={
        EventName.IMPORT_UPLOADED: (
            Job("imports.check", "read the file and compare it; the diff can then be confirmed", jobs.check_import),
        ),
        EventName.IMPORT_CONFIRMED: (
            Job(
                "imports.apply",
                "merge the diff in short steps, one import at a time",
                jobs.apply_import,
                one_at_a_time=True,
            ),
        ),
        EventName.IMPORT_DISCARDED: (
            Job("imports.erase", "erase names, numbers and values in its rows", jobs.erase_import),
        ),
    },
    timers={actions.EXPIRY_TIMER: TimerHandler(actions.expire, "discard imports that nobody confirmed within a week")},
)
