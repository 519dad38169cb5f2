"""What we say we can, by the state of the connection and the settings (RFC 9051 §6.1.1)."""

from __future__ import annotations

from collections.abc import Iterable

from posthouse.protocols.imap.annotations import EXTENSION as ANNOTATE
from posthouse.store.quota import Resource

from .settings import ImapSettings

REVISIONS = ("IMAP4rev1", "IMAP4rev2")
ALWAYS = ("LITERAL+", "SASL-IR", "ENABLE", "ID", "LANGUAGE")
"""Known before login too; the others only clutter a greeting."""
AFTER_LOGIN = (
    *("IDLE", "NAMESPACE", "CHILDREN", "UNSELECT", "UIDPLUS", "MOVE", "ESEARCH", "SEARCHRES", "BINARY", "MULTIAPPEND"),
    *("LIST-EXTENDED", "LIST-STATUS", "SPECIAL-USE", "CREATE-SPECIAL-USE", "STATUS=SIZE"),
    *("WITHIN", "PREVIEW", "SAVEDATE", "OBJECTID", "SEARCH=FUZZY", "I18NLEVEL=2"),
    *("CATENATE", "REPLACE", "UTF8=ACCEPT", "METADATA", "LIST-METADATA"),
    *("QUOTA", *(f"QUOTA=RES-{resource}" for resource in Resource), "QUOTASET"),
    *("URLAUTH", "URLAUTH=BINARY", "URL-PARTIAL", "XLIST", "LOGIN-REFERRALS", "MAILBOX-REFERRALS"),
    *("ACL", "LIST-MYRIGHTS", ANNOTATE),
    *("SORT", "SORT=DISPLAY", "ESORT", "THREAD=ORDEREDSUBJECT", "THREAD=REFERENCES", "THREAD=REFS"),
    *("CONTEXT=SEARCH", "CONTEXT=SORT", "MULTISEARCH", "FILTERS", "PARTIAL", "NOTIFY"),
    *("CONDSTORE", "QRESYNC", "COMPRESS=DEFLATE", "UNAUTHENTICATE", "UIDONLY", "UIDBATCHES", "INPROGRESS"),
)
ENABLEABLE = ("IMAP4rev2", "UTF8=ACCEPT", "METADATA", "CONDSTORE", "QRESYNC", "UIDONLY")
"""What ENABLE knows."""

COMMANDS_OF: dict[str, tuple[bytes, ...]] = {
    "IDLE": (b"IDLE",),
    "NAMESPACE": (b"NAMESPACE",),
    "UNSELECT": (b"UNSELECT",),
    "MOVE": (b"MOVE", b"UID MOVE"),
    "UIDPLUS": (b"UID EXPUNGE",),
    "ENABLE": (b"ENABLE",),
    "ID": (b"ID",),
    "LANGUAGE": (b"LANGUAGE",),
    "I18NLEVEL=2": (b"COMPARATOR",),
    "REPLACE": (b"REPLACE", b"UID REPLACE"),
    "ACL": (b"SETACL", b"DELETEACL", b"GETACL", b"LISTRIGHTS", b"MYRIGHTS"),
    "METADATA": (b"GETMETADATA", b"SETMETADATA"),
    "QUOTA": (b"GETQUOTA", b"GETQUOTAROOT", b"SETQUOTA"),
    "URLAUTH": (b"GENURLAUTH", b"RESETKEY", b"URLFETCH"),
    "XLIST": (b"XLIST",),
    "MAILBOX-REFERRALS": (b"RLIST", b"RLSUB"),
    "QUOTASET": (b"SETQUOTA",),
    "SORT": (b"SORT", b"UID SORT"),
    "THREAD": (b"THREAD", b"UID THREAD"),
    "CONTEXT": (b"CANCELUPDATE",),
    "MULTISEARCH": (b"ESEARCH",),
    "NOTIFY": (b"NOTIFY",),
    "COMPRESS": (b"COMPRESS",),
    "UNAUTHENTICATE": (b"UNAUTHENTICATE",),
    "UIDBATCHES": (b"UIDBATCHES",),
}
"""Extensions that are commands: switched off, they are unknown."""


PARTS_OF = {
    "CONDSTORE": frozenset({"QRESYNC", "MODSEQ"}),
    "ACL": frozenset({"RIGHTS", "LIST-MYRIGHTS"}),
    "SORT": frozenset({"SORT=DISPLAY", "ESORT", "CONTEXT=SORT"}),
    "THREAD": frozenset({"THREAD=ORDEREDSUBJECT", "THREAD=REFERENCES", "THREAD=REFS"}),
    "CONTEXT": frozenset({"CONTEXT=SEARCH", "CONTEXT=SORT"}),
    "COMPRESS=DEFLATE": frozenset({"COMPRESS"}),
    ANNOTATE: frozenset({"QUOTA=RES-ANNOTATION-STORAGE"}),
}
"""What goes off along with an extension."""


class Capabilities:
    """The lists, made once."""

    def __init__(self, settings: ImapSettings) -> None:
        off = {name.upper() for name in settings.disabled_extensions}
        self.message_limit = 0 if "MESSAGELIMIT" in off else settings.message_limit
        """Messages that one command works on; 0: no limit (RFC 9738)."""
        self.save_limit = self.message_limit or (0 if "SAVELIMIT" in off else settings.save_limit)
        """The same of COPY and APPEND."""
        self.progress_interval = 0.0 if "INPROGRESS" in off else settings.progress_interval
        """Seconds between two notifications (RFC 9585); 0: there are none."""
        if not self.message_limit:
            off.add("MESSAGELIMIT")
        if not self.progress_interval:
            off.add("INPROGRESS")
        self.off = frozenset(off.union(*[PARTS_OF[name] for name in off & PARTS_OF.keys()]))
        self.unknown_commands = frozenset(
            command for name in COMMANDS_OF if name.upper() in self.off for command in COMMANDS_OF[name]
        )
        self._size = settings.message_size
        rights = "RIGHTS=texkn" if self.is_on(ANNOTATE) else "RIGHTS=texk"
        more = (rights, f"APPENDLIMIT={self._size}", *self._limits())
        self.after_login = self._on((*REVISIONS, *ALWAYS, *AFTER_LOGIN, *more))

    def _limits(self) -> list[str]:
        """SAVELIMIT takes the place of MESSAGELIMIT (RFC 9738 §3)."""
        if self.message_limit:
            return [f"MESSAGELIMIT={self.message_limit}"]
        return [f"SAVELIMIT={self.save_limit}"] if self.save_limit else []

    def is_on(self, name: str) -> bool:
        return name.upper() not in self.off

    def before_login(self, *, starttls: bool, plaintext: bool, mechanisms: Iterable[str]) -> list[str]:
        """`plaintext`: a password may be sent as things are."""
        more = [*(["STARTTLS"] if starttls else []), *([] if plaintext else ["LOGINDISABLED"])]
        return self._on((*REVISIONS, *ALWAYS, *more, *(f"AUTH={name}" for name in mechanisms)))

    def _on(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if name.upper().partition("=")[0] not in self.off and self.is_on(name)]
