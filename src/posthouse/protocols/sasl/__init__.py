"""SASL – RFC 4422: how somebody says who they are, the same in SMTP, IMAP, POP3 and ManageSieve.

exchange.py    an exchange as a machine: challenges, needs, and the claim at its end
mechanisms.py  the table of what we speak as a server
client.py      the other side, for smarthosts and for our own sessions elsewhere
"""

from posthouse.protocols.sasl.client import ClientMechanism, Credentials, ScramClient, choose
from posthouse.protocols.sasl.encoding import Cancelled, decode_initial, decode_response, encode_base64, encode_initial
from posthouse.protocols.sasl.exchange import (
    CertificateClaim,
    Challenge,
    Claim,
    Exchange,
    FindKeys,
    PasswordClaim,
    ProvenClaim,
    Step,
)
from posthouse.protocols.sasl.keys import ScramKeys, derive_keys, format_keys, parse_keys
from posthouse.protocols.sasl.mechanisms import MECHANISMS, Mechanism, begin, offered
from posthouse.protocols.sasl.saslprep import prepare_password, saslprep
from posthouse.protocols.sasl.scram import Bindings

__all__ = [
    "MECHANISMS",
    "Bindings",
    "Cancelled",
    "CertificateClaim",
    "Challenge",
    "Claim",
    "ClientMechanism",
    "Credentials",
    "Exchange",
    "FindKeys",
    "Mechanism",
    "PasswordClaim",
    "ProvenClaim",
    "ScramClient",
    "ScramKeys",
    "Step",
    "begin",
    "choose",
    "decode_initial",
    "decode_response",
    "derive_keys",
    "encode_base64",
    "encode_initial",
    "format_keys",
    "offered",
    "parse_keys",
    "prepare_password",
    "saslprep",
]
