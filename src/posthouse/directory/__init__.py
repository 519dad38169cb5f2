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
from posthouse.directory.aliases import Alias, add_alias, list_aliases, principal_of_address, remove_alias
from posthouse.directory.domains import add_domain, is_ours, list_domains, remove_domain
from posthouse.directory.groups import (
    DELEGATE,
    MEMBER,
    OWNER,
    Group,
    add_contact,
    add_group,
    change_links,
    dynamic_groups,
    find_members,
    get_group,
    group_members,
    groups_of,
    linking,
    links,
    list_contacts,
    list_groups,
    meeting,
    remove_contact,
    remove_group,
    set_members,
    set_query,
)
from posthouse.directory.identifiers import identifier_of, identify
from posthouse.directory.indexing import AddressList, Order, proxies_of
from posthouse.directory.listing import Effort, Listing, Place, Sizes, complete_lists, in_order
from posthouse.directory.logins import Login, Logins
from posthouse.directory.memberships import Memberships, members_of
from posthouse.directory.names import parse_address
from posthouse.directory.organisation import Organisation, open_organisation
from posthouse.directory.passwords import Hasher, PasswordKeys
from posthouse.directory.principals import (
    DISPLAY_TYPE,
    LANGUAGE,
    Kind,
    Moments,
    Principal,
    find_principal,
    get_principal,
    list_principals,
    moments_of,
    principal_by_id,
    set_attributes,
)
from posthouse.directory.resolve import LocalRecipient, Outcome, Resolution, describe, expand, resolve
from posthouse.directory.settings import AuthSettings
from posthouse.directory.sorting import fold, plain, sort_key
from posthouse.directory.state import generation
from posthouse.directory.values import ValueName, set_values, values_of

ROOM = Room("directory", __package__)

__all__ = [
    "DELEGATE",
    "DISPLAY_TYPE",
    "LANGUAGE",
    "MEMBER",
    "OWNER",
    "ROOM",
    "AddressList",
    "Alias",
    "AuthSettings",
    "Effort",
    "Group",
    "Hasher",
    "Kind",
    "Listing",
    "LocalRecipient",
    "Login",
    "Logins",
    "Memberships",
    "Moments",
    "Order",
    "Organisation",
    "Outcome",
    "PasswordKeys",
    "Place",
    "Principal",
    "Resolution",
    "Sizes",
    "ValueName",
    "add_account",
    "add_alias",
    "add_certificate",
    "add_contact",
    "add_domain",
    "add_group",
    "change_links",
    "complete_lists",
    "describe",
    "dynamic_groups",
    "expand",
    "find_members",
    "find_principal",
    "fold",
    "generation",
    "get_group",
    "get_principal",
    "group_members",
    "groups_of",
    "identifier_of",
    "identify",
    "in_order",
    "is_ours",
    "linking",
    "links",
    "list_accounts",
    "list_aliases",
    "list_contacts",
    "list_domains",
    "list_groups",
    "list_principals",
    "meeting",
    "members_of",
    "moments_of",
    "open_organisation",
    "parse_address",
    "plain",
    "principal_by_id",
    "principal_of_address",
    "proxies_of",
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
    "set_values",
    "sort_key",
    "values_of",
]
