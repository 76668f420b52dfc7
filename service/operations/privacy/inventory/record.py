"""What is held as a record, and what goes out: events, the access log, proofs, webhooks, reference data."""

from service.identity.access.permissions import Permission as P  # noqa: N817 - read many times in one table
from service.operations.privacy.inventory.kinds import Basis, Held, Kind

TABLES = {
    "event": Held(
        "事件，只增不改；只含编号、状态和时间",
        "what happened, append-only: ids, states and moments",
        Basis.DUTY,
        kept="有依据引用即保留",
        readers=(P.FEED_READ,),
        columns={"name": Kind.NONE, "organisation_ids": Kind.NONE, "payload": Kind.PERSONAL, "digest": Kind.SECRET},
        own=("person_ids",),
        others={"actor_id": "found by the feed: whoever acts is told, or the record acted on is given"},
        hidden=("transaction_id", "epoch"),
    ),
    "feed": Held("事件的先后次序", "the order of events", Basis.NOTHING, readers=(P.FEED_READ,)),
    "audience": Held(
        "谁能在消息流中看到哪些事件",
        "who finds which events in the feed",
        Basis.DUTY,
        readers=(P.FEED_READ,),
        others={"reader_id": "the same as the events themselves, which are given"},
    ),
    "epoch": Held("消息流的连续段", "unbroken stretches of the feed", Basis.NOTHING, columns={"reason": Kind.NONE}),
    "relay": Held("消息流的游标", "how far the feed is", Basis.NOTHING),
    "seal": Held(
        "封存链",
        "sealed stretches",
        Basis.NOTHING,
        columns={
            "chain": Kind.NONE,
            "first_key": Kind.NONE,
            "last_key": Kind.NONE,
            "hash": Kind.SECRET,
            "marks": Kind.SECRET,
        },
    ),
    "timer": Held("到期时间", "what is due when", Basis.NOTHING, columns={"kind": Kind.NONE}),
    "access_log": Held(
        "访问日志：登录、查看个人信息、管理操作",
        "sign-ins, reads of personal data, administration",
        Basis.SECURITY,
        rules=("access_log",),
        columns={"action": Kind.NONE, "facts": Kind.PERSONAL, "subject_id": Kind.PERSONAL},
        others={
            "actor_id": "the service writes this log and cannot read it",
            "subject_id": "the service writes this log and cannot read it",
        },
        elsewhere="the service writes it and cannot read it; ask the audit administrator who looked at your data",
    ),
    "purge": Held(
        "到期清理的证明",
        "proofs of removal",
        Basis.NOTHING,
        readers=(P.PURGE_READ,),
        columns={"rule": Kind.NONE, "ids_sha256": Kind.SECRET, "policy_version": Kind.NONE},
    ),
    "service_client": Held(
        "系统账号",
        "systems that act for an organisation",
        Basis.NOTHING,
        columns={
            "name": Kind.NONE,
            "secret_hash": Kind.SECRET,
            "next_secret_hash": Kind.SECRET,
            "request_fingerprint": Kind.SECRET,
        },
        readers=(P.SERVICE_CLIENT_READ,),
    ),
    "endpoint": Held(
        "回调地址",
        "where organisations want to hear of events",
        Basis.NOTHING,
        readers=(P.ENDPOINT_READ,),
        columns={
            "url": Kind.NONE,
            "event_names": Kind.NONE,
            "disabled_reason": Kind.NONE,
            "request_fingerprint": Kind.SECRET,
        },
    ),
    "endpoint_secret": Held("回调签名密钥", "signing secrets", Basis.NOTHING, columns={"secret": Kind.SECRET}),
    "delivery": Held(
        "回调投递，只含编号和接收方回应的开头",
        "deliveries: ids, and the first bytes of what the receiver answered",
        Basis.NOTHING,
        rules=("delivery",),
        readers=(P.ENDPOINT_READ,),
        columns={"event_name": Kind.NONE, "last_answer": Kind.FREE_TEXT},
    ),
    "division": Held(
        "区划",
        "statistical divisions",
        Basis.NOTHING,
        readers=(P.DIVISION_READ,),
        columns={"code": Kind.NONE, "name": Kind.NONE},
    ),
    "division_import": Held(
        "区划导入",
        "imports of divisions",
        Basis.NOTHING,
        columns={"source_name": Kind.NONE, "source_sha256": Kind.NONE},
    ),
    "division_staged": Held(
        "导入中的区划",
        "divisions on their way in",
        Basis.NOTHING,
        columns=dict.fromkeys(("source", "code", "name", "level", "parent_code"), Kind.NONE),
    ),
}
