"""Manifest of promises: records, inbox rules, open references and timers."""

from sqlmodel import col

from schemas.fieldwork.promises import PromiseState
from service.fieldwork.promises import actions
from service.fieldwork.promises.inbox_rules import INBOX_RULES
from service.fieldwork.promises.tables import Promise
from service.foundation.manifest.handlers import TimerHandler
from service.foundation.manifest.manifest import Manifest
from service.foundation.manifest.records import Basis, OpenReference, TableRecord
from service.identity.access.permissions import Permission

MANIFEST = Manifest(
    records=(
        TableRecord(
            Promise,
            "走访中的承诺及兑现",
            "promises and their outcome",
            Basis.DUTY,
            readers=(Permission.PROMISE_READ,),
            own=("promised_by", "owner_id"),
        ),
    ),
    paths={"promise": "promises"},
    inbox_rules=INBOX_RULES,
    open_references=(
        OpenReference(
            Promise.organisation_id, "未兑现的承诺", "open promises", lambda at: col(Promise.state) == PromiseState.OPEN
        ),
    ),
    timers={actions.DUE_TIMER: TimerHandler(actions.record_due, "record that the promise is due, if it is still open")},
)
