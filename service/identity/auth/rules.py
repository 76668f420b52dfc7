"""Check whether a password is too easy to guess (DOMAIN §7.3). The schema checks its length."""

from service.identity.auth.errors import PasswordFault, PasswordUnfit

MIN_DISTINCT_CHARACTERS = 5
MIN_LOGIN_LENGTH = 4
"""A shorter login may occur in a password by chance, so it is not searched for."""
WORDS = """
1234567890123 123456789012 12345678901234 0123456789012 1234567890abc 123456789abc 123456789qwe 1q2w3e4r5t6y
1qaz2wsx3edc 1qaz2wsx3edc4rfv qwertyuiop12 qwertyuiop123 qwertyuiopasdf qwertyuiop[] asdfghjkl123 qazwsxedcrfv
zaq12wsxcde3 abcdefghijkl abcd12345678 abc123456789 abcdef123456 a1234567890b a123456789012 a12345678901
qq1234567890 aa1234567890 password1234 password12345 password123456 passw0rd1234 p@ssw0rd1234 p@ssword1234
passwordpassword admin1234567 admin12345678 admin123456789 administrator administrator1 administrator123
administrator@123 admin@123456 admin@12345678 root12345678 welcome12345 welcome123456 letmein12345 changeme1234
changemechangeme iloveyou1234 iloveyou5201314 woaini1314520 woaini5201314 woaini123456 5201314woaini
wodemima1234 mima12345678 woshishui123 zhongguo1949 zhongguo1234 beijing2008 1234567890qwertyuiop !qaz2wsx#edc
1qaz@wsx3edc 1qaz!qaz2wsx p@ssw0rd2025 p@ssw0rd2026 dangyuan1921 qwer1234asdf qwe123asd456 asd123456789
"""
COMMON = frozenset(WORDS.split())
"""Leaked passwords of at least twelve characters, in lower case."""


def require_fit_password(login: str, new: str, old: str | None = None) -> None:
    """Check that a new password is hard to guess.

    Raises: PasswordUnfit when it equals the old password, contains the login, is common, or repeats few characters.
    """
    lower_case = new.lower()
    if new == old:
        raise PasswordUnfit(reason=PasswordFault.SAME)
    if len(login) >= MIN_LOGIN_LENGTH and login.lower() in lower_case:
        raise PasswordUnfit(reason=PasswordFault.HOLDS_LOGIN)
    if lower_case in COMMON or len(set(lower_case)) < MIN_DISTINCT_CHARACTERS:
        raise PasswordUnfit(reason=PasswordFault.COMMON)
