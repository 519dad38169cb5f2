"""What is said to people, in their language – RFC 5255 §3.

English is the language of the code. A text that has no translation stays as it is, and so does what a syntax error
expected, for its readers are those who write clients.
"""

from __future__ import annotations

import re

DEFAULT = "i-default"
"""English, in ASCII (RFC 2277 §4.5); what an administrator's preference would be."""
LANGUAGES = ("en", "de", DEFAULT)

GERMAN = {
    # refusals
    "Request refused": "Abgelehnt",
    "No such folder": "Diesen Ordner gibt es nicht",
    "A folder of that name exists": "Einen Ordner dieses Namens gibt es schon",
    "The folder cannot be removed": "Der Ordner kann nicht entfernt werden",
    "Not a possible folder name": "Kein möglicher Name für einen Ordner",
    "The folder holds no messages": "Der Ordner enthält keine Nachrichten",
    "No such message": "Diese Nachricht gibt es nicht",
    "Some of the messages no longer exist": "Manche der Nachrichten gibt es nicht mehr",
    "Message too large": "Die Nachricht ist zu groß",
    "Read-only access": "Nur Lesezugriff",
    "A limit of this server is reached": "Eine Grenze dieses Servers ist erreicht",
    "Quota exceeded": "Der Speicherplatz ist erschöpft",
    "Permission denied": "Keine Berechtigung",
    "In use by another session": "Von einer anderen Sitzung in Gebrauch",
    "Authentication failed": "Anmeldung fehlgeschlagen",
    "Account is disabled": "Das Konto ist gesperrt",
    "Too many failed logins, try again later": "Zu viele fehlgeschlagene Anmeldungen, bitte später versuchen",
    "Temporary failure, try again later": "Vorübergehende Störung, bitte später versuchen",
    "Service temporarily unavailable": "Der Dienst ist vorübergehend nicht verfügbar",
    "Authentication mechanism not supported": "Diese Art der Anmeldung wird nicht unterstützt",
    "Encryption required for the requested authentication mechanism": "Diese Anmeldung verlangt Verschlüsselung",
    "Not authorized to act for that account": "Nicht berechtigt, für dieses Konto zu handeln",
    "Too many annotations": "Zu viele Anmerkungen",
    "Too many messages for one command": "Zu viele Nachrichten für einen Befehl",
    # answers
    "Logged in": "Angemeldet",
    "Authentication cancelled": "Anmeldung abgebrochen",
    "Begin TLS negotiation now": "TLS-Aushandlung kann beginnen",
    "TLS is active already": "TLS ist schon aktiv",
    "TLS is not available": "TLS gibt es hier nicht",
    "Log in first": "Erst anmelden",
    "You are logged in already": "Schon angemeldet",
    "Select a mailbox first": "Erst ein Postfach wählen",
    "That charset is not known": "Dieser Zeichensatz ist nicht bekannt",
    "The encoding of a part is not known": "Die Kodierung eines Teils ist nicht bekannt",
    "A mailbox cannot have that special use": "Diesen besonderen Zweck kann ein Postfach nicht haben",
    "Another mailbox has that special use": "Ein anderes Postfach hat diesen besonderen Zweck",
    "Previous mailbox is now closed": "Das vorige Postfach ist jetzt geschlossen",
    "The selected mailbox was deleted": "Das gewählte Postfach wurde gelöscht",
    "No such comparator": "Diesen Vergleich gibt es nicht",
    "That language is not known": "Diese Sprache wird nicht unterstützt",
    "Message numbers are not allowed behind ENABLE UIDONLY": "Nach ENABLE UIDONLY gibt es keine Nachrichtennummern",
    "Message numbers are not told any more": "Nachrichtennummern werden nicht mehr genannt",
    "Only the newest messages were processed": "Nur die neuesten Nachrichten wurden bearbeitet",
    "Results of a part of the mailbox are not kept up to date": "Ein Teil des Postfachs wird nicht verfolgt",
    "Minimum batch size is 500": "Ein Bereich muss mindestens 500 Nachrichten haben",
    "No more than 10000 batches at once": "Höchstens 10000 Bereiche auf einmal",
    "The first batch comes first": "Der erste Bereich kommt zuerst",
    "Under way": "Noch dabei",
    "Internal error": "Interner Fehler",
    # goodbyes
    "Until next time": "Bis zum nächsten Mal",
    "Too many errors": "Zu viele Fehler",
    "The server is shutting down": "Der Server wird beendet",
    "Autologout; idle for too long": "Abgemeldet, weil zu lange nichts kam",
    "Still here": "Noch da",
}
_GERMAN_ENDS = {"completed": "ausgeführt", "failed": "fehlgeschlagen"}
_ENDS = re.compile(r"([A-Z0-9 ]+) (completed|failed)")

GERMAN_NAMESPACES = {"Users/": "Benutzer/", "Public/": "Öffentlich/"}


def translate(text: str, language: str) -> str:
    if language != "de":
        return text
    found = _ENDS.fullmatch(text)
    if found is not None:
        return f"{found[1]} {_GERMAN_ENDS[found[2]]}"
    return GERMAN.get(text, text)


def namespaces(language: str) -> dict[str, str]:
    """Prefixes as people should see them."""
    return GERMAN_NAMESPACES if language == "de" else {}
