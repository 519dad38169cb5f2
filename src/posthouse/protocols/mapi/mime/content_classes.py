"""Content-Class ⇄ PidTagMessageClass, of mail that has no structure of its own – [MS-OXCMAIL] 2.1.3.2.22, 2.2.3.2.1."""

from __future__ import annotations

import re

NOTE = "IPM.Note"
_CLASSES = {
    "fax": "IPM.Note.Microsoft.Fax",
    "fax-ca": "IPM.Note.Microsoft.Fax.CA",
    "missedcall": "IPM.Note.Microsoft.Missed.Voice",
    "voice-uc": "IPM.Note.Microsoft.Conversation.Voice",
    "voice-ca": "IPM.Note.Microsoft.Voicemail.UM.CA",
    "voice": "IPM.Note.Microsoft.Voicemail.UM",
    "sms-alert": "IPM.Note.Mobile.SMS.Alert",
}
"""The last is a word of our own."""
_WORDS = {name.lower(): word for word, name in _CLASSES.items()}
_ANSWERS = {"ooftemplate": "IPM.Note.Rules.OofTemplate", "replytemplate": "IPM.Note.Rules.ReplyTemplate"}
"""What rules answer, with the rest of the template's class behind it ([MS-OXORULE] 3.2.5.1); words of our own."""
_ANSWER = re.compile(r"(ooftemplate|replytemplate)((?:\.[!-~]{1,100})?)", re.I)
_CUSTOM, _CUSTOM_CLASS = "urn:content-class:custom.", "IPM.Note.Custom."
_FORM, _FORM_CLASS = "infopathform.", "IPM.InfoPathForm."
_REST = re.compile(r"[!-~]{1,100}")


def class_of_content(content_class: str) -> str:
    lowered = content_class.lower()
    if lowered.startswith(_CUSTOM):
        return _with_rest(_CUSTOM_CLASS, content_class[len(_CUSTOM) :])
    if lowered.startswith(_FORM):
        return _with_rest(_FORM_CLASS, content_class[len(_FORM) :].partition(".")[0])
    if answer := _ANSWER.fullmatch(content_class):
        return _ANSWERS[answer[1].lower()] + answer[2]
    return _CLASSES.get(lowered, NOTE)


def _with_rest(begin: str, rest: str) -> str:
    return begin + rest if _REST.fullmatch(rest) else NOTE


def content_class_of(message_class: str) -> str | None:
    lowered = message_class.lower()
    if lowered.startswith(_CUSTOM_CLASS.lower()):
        return _CUSTOM + message_class[len(_CUSTOM_CLASS) :]
    return _WORDS.get(lowered) or _answer_word(message_class)


def is_answer(message_class: str) -> bool:
    """Of a rule: nobody has written it."""
    return _answer_word(message_class) is not None


def _answer_word(message_class: str) -> str | None:
    lowered = f"{message_class.lower()}."
    for word, name in _ANSWERS.items():
        if lowered.startswith(f"{name.lower()}."):
            return word + message_class[len(name) :]
    return None
