"""The manifest of privacy."""

from service.foundation.manifest.manifest import Manifest
from service.foundation.manifest.records import Basis, TableRecord
from service.identity.access.permissions import Permission
from service.operations.privacy.tables import Purge

MANIFEST = Manifest(
    records=(
        TableRecord(Purge, "到期清理的证明", "proofs of removal", Basis.NOTHING, readers=(Permission.PURGE_READ,)),
    ),
)
