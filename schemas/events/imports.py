"""What is told about imports of files."""

from schemas.events.base import Described, Payload
from schemas.events.names import EventName


class ImportMoved(Payload):
    """An import of a file moved on; the counts are those of its diff."""

    kind: str
    state: str
    added: int
    changed: int
    ended: int
    refused: int


RECEIVERS = "the organisation it is for and whoever asked"
DESCRIBED = {
    EventName.IMPORT_UPLOADED: Described(ImportMoved, "导入文件已上传", RECEIVERS),
    EventName.IMPORT_CHECKED: Described(ImportMoved, "导入已核对，待确认或被退回", RECEIVERS),
    EventName.IMPORT_CONFIRMED: Described(ImportMoved, "导入已确认", RECEIVERS),
    EventName.IMPORT_FINISHED: Described(ImportMoved, "导入完成", RECEIVERS),
    EventName.IMPORT_DISCARDED: Described(ImportMoved, "导入作废", RECEIVERS),
}
