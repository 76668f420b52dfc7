"""What is held while a file is imported, and what stays of it."""

from service.identity.access.permissions import Permission as P  # noqa: N817 - read many times in one table
from service.operations.privacy.inventory.kinds import Basis, Held, Kind

TABLES = {
    "import": Held(
        "文件导入及其结果的计数",
        "imports of files, with the counts of what they did",
        Basis.DUTY,
        readers=(P.IMPORT_READ,),
        columns={
            "file_digest": Kind.SECRET,
            "diff_digest": Kind.SECRET,
            "flaws": Kind.NONE,
            "ignored_columns": Kind.NONE,
            "request_fingerprint": Kind.SECRET,
        },
        others={
            "asked_by": "the import is the organisation's; whoever asked finds it in the list of imports",
            "confirmed_by": "the same for whoever confirmed it",
        },
    ),
    "import_file": Held(
        "待核对的文件原文，读取后立即删除，最长七天",
        "the file between upload and check; gone once it is read, after a week at the latest",
        Basis.DUTY,
        kept="读取后立即删除；一周内未确认即作废删除",
        columns={"content": Kind.PERSONAL},
        elsewhere="it is there for minutes at most, and holds what the posting and the person's row say afterwards",
    ),
    "import_row": Held(
        "导入的逐行结果；导入结束后不含姓名、工号和内容",
        "the result of each row; without names, numbers and values once the import has ended",
        Basis.DUTY,
        rules=("import_row",),
        readers=(P.IMPORT_READ,),
        columns={
            "key": Kind.PERSONAL,
            "subject_id": Kind.PERSONAL,
            "given": Kind.PERSONAL,
            "plan": Kind.PERSONAL,
            "changes": Kind.PERSONAL,
            "flaws": Kind.NONE,
        },
        elsewhere="it is emptied when the import ends, a week after its upload at the latest; ask the administrator",
    ),
}
