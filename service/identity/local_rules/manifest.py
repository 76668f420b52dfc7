"""What other packages need to know of local rules."""

from service.foundation.manifest.manifest import Manifest
from service.foundation.manifest.records import Basis, OtherReference, TableRecord
from service.identity.access.permissions import Permission
from service.identity.local_rules.tables import LocalRule

MANIFEST = Manifest(
    records=(
        TableRecord(
            LocalRule,
            "各级组织设定的规则及其依据",
            "local rules of organisations and their source documents",
            Basis.DUTY,
            readers=(Permission.LOCAL_RULE_READ,),
            others={"author_id": "a rule belongs to the organisation; its author finds it in the list of rules"},
        ),
    ),
    paths={"local_rule": "local-rules"},
    other_references=(OtherReference(LocalRule.organisation_id, "past rules stay readable"),),
)
