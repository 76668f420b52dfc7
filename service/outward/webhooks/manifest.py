"""The manifest of webhooks: what the other domains and the worker use of it."""

from schemas.foundation.manifest import PurgeVerb
from service.foundation.manifest.handlers import InTransaction
from service.foundation.manifest.manifest import Manifest
from service.foundation.manifest.records import Basis, OtherReference, RetentionRule, TableRecord
from service.identity.access.permissions import Permission
from service.outward.webhooks.fan_out import fan_out_batch
from service.outward.webhooks.inbox_rules import INBOX_RULES
from service.outward.webhooks.tables import Delivery, Endpoint, EndpointSecret

MANIFEST = Manifest(
    records=(
        TableRecord(
            Endpoint,
            "回调地址",
            "webhook endpoints of organisations",
            Basis.NOTHING,
            readers=(Permission.ENDPOINT_READ,),
        ),
        TableRecord(EndpointSecret, "回调签名密钥", "signing secrets", Basis.NOTHING),
        TableRecord(
            Delivery,
            "回调投递，只含编号和接收方回应的开头",
            "webhook deliveries: ids and the first bytes of the response",
            Basis.NOTHING,
            retention=("delivery",),
            readers=(Permission.ENDPOINT_READ,),
            is_partitioned=True,
        ),
    ),
    retention=(
        RetentionRule(
            "delivery",
            "delivery",
            PurgeVerb.REMOVED,
            "回调投递记录（按季度分区整体删除）",
            "webhook deliveries, one partition of a quarter at a time",
            90,
            "分区最后一天起",
            "from the last day of the partition",
            "DESIGN §5.5",
            None,
        ),
    ),
    paths={"endpoint": "endpoints"},
    inbox_rules=INBOX_RULES,
    other_references=(OtherReference(Endpoint.organisation_id, "a closed organisation gets no more events"),),
    batch_handlers=(InTransaction(fan_out_batch, "queue a delivery for each subscribed endpoint"),),
)
