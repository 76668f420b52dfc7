"""Manifest of auth: inventory of its tables, retention, references, checks at start."""

import sqlalchemy as sa

from schemas.foundation.manifest import PurgeVerb
from service.foundation.manifest.manifest import Manifest
from service.foundation.manifest.records import Basis, OtherReference, RetentionRule, TableRecord
from service.identity.access.permissions import Permission
from service.identity.auth.checks import DEMO, SIGN_IN_PROVIDERS
from service.identity.auth.tables import (
    Credential,
    Device,
    ExternalIdentity,
    RecoveryCode,
    SecondFactor,
    ServiceClient,
    SignInAttempt,
    SpentSignIn,
)

MANIFEST = Manifest(
    records=(
        TableRecord(
            Credential,
            "登录名和口令摘要",
            "logins and hashed passwords",
            Basis.DUTY,
            own=("person_id",),
            hidden=("password_hash",),
        ),
        TableRecord(
            SecondFactor,
            "本人的身份验证器（密钥加密存储）",
            "the person's authenticator; its secret is encrypted",
            Basis.SECURITY,
            retention=("second_factor",),
            own=("person_id",),
            hidden=("last_step",),
        ),
        TableRecord(
            RecoveryCode, "身份验证器恢复码的摘要", "hashes of recovery codes", Basis.SECURITY, kept="与身份验证器同存"
        ),
        TableRecord(
            SignInAttempt,
            "登录失败计数，以密钥摘要代替登录名和地址",
            "failures to sign in, under keyed hashes of login and address",
            Basis.SECURITY,
            retention=("sign_in_attempt",),
        ),
        TableRecord(
            Device,
            "本人的登录设备",
            "where a person stays signed in",
            Basis.SECURITY,
            retention=("device",),
            readers=(Permission.DEVICE_READ,),
            own=("person_id",),
            hidden=("family_id", "generation", "previous"),
        ),
        TableRecord(
            ExternalIdentity,
            "在其他平台的账号与人员的对应",
            "links between persons and accounts at sign-in providers",
            Basis.DUTY,
            kept="至解除对应时删除",
            readers=(Permission.PERSON_WRITE,),
            own=("person_id",),
        ),
        TableRecord(
            SpentSignIn,
            "已用过的一次性登录请求编号",
            "used one-time attempts to sign in at a provider",
            Basis.NOTHING,
            retention=("spent_sign_in",),
        ),
        TableRecord(
            ServiceClient,
            "系统账号",
            "systems that act for an organisation",
            Basis.NOTHING,
            readers=(Permission.SERVICE_CLIENT_READ,),
        ),
    ),
    retention=(
        RetentionRule(
            "sign_in_attempt",
            "sign_in_attempt",
            PurgeVerb.REMOVED,
            "登录失败计数",
            "failures to sign in",
            2,
            "计数窗口开始时起",
            "from the beginning of their window",
            "DOMAIN §7.3, PIPL 19",
            sa.text(
                "DELETE FROM sign_in_attempt WHERE id IN (SELECT id FROM sign_in_attempt WHERE since < :before"
                " AND coalesce(locked_until, since) < :now LIMIT :at_most FOR UPDATE SKIP LOCKED) RETURNING id"
            ),
        ),
        RetentionRule(
            "second_factor",
            "second_factor",
            PurgeVerb.REMOVED,
            "开始绑定而未确认的身份验证器",
            "authenticators whose set-up was never completed",
            1,
            "开始绑定时起",
            "from the beginning of the set-up",
            "PIPL 19",
            sa.text(
                "DELETE FROM second_factor WHERE id IN (SELECT id FROM second_factor WHERE confirmed_at IS NULL"
                " AND begun_at < :before LIMIT :at_most FOR UPDATE SKIP LOCKED) RETURNING id"
            ),
        ),
        RetentionRule(
            "device",
            "device",
            PurgeVerb.REMOVED,
            "已退出或已过期的登录设备",
            "devices that were signed out or have expired",
            180,
            "退出或过期时起",
            "from the end of the sign-in",
            "DOMAIN §7.3, Cybersecurity Law (at least six months)",
            sa.text(
                "DELETE FROM device WHERE id IN (SELECT id FROM device WHERE coalesce(revoked_at, expires_at) < :before"
                " ORDER BY coalesce(revoked_at, expires_at) LIMIT :at_most FOR UPDATE SKIP LOCKED) RETURNING id"
            ),
        ),
        RetentionRule(
            "spent_sign_in",
            "spent_sign_in",
            PurgeVerb.REMOVED,
            "已用过的一次性登录请求编号",
            "the ids of used one-time attempts to sign in",
            0,
            "请求到期时起",
            "from the end of the attempt",
            "DESIGN §5.7",
            sa.text(
                "DELETE FROM spent_sign_in WHERE id IN (SELECT id FROM spent_sign_in WHERE expires_at < :before"
                " ORDER BY expires_at LIMIT :at_most FOR UPDATE SKIP LOCKED) RETURNING id"
            ),
        ),
    ),
    other_references=(
        OtherReference(ServiceClient.organisation_id, "a system reaches nothing once its organisation is closed"),
    ),
    settings_checks=(SIGN_IN_PROVIDERS,),
    rows_checks=(DEMO,),
)
