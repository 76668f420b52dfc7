"""Payloads of the events of imports."""

from schemas.events.base import Described, Payload, Receiver
from schemas.events.names import EventName


class ImportStateChanged(Payload):
    """The state of an import changed; the counts are those of its diff."""

    kind: str
    state: str
    added: int
    changed: int
    ended: int
    refused: int


DESCRIBED = {
    name: Described(
        ImportStateChanged,
        zh,
        (Receiver.PERSON, Receiver.ORGANISATION),
        example={"kind": "people", "state": state, "added": 12, "changed": 3, "ended": 1, "refused": 0},
    )
    for name, (zh, state) in {
        EventName.IMPORT_UPLOADED: ("导入文件已上传", "uploaded"),
        EventName.IMPORT_CHECKED: ("导入已核对，待确认或被退回", "checked"),
        EventName.IMPORT_CONFIRMED: ("导入已确认", "confirmed"),
        EventName.IMPORT_FINISHED: ("导入完成", "finished"),
        EventName.IMPORT_DISCARDED: ("导入作废", "discarded"),
    }.items()
}
