"""Sign-in through other providers behind one interface: OpenID Connect, WeCom, government DingTalk."""
