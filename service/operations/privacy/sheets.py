"""The data inventory and the impact-assessment sheet as Markdown, generated from the manifests."""

from collections.abc import Iterator, Mapping

from sqlmodel import SQLModel

from schemas.identity.people import ConsentPurpose
from service.foundation.columns import DataClass
from service.foundation.manifest.records import Basis, TableRecord
from service.identity.people import notices
from service.operations.privacy.inventory import DATA_CLASS_ZH, data_class_of, readers_of
from service.operations.privacy.own_data import describe_retention
from service.operations.privacy.retention import RetentionPolicy

Records = Mapping[str, TableRecord]
PERSONAL = {DataClass.PERSONAL, DataClass.SENSITIVE, DataClass.FREE_TEXT, DataClass.CONTACT}
MEASURES = (
    ("最小必要", "签到位置当场核验后丢弃，经单独同意才保存，最多 90 天；无轨迹、无照片要求、无在线时长。"),
    (
        "加密",
        "群众姓名、电话按字段加密（AES-256-GCM 或 SM4-GCM），密钥不在库内，可轮换；电话以盲索引查找。",
    ),
    ("知情最少", "群众联系方式只向承办人揭示，须填理由，逐次记入访问日志；服务账号不能读、改访问日志。"),
    ("对外提供", "回调只含编号和链接，接收方以自己的账号读取并受同样的权限约束。"),
    (
        "个人权利",
        "查阅复制 GET /v1/me/data；更正 /v1/me/correction-requests；撤回同意 /v1/me/consents。",
    ),
    ("删除", "每夜按下表清理，每次留下证明（数量、截止时刻、编号哈希、规则版本），见 GET /v1/purges。"),
    ("自动化决策", "无。不打分、不排名；到场核验结论只陈述证据，不作为指标，不产生后果。"),
    ("涉密", "非涉密系统：录入处均有告知，带密级标志的文字被拒收。"),
)
OPEN_QUESTIONS = (
    "处理目的、方式是否合法、正当、必要：",
    "对个人权益的影响及安全风险：",
    "所采取的保护措施是否合法、有效并与风险程度相适应：",
    "接收方（考核系统、社区）名称、协议编号、保存期限：",
    "评估人、审批人、日期（报告和处理记录至少保存三年，第五十六条）：",
)


def inventory(records: Records, policy: RetentionPolicy) -> Iterator[str]:
    """The data inventory, line by line: every table with its columns, then the retention rules."""
    yield "# 个人信息清单 · Data inventory\n"
    yield f"保存期限规则版本 · retention policy: `{policy.version}`\n"
    for name, record in records.items():
        readers = "、".join(readers_of(record)) or "无（系统内部）"
        yield f"## {record.zh} · `{name}` – {record.en}\n"
        yield f"- 处理依据 · ground: {record.basis.zh} · {record.basis.en}"
        yield f"- 保存期限 · kept: {describe_retention(record, policy)}"
        yield f"- 谁可读 · read by: {readers}\n"
        yield "| 列 column | 类别 class | |\n| --- | --- | --- |"
        for column in SQLModel.metadata.tables[name].columns:
            data_class = data_class_of(column)
            yield f"| `{column.name}` | {DATA_CLASS_ZH[data_class]} | {data_class.value} |"
        yield ""
    yield from _retention_table(policy)


def assessment(records: Records, policy: RetentionPolicy) -> Iterator[str]:
    """The impact-assessment sheet (PIPL 55, 56), line by line; the questions for the assessor stay open."""
    yield "# 个人信息保护影响评估表 · Impact assessment (PIPL 55, 56)\n"
    yield "## 一、处理的个人信息 · What is processed\n"
    yield "| 数据 data | 类别 classes | 依据 ground | 期限 kept |\n| --- | --- | --- | --- |"
    for name, record in records.items():
        classes = {data_class_of(column) for column in SQLModel.metadata.tables[name].columns} & PERSONAL
        if classes and record.basis is not Basis.NOTHING:
            class_names = "、".join(sorted(DATA_CLASS_ZH[data_class] for data_class in classes))
            yield f"| {record.zh} `{name}` | {class_names} | {record.basis.zh} | {describe_retention(record, policy)} |"
    yield "\n## 二、须单独同意的处理 · By separate consent\n"
    for purpose in ConsentPurpose:
        notice = notices.current(purpose)
        yield f"- `{purpose.value}`（告知书 {notice.version}）：{notice.zh.what}{notice.zh.why}{notice.zh.how_long}"
    yield "\n## 三、保护措施 · Measures\n"
    yield from (f"- **{title}**：{text}" for title, text in MEASURES)
    yield ""
    yield from _retention_table(policy)
    yield "## 四、由评估人填写 · For the assessor\n"
    yield from (f"- {question}\n" for question in OPEN_QUESTIONS)


def _retention_table(policy: RetentionPolicy) -> Iterator[str]:
    yield "## 保存期限 · Retention\n"
    yield "| 规则 rule | 到期后 what goes | 天数 days | 起算 from | 来源 source |\n| --- | --- | --- | --- | --- |"
    for rule in policy.rules.values():
        what = f"{rule.what_zh}（{rule.verb.value}）"
        yield f"| `{rule.word}` | {what} | {policy.kept_days(rule)} | {rule.since_zh} | {rule.source} |"
    yield ""
