"""`grassroots rules`: the catalogue of local rules."""

from collections.abc import Iterator

from schemas.identity.organisations import Role
from service.identity.local_rules.catalogue import CATALOGUE


def rules() -> None:
    """Print every local rule: meaning, unit, limits, default with its source, and who may set it."""
    for line in catalogue_markdown():
        print(line)


def catalogue_markdown() -> Iterator[str]:
    """The lines of the catalogue as Markdown."""
    yield "# 可由各级组织设定的规则 · Local rules\n"
    yield "| 规则 rule | 含义 meaning | 单位 unit | 范围 limits | 默认 default | 默认的依据 source | 由谁设定 set by |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for key, rule in CATALOGUE.items():
        default = "无 none" if rule.default is None else rule.default
        who = "、".join(role.zh for role in Role if role in rule.set_by)
        where = "（仅最上级 top only）" if rule.is_for_whole_jurisdiction else ""
        limits = f"{rule.at_least}–{rule.at_most}"
        meaning = f"{rule.zh} · {rule.en}"
        yield f"| `{key.value}` | {meaning} | {rule.unit.value} | {limits} | {default} | {rule.source} | {who}{where} |"
