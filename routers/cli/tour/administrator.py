"""The phone of an administrator: set up an authenticator once, sign in with a code, refresh, sign out.

The credentials file stores the secret and the time step of the last code, because a code works only once.
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


def administrate(guide: Guide, demo: dict[str, Any], keychain: Path) -> None:
    """Sign in the administrator with a second factor, and sign the device out again."""
    guide.say("系统管理员：只有密码不能登录", "the system administrator cannot sign in with a password alone")
    login = {"login": LOGIN, "password": demo["passwords"][LOGIN]}
    if "authenticator" not in demo:
        guide.send(403, "POST", "/v1/auth/tokens", login)
        _set_up(guide, login, demo, keychain)
    device = {"id": str(new_id()), "name": "演示手机"}
    code = {"code": _next_code(demo, keychain)}
    tokens = guide.send(200, "POST", "/v1/auth/tokens", login | code | {"device": device}).json()

    guide.say("手机保持登录；丢了就退出这台设备", "the phone stays signed in; a lost phone is signed out")
    refresh = {"refresh_token": tokens["refresh_token"]}
    tokens = guide.send(200, "POST", "/v1/auth/refreshes", refresh).json()
    guide.send(204, "DELETE", f"/v1/me/devices/{device['id']}", token=tokens["access_token"])
    guide.send(401, "POST", "/v1/auth/refreshes", {"refresh_token": tokens["refresh_token"]})


def _set_up(guide: Guide, login: dict[str, str], demo: dict[str, Any], keychain: Path) -> None:
    factor = guide.send(201, "POST", "/v1/auth/second-factors", login).json()
    demo["authenticator"] = {"secret": factor["secret"], "last_step": 0}
    code = {"code": _next_code(demo, keychain)}
    guide.send(200, "POST", "/v1/auth/second-factors/confirmations", login | code)


def _next_code(demo: dict[str, Any], keychain: Path) -> str:
    """Return an unused code. Wait until the server accepts it: one step (30 s) early."""
    authenticator = demo["authenticator"]
    step = max(int(time.time()) // STEP_S, authenticator["last_step"] + 1)
    time.sleep(max(0, (step - 1) * STEP_S - time.time()))
    authenticator["last_step"] = step
    keychain.write_text(json.dumps(demo, ensure_ascii=False, indent=1))
    secret = b32decode(authenticator["secret"])
    return TOTP(secret, 6, SHA1(), STEP_S).generate(step * STEP_S).decode()  # noqa: S303 - RFC 6238
