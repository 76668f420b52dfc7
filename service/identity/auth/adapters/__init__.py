"""Ways in through somebody else's login: OIDC, WeCom, government DingTalk, behind one interface."""
