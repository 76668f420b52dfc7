"""What is held on people themselves: who they are, how they get in, what they agreed to and asked."""

from service.access.permissions import Permission as P  # noqa: N817 - read many times in one table
from service.privacy.inventory.kinds import Basis, Held, Kind

TABLES = {
    "person": Held(
        "人员名册",
        "who the system knows",
        Basis.DUTY,
        readers=(P.PERSON_READ,),
        columns={"name": Kind.PERSONAL, "sameness": Kind.SECRET},
        own=("id",),
    ),
    "posting": Held(
        "任职，权限据此计算",
        "roles in organisations, from which rights are computed",
        Basis.DUTY,
        readers=(P.POSTING_READ,),
        columns={"sameness": Kind.SECRET},
        own=("person_id",),
        others={"delegate_of": "a delegation is the delegate's posting; the leader finds it by the list of postings"},
    ),
    "credential": Held(
        "登录名和口令摘要",
        "logins and hashed passwords",
        Basis.DUTY,
        columns={"login": Kind.PERSONAL, "password_hash": Kind.SECRET},
        own=("person_id",),
        hidden=("password_hash",),
    ),
    "second_factor": Held(
        "本人的身份验证器（密钥加密存储）",
        "the person's authenticator; its secret is encrypted",
        Basis.SECURITY,
        rules=("second_factor",),
        columns={"secret": Kind.SECRET},
        own=("person_id",),
        hidden=("last_step",),
    ),
    "recovery_code": Held(
        "身份验证器恢复码的摘要",
        "hashes of recovery codes",
        Basis.SECURITY,
        kept="与身份验证器同存",
        columns={"code_hash": Kind.SECRET},
    ),
    "sign_in_attempt": Held(
        "登录失败计数，以密钥摘要代替登录名和地址",
        "failures to sign in, under keyed hashes of login and address",
        Basis.SECURITY,
        rules=("sign_in_attempt",),
    ),
    "device": Held(
        "本人的登录设备",
        "where a person stays signed in",
        Basis.SECURITY,
        rules=("device",),
        readers=(P.DEVICE_READ,),
        columns={"name": Kind.PERSONAL},
        own=("person_id",),
        hidden=("family_id", "generation", "previous"),
    ),
    "consent": Held(
        "同意及其撤回的记录",
        "consents given and ended",
        Basis.DUTY,
        readers=(P.CONSENT_READ,),
        columns={"notice_version": Kind.NONE},
        own=("person_id",),
    ),
    "correction_request": Held(
        "更正申请及答复",
        "requests for correction and their answers",
        Basis.DUTY,
        rules=("correction_request",),
        readers=(P.CORRECTION_READ,),
        columns={
            "what": Kind.PERSONAL,
            "should_be": Kind.PERSONAL,
            "answer": Kind.PERSONAL,
            "sameness": Kind.SECRET,
        },
        own=("person_id",),
        others={"decided_by": "the request is the asking person's; the decider finds it by the list of requests"},
    ),
}
