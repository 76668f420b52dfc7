"""What other packages need to know of organisations, their links, postings and divisions.

The tables are in `service/identity/tree`, which may not import permissions; so they are declared here.
"""

from sqlmodel import col

from service.foundation.manifest.manifest import Manifest
from service.foundation.manifest.records import Basis, OpenReference, OtherReference, TableRecord
from service.identity.access.permissions import Permission
from service.identity.access.scope import has_not_ended
from service.identity.tree.tables import (
    Division,
    DivisionImport,
    DivisionStaged,
    Organisation,
    OrganisationFormerName,
    OrganisationLink,
    Posting,
)

MANIFEST = Manifest(
    records=(
        TableRecord(
            Posting,
            "任职，权限据此计算",
            "roles in organisations, from which rights are computed",
            Basis.DUTY,
            readers=(Permission.POSTING_READ,),
            own=("person_id",),
            others={
                "delegate_of": "a delegation is the delegate's posting; the leader finds it in the list of postings"
            },
        ),
        TableRecord(
            Organisation,
            "组织和单位",
            "organisations and units",
            Basis.NOTHING,
            readers=(Permission.ORGANISATION_READ,),
        ),
        TableRecord(
            OrganisationFormerName,
            "组织曾用名",
            "former names of organisations",
            Basis.NOTHING,
            readers=(Permission.ORGANISATION_READ,),
        ),
        TableRecord(
            OrganisationLink,
            "组织之间的联系（指导、代管、横向、党组织所属单位）",
            "links between organisations",
            Basis.NOTHING,
            readers=(Permission.ORGANISATION_LINK_READ,),
        ),
        TableRecord(Division, "区划", "statistical divisions", Basis.NOTHING, readers=(Permission.DIVISION_READ,)),
        TableRecord(DivisionImport, "区划导入", "imports of divisions", Basis.NOTHING),
        TableRecord(DivisionStaged, "导入中的区划", "divisions during an import", Basis.NOTHING),
    ),
    paths={"organisation": "organisations"},
    open_references=(
        OpenReference(
            Organisation.parent_id,
            "下级组织",
            "organisations below it",
            lambda at: col(Organisation.valid_until).is_(None),
        ),
        OpenReference(
            Posting.organisation_id,
            "未结束的任职",
            "postings that have not ended",
            lambda at: has_not_ended(Posting, at),
        ),
        OpenReference(
            OrganisationLink.from_id,
            "由其发出的组织联系",
            "links from it",
            lambda at: has_not_ended(OrganisationLink, at),
        ),
        OpenReference(
            OrganisationLink.to_id, "指向其的组织联系", "links to it", lambda at: has_not_ended(OrganisationLink, at)
        ),
    ),
    other_references=(
        OtherReference(Organisation.successor_id, "the organisation that took over from a closed one"),
        OtherReference(OrganisationFormerName.organisation_id, "history"),
    ),
)
