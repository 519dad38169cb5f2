"""LOGIN – draft-murchison-sasl-login, which never became an RFC and is everywhere: two questions, two answers.

The draft asks `User Name` and `Password` with a NUL behind; what clients wait for, and servers send, is this.
Many clients send the user name as an initial response, so it is taken.
"""

from __future__ import annotations

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.sasl.exchange import Dialogue, ask
from posthouse.protocols.sasl.plain import MAX_NAME, MAX_PASSWORD, password_claim

USERNAME = b"Username:"
PASSWORD = b"Password:"


def login() -> Dialogue:
    user = yield from ask(USERNAME, MAX_NAME)
    password = yield from ask(PASSWORD, MAX_PASSWORD)
    if b"\0" in user or b"\0" in password:
        raise BadSyntax("no NUL")
    return password_claim(user, b"", password)
