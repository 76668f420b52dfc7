"""What other packages need to know of the access log and of the event log.

The event log belongs to `foundation`, which knows no permissions; so its tables are declared here.
"""

from schemas.foundation.manifest import PurgeVerb
from service.foundation.events.tables import Audience, ChainHead, Epoch, Event, Feed, Relay, Timer
from service.foundation.manifest.manifest import Manifest
from service.foundation.manifest.records import YEAR, Basis, RetentionRule, ServiceRights, TableRecord
from service.identity.access.permissions import Permission
from service.identity.access.tables import AccessLog

MANIFEST = Manifest(
    records=(
        TableRecord(
            Event,
            "事件，只增不改；只含编号、状态和时间",
            "what happened, append-only: ids, states and timestamps",
            Basis.DUTY,
            kept="有依据引用即保留",
            readers=(Permission.FEED_READ,),
            own=("person_ids",),
            others={"actor_id": "the actor finds the event in the feed, or the changed record is exported"},
            hidden=("transaction_id", "epoch"),
            service_rights=ServiceRights.READ,
            is_partitioned=True,
        ),
        TableRecord(
            Feed,
            "事件的先后次序",
            "the order of events",
            Basis.NOTHING,
            readers=(Permission.FEED_READ,),
            service_rights=ServiceRights.READ,
        ),
        TableRecord(
            Audience,
            "谁能在消息流中看到哪些事件",
            "who sees which events in the feed",
            Basis.DUTY,
            readers=(Permission.FEED_READ,),
            others={"reader_id": "the same as the events, which are exported"},
            service_rights=ServiceRights.READ,
        ),
        TableRecord(Epoch, "消息流的连续段", "epochs of the feed", Basis.NOTHING),
        TableRecord(Relay, "消息流的游标", "the relay's position in the feed", Basis.NOTHING),
        TableRecord(
            ChainHead, "防篡改链", "heads of the hash chains", Basis.NOTHING, service_rights=ServiceRights.READ
        ),
        TableRecord(Timer, "到期时间", "timers: what is due when", Basis.NOTHING),
        TableRecord(
            AccessLog,
            "访问日志：登录、查看个人信息、管理操作",
            "sign-ins, reads of personal data, administration",
            Basis.SECURITY,
            retention=("access_log",),
            others={
                "actor_id": "the service role writes this log and cannot read it",
                "subject_id": "the service role writes this log and cannot read it",
            },
            elsewhere="the service role cannot read it; ask the audit administrator who read your data",
            service_rights=ServiceRights.NONE,
            is_partitioned=True,
        ),
    ),
    retention=(
        RetentionRule(
            "access_log",
            "access_log",
            PurgeVerb.REMOVED,
            "访问日志（按月分区整体删除）",
            "the access log, one month's partition at a time",
            YEAR,
            "分区最后一天起",
            "from the last day of the partition",
            "DOMAIN §7.2, Cybersecurity Law (at least six months)",
            None,
            at_least=184,
        ),
    ),
)
