"""Who exists: domains, accounts, aliases, groups, contacts and their credentials.

Operations are plain functions on a transaction (`add_account(tx, …)`, `resolve(tx, …)`); `Logins` is what servers ask
who somebody is. Nothing is cached but passwords known to be right, so a change counts from the next question on.
"""

from posthouse.database.migrations import Room
from posthouse.directory.accounts import (
    add_account,
    add_certificate,
    list_accounts,
    remove_account,
    remove_certificate,
    remove_password,
    set_password,
)
from posthouse.directory.aliases import Alias, add_alias, list_aliases, remove_alias
from posthouse.directory.domains import add_domain, is_ours, list_domains, remove_domain
from posthouse.directory.groups import (
    Group,
    add_contact,
    add_group,
    get_group,
    list_contacts,
    list_groups,
    remove_contact,
    remove_group,
    set_members,
    set_query,
)
from posthouse.directory.identifiers import identifier_of, identify
from posthouse.directory.logins import Login, Logins
from posthouse.directory.memberships import Memberships
from posthouse.directory.names import parse_address
from posthouse.directory.organisation import Organisation, open_organisation
from posthouse.directory.passwords import Hasher, PasswordKeys
from posthouse.directory.principals import (
    Kind,
    Principal,
    find_principal,
    get_principal,
    list_principals,
    principal_by_id,
    set_attributes,
)
from posthouse.directory.resolve import LocalRecipient, Outcome, Resolution, describe, expand, resolve
from posthouse.directory.settings import AuthSettings
from posthouse.directory.state import generation

ROOM = Room("directory", __package__)

__all__ = [
    "ROOM",
    "Alias",
    "AuthSettings",
    "Group",
    "Hasher",
    "Kind",
    "LocalRecipient",
    "Login",
    "Logins",
    "Memberships",
    "Organisation",
    "Outcome",
    "PasswordKeys",
    "Principal",
    "Resolution",
    "add_account",
    "add_alias",
    "add_certificate",
    "add_contact",
    "add_domain",
    "add_group",
    "describe",
    "expand",
    "find_principal",
    "generation",
    "get_group",
    "get_principal",
    "identifier_of",
    "identify",
    "is_ours",
    "list_accounts",
    "list_aliases",
    "list_contacts",
    "list_domains",
    "list_groups",
    "list_principals",
    "open_organisation",
    "parse_address",
    "principal_by_id",
    "remove_account",
    "remove_alias",
    "remove_certificate",
    "remove_contact",
    "remove_domain",
    "remove_group",
    "remove_password",
    "resolve",
    "set_attributes",
    "set_members",
    "set_password",
    "set_query",
]
