"""An administrator's phone: sets up an authenticator once, signs in with a code, stays signed in, is signed out.

The credentials file is its keychain: the secret is kept there, and the step of the last code, since none is good twice.
"""

import json
import time
from base64 import b32decode
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from routers.cli.tour.guide import Guide
from service.foundation.ids import new_id

LOGIN = "demo-admin"
STEP_S = 30


def administrate(guide: Guide, known: dict[str, Any], keychain: Path) -> None:
    """The administrator signs in as administrators must."""
    guide.say("系统管理员：只有密码不能登录", "the system administrator: a password alone is not enough")
    login = {"login": LOGIN, "password": known["passwords"][LOGIN]}
    if "authenticator" not in known:
        guide.ask(403, "POST", "/v1/auth/tokens", login)
        _set_up(guide, login, known, keychain)
    device = {"id": str(new_id()), "name": "演示手机"}
    code = {"code": _next_code(known, keychain)}
    held = guide.ask(200, "POST", "/v1/auth/tokens", login | code | {"device": device}).json()

    guide.say("手机保持登录；丢了就退出这台设备", "the phone stays signed in; a lost one is signed out")
    used = {"refresh_token": held["refresh_token"]}
    held = guide.ask(200, "POST", "/v1/auth/refreshes", used).json()
    guide.ask(204, "DELETE", f"/v1/me/devices/{device['id']}", token=held["access_token"])
    guide.ask(401, "POST", "/v1/auth/refreshes", {"refresh_token": held["refresh_token"]})


def _set_up(guide: Guide, login: dict[str, str], known: dict[str, Any], keychain: Path) -> None:
    begun = guide.ask(201, "POST", "/v1/auth/second-factors", login).json()
    known["authenticator"] = {"secret": begun["secret"], "last_step": 0}
    code = {"code": _next_code(known, keychain)}
    guide.ask(200, "POST", "/v1/auth/second-factors/confirmations", login | code)


def _next_code(known: dict[str, Any], keychain: Path) -> str:
    """A code that was not used yet. The server bears a clock half a minute ahead; beyond that one waits."""
    held = known["authenticator"]
    step = max(int(time.time()) // STEP_S, held["last_step"] + 1)
    time.sleep(max(0, (step - 1) * STEP_S - time.time()))
    held["last_step"] = step
    keychain.write_text(json.dumps(known, ensure_ascii=False, indent=1))
    secret = b32decode(held["secret"])
    return TOTP(secret, 6, SHA1(), STEP_S).generate(step * STEP_S).decode()  # noqa: S303 - RFC 6238
