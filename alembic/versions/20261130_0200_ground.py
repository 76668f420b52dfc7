"""Baseline of ground: places and fences, contact points, placements.

Plain SQL is in `alembic/sql/ground/`: policies, grants.
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geography
from sqlalchemy.dialects import postgresql

from service.operations.database.sql_files import run_sql_file

revision = "ground"
down_revision = "identity"
branch_labels = None
depends_on = None

TABLES = (
    "placement_selection",
    "earlier_person_background",
    "person_background",
    "placement",
    "selection_decision",
    "earlier_placement_report",
    "earlier_selection_decision",
    "place",
    "fence",
    "place_reading",
    "fence_proposal",
    "contact_point",
    "contact_household",
)


def upgrade() -> None:
    create_placements()
    create_places()
    create_contact_points()
    run_sql_file("ground/policies.sql")
    run_sql_file("ground/grants.sql")


def downgrade() -> None:
    """Drop all objects of this floor. Only for tests: it destroys the data."""
    for table in reversed(TABLES):
        op.drop_table(table)


def create_placements() -> None:
    op.create_table(
        "placement_selection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("criteria", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_placement_selection_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement_selection")),
        sa.UniqueConstraint("organisation_id", "year", name=op.f("uq_placement_selection_organisation_id_year")),
    )
    op.create_table(
        "earlier_person_background",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=False),
        sa.Column("grassroots_months", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_earlier_person_background_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_person_background")),
        sa.UniqueConstraint("person_id", "version", name=op.f("uq_earlier_person_background_person_id_version")),
    )
    op.create_table(
        "person_background",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=False),
        sa.Column("grassroots_months", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["person.id"], name=op.f("fk_person_background_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_background")),
    )
    op.create_table(
        "placement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "research",
                "work_practice",
                "secondment",
                "village_posting",
                "teaching",
                "volunteering",
                name="placementkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("sending_id", sa.Uuid(), nullable=False),
        sa.Column("host_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("report_title", sa.Text(), nullable=True),
        sa.Column("report_summary", sa.Text(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_adopted", sa.Boolean(), nullable=True),
        sa.Column("adoption_reason", sa.Text(), nullable=True),
        sa.Column("appraisal", sa.Text(), nullable=True),
        sa.Column("appraised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appraised_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(appraisal IS NULL) = (appraised_at IS NULL)", name=op.f("ck_placement_appraisal_has_timestamp")
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name=op.f("ck_placement_ended_has_reason")),
        sa.CheckConstraint(
            "(report_title IS NULL) = (reported_at IS NULL)", name=op.f("ck_placement_report_has_timestamp")
        ),
        sa.CheckConstraint("ends_on >= begins_on", name=op.f("ck_placement_term_in_order")),
        sa.CheckConstraint(
            "is_adopted IS NULL OR reported_at IS NOT NULL", name=op.f("ck_placement_adopted_has_report")
        ),
        sa.CheckConstraint("sending_id <> host_id", name=op.f("ck_placement_two_organisations")),
        sa.ForeignKeyConstraint(["appraised_by"], ["person.id"], name=op.f("fk_placement_appraised_by")),
        sa.ForeignKeyConstraint(["host_id"], ["organisation.id"], name=op.f("fk_placement_host_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_placement_person_id")),
        sa.ForeignKeyConstraint(["sending_id"], ["organisation.id"], name=op.f("fk_placement_sending_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
    )
    op.create_index(
        "ix_placement_host_id",
        "placement",
        ["host_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index(
        "ix_placement_person_id",
        "placement",
        ["person_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index(
        "ix_placement_sending_id",
        "placement",
        ["sending_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_table(
        "selection_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("selection_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "selected", "deferred", name="selectiondecision", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_selection_decision_decided_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_selection_decision_person_id")),
        sa.ForeignKeyConstraint(
            ["selection_id"], ["placement_selection.id"], name=op.f("fk_selection_decision_selection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selection_decision")),
        sa.UniqueConstraint("selection_id", "person_id", name=op.f("uq_selection_decision_selection_id_person_id")),
    )
    op.create_index(op.f("ix_selection_decision_person_id"), "selection_decision", ["person_id"])
    op.create_table(
        "earlier_placement_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_earlier_placement_report_person_id")),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_earlier_placement_report_placement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_placement_report")),
        sa.UniqueConstraint("placement_id", "version", name=op.f("uq_earlier_placement_report_placement_id_version")),
    )
    op.create_index(op.f("ix_earlier_placement_report_person_id"), "earlier_placement_report", ["person_id"])
    op.create_table(
        "earlier_selection_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "selected", "deferred", name="selectiondecision", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_earlier_selection_decision_decided_by")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["selection_decision.id"], name=op.f("fk_earlier_selection_decision_decision_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_earlier_selection_decision_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_selection_decision")),
        sa.UniqueConstraint("decision_id", "version", name=op.f("uq_earlier_selection_decision_decision_id_version")),
    )
    op.create_index(op.f("ix_earlier_selection_decision_person_id"), "earlier_selection_decision", ["person_id"])


def create_places() -> None:
    op.create_table(
        "place",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "community",
                "village",
                "enterprise",
                "school",
                "social_organisation",
                "grid",
                "other",
                name="placekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("credit_code", sa.Text(), nullable=True),
        sa.Column("search_text", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(kind = 'grid') = (parent_id IS NOT NULL)", name=op.f("ck_place_grid_has_parent")),
        sa.ForeignKeyConstraint(["division_code"], ["division.code"], name=op.f("fk_place_division_code")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_place_organisation_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["place.id"], name=op.f("fk_place_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
    )
    op.create_index("ix_place_created_at", "place", ["created_at", "id"])
    op.create_index(op.f("ix_place_division_code"), "place", ["division_code"])
    op.create_index(op.f("ix_place_organisation_id"), "place", ["organisation_id"])
    op.create_index(op.f("ix_place_parent_id"), "place", ["parent_id"])
    op.create_index("uq_place_credit_code", "place", ["credit_code"], unique=True)
    op.create_table(
        "fence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("circle", "polygon", name="fencekind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("radius_m", sa.Float(), nullable=True),
        sa.Column("area", Geography("GEOMETRY", srid=4326, spatial_index=False), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("(kind = 'circle') = (radius_m IS NOT NULL)", name=op.f("ck_fence_circle_has_radius")),
        sa.CheckConstraint(
            "GeometryType(area::geometry) = CASE kind WHEN 'circle' THEN 'POINT' ELSE 'POLYGON' END",
            name=op.f("ck_fence_area_form"),
        ),
        sa.CheckConstraint(
            "radius_m IS NULL OR (radius_m > 0 AND radius_m <= 20000)", name=op.f("ck_fence_radius_range")
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_fence_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fence")),
    )
    op.create_index("ix_fence_area", "fence", ["area"], postgresql_using="gist")
    op.create_index("ix_fence_place_id", "fence", ["place_id"], postgresql_where=sa.text("valid_until IS NULL"))
    op.create_table(
        "place_reading",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_place_reading_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_reading")),
    )
    op.create_index(
        "ix_place_reading_place_id",
        "place_reading",
        ["place_id", "added_at"],
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "fence_proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("centroid", Geography("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.Column("radius_m", sa.Float(), nullable=False),
        sa.Column("check_ins", sa.Integer(), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "accepted",
                "refused",
                name="proposalstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("fence_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'accepted') = (fence_id IS NOT NULL)", name=op.f("ck_fence_proposal_accepted_has_fence")
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)", name=op.f("ck_fence_proposal_decided_has_timestamp")
        ),
        sa.CheckConstraint("radius_m > 0 AND radius_m <= 20000", name=op.f("ck_fence_proposal_radius_range")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_fence_proposal_decided_by")),
        sa.ForeignKeyConstraint(["fence_id"], ["fence.id"], name=op.f("fk_fence_proposal_fence_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_fence_proposal_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fence_proposal")),
    )
    op.create_index("ix_fence_proposal_proposed_at", "fence_proposal", ["proposed_at", "id"])
    op.create_index("ix_fence_proposal_place_id", "fence_proposal", ["place_id", "proposed_at"])
    op.create_index(
        "uq_fence_proposal_open",
        "fence_proposal",
        ["place_id"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )


def create_contact_points() -> None:
    op.create_table(
        "contact_point",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("leader_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("succeeds_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("opinion_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opinion_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_next_term", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name=op.f("ck_contact_point_ended_has_reason")),
        sa.CheckConstraint(
            "(opinion IS NULL) = (opinion_at IS NULL)", name=op.f("ck_contact_point_opinion_has_timestamp")
        ),
        sa.CheckConstraint(
            "NOT is_next_term OR succeeds_id IS NOT NULL", name=op.f("ck_contact_point_next_term_has_predecessor")
        ),
        sa.CheckConstraint("ends_on >= begins_on", name=op.f("ck_contact_point_term_in_order")),
        sa.ForeignKeyConstraint(["leader_id"], ["person.id"], name=op.f("fk_contact_point_leader_id")),
        sa.ForeignKeyConstraint(["opinion_by"], ["person.id"], name=op.f("fk_contact_point_opinion_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_contact_point_organisation_id")
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_contact_point_place_id")),
        sa.ForeignKeyConstraint(["succeeds_id"], ["contact_point.id"], name=op.f("fk_contact_point_succeeds_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_point")),
        sa.UniqueConstraint("succeeds_id", name=op.f("uq_contact_point_succeeds_id")),
    )
    op.create_index(
        "ix_contact_point_leader_id",
        "contact_point",
        ["leader_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index(
        "ix_contact_point_organisation_id",
        "contact_point",
        ["organisation_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index(
        "ix_contact_point_place_id",
        "contact_point",
        ["place_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index(
        "uq_contact_point_live",
        "contact_point",
        ["leader_id", "place_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND NOT is_next_term"),
    )
    op.create_table(
        "contact_household",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_point_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("notice_version", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_point_id"], ["contact_point.id"], name=op.f("fk_contact_household_contact_point_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_household")),
    )
    op.create_index(op.f("ix_contact_household_contact_point_id"), "contact_household", ["contact_point_id"])
