"""What the rest of the house must know of local rules."""

from service.foundation.manifest.manifest import Manifest
from service.foundation.manifest.records import Basis, OtherReference, TableRecord
from service.identity.access.permissions import Permission
from service.identity.local_rules.tables import LocalRule

MANIFEST = Manifest(
    records=(
        TableRecord(
            LocalRule,
            "各级组织设定的规则及其依据",
            "what organisations have set, and the rule each comes from",
            Basis.DUTY,
            readers=(Permission.LOCAL_RULE_READ,),
            others={"author_id": "a setting is the organisation's; its author finds it by the list of its settings"},
        ),
    ),
    paths={"local_rule": "local-rules"},
    other_references=(OtherReference(LocalRule.organisation_id, "what held there goes on being told"),),
)
