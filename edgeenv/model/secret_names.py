"""Names of variables whose values nobody wants to publish, known by their looks."""

from __future__ import annotations

import re

# A count such as MAX_TOKENS is no secret, and neither is a MONKEY.
_SECRET = re.compile(
    r"(?:(?:^|_)(?:API|ACCESS|PRIVATE)?KEY|TOKEN|SECRETS?|PASSWORDS?|PASSWD|PASSPHRASE|CREDENTIALS?)(?:_|$)"
)


def looks_secret(name: str) -> bool:
    """Does the name of a variable, in upper case, say that its value is a secret?"""
    return _SECRET.search(name) is not None
