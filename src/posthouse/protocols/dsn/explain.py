"""What a person is told: subject, opening, and a sentence for each status code – RFC 3463 §3, RFC 5248, RFC 7372, 7505.

In plain words, without our terms: the reader is somebody whose mail did not arrive. What happened, whose move it is,
and what can be done; the numbers are in the part for machines.
"""

from __future__ import annotations

from datetime import datetime

from .report import Action, RecipientFacts, Report

SUBJECTS = {
    Action.FAILED: "Your message could not be delivered",
    Action.DELAYED: "Your message is delayed",
    Action.DELIVERED: "Your message was delivered",
    Action.RELAYED: "Your message was sent on",
    Action.EXPANDED: "Your message was sent on to a list",
}

OPENINGS = {
    Action.FAILED: "Your message could not be delivered to the following, and no further attempt will be made:",
    Action.DELAYED: "Your message has not yet been delivered to the following. We keep trying; there is no need to "
    "send it again:",
    Action.DELIVERED: "Your message was delivered, as you asked to be told, to:",
    Action.RELAYED: "Your message was handed to a mail system that does not confirm delivery. Further notice will "
    "come only if something goes wrong. This is so for:",
    Action.EXPANDED: "Your message was sent on to the members of a list or to several addresses, from which no "
    "confirmation will come:",
}

SENTENCES = {
    "1.0": "There is a problem with the address.",
    "1.1": "There is no mailbox of this name. Please look for a typing error in the part before the @.",
    "1.2": "The domain, the part after the @, does not exist or takes no mail. Please look for a typing error.",
    "1.3": "The address is not well-formed.",
    "1.4": "The address stands for more than one person.",
    "1.6": "The recipient has moved and left no new address.",
    "1.7": "The receiving system does not accept your sender address.",
    "1.8": "The receiving system cannot find the domain of your sender address.",
    "1.10": "The domain says that it takes no mail at all.",
    "2.0": "There is a problem with the mailbox.",
    "2.1": "The mailbox is closed.",
    "2.2": "The mailbox is full. Please try again when the recipient has made room.",
    "2.3": "The message is larger than the recipient may get.",
    "2.4": "The list could not be expanded.",
    "3.1": "The receiving system has no room at the moment.",
    "3.2": "The receiving system takes no mail at the moment.",
    "3.4": "The message is too large for the receiving system. A link to the file may help.",
    "4.0": "There was a problem in the network.",
    "4.1": "The receiving system did not answer.",
    "4.2": "The connection to the receiving system broke off.",
    "4.3": "The name service did not tell where the mail for this domain goes.",
    "4.4": "There is no known way to the receiving system.",
    "4.5": "The receiving system is too busy.",
    "4.6": "The message goes round in a circle between mail systems.",
    "4.7": "The receiving system could not be reached in time.",
    "5.0": "The mail systems did not understand each other.",
    "5.3": "The message has more recipients than the receiving system takes.",
    "6.0": "The receiving system does not accept the form of the message.",
    "6.1": "The receiving system does not accept this kind of content.",
    "6.3": "The message would have to be converted for the receiving system, which is not possible.",
    "6.7": "The receiving system cannot handle addresses with international characters.",
    "6.9": "The receiving system cannot handle messages with international characters in their header.",
    "7.0": "The receiving system refused the message for reasons of policy or security.",
    "7.1": "The receiving system does not accept this message from you.",
    "7.2": "You are not allowed to send to this list.",
    "7.20": "The message has no valid signature of its domain (DKIM).",
    "7.23": "Your domain does not allow this sending system (SPF).",
    "7.25": "The sending system's address has no name in the DNS.",
    "7.26": "The message did not pass the checks which its sender's domain demands (DMARC).",
    "7.30": "The message demands an encrypted way all along, and the receiving system cannot promise it.",
}
"""By subject and detail; `x.0` stands for the subject when a detail has no sentence of its own."""

LATER = "The receiving system cannot take the message at the moment."
UNKNOWN = "The receiving system gave no reason that we know."


def sentence(facts: RecipientFacts) -> str:
    """Empty for a success."""
    if facts.explanation:
        return facts.explanation
    if facts.action not in (Action.FAILED, Action.DELAYED):
        return ""
    _, _, code = facts.status.partition(".")
    subject = code.partition(".")[0]
    otherwise = LATER if facts.action is Action.DELAYED else UNKNOWN
    return SENTENCES.get(code) or SENTENCES.get(f"{subject}.0") or otherwise


def subject(report: Report) -> str:
    """Of the gravest action."""
    actions = {facts.action for facts in report.recipients}
    return next(text for action, text in SUBJECTS.items() if action in actions)


def paragraphs(report: Report) -> list[list[str]]:
    """The text for the person: paragraphs of lines, each to be wrapped by itself under its own indentation."""
    contact = report.postmaster or f"postmaster@{report.reporting_mta}"
    text = [[f"This is the mail system {report.reporting_mta}."]]
    for action, opening in OPENINGS.items():
        listed = [facts for facts in report.recipients if facts.action is action]
        if listed:
            text.append([opening])
            text += [_recipient(facts) for facts in listed]
    text.append([f"If you need help, please write to {contact} and include this message."])
    return text


def _recipient(facts: RecipientFacts) -> list[str]:
    lines = [f"  {_who(facts)}"]
    if said := sentence(facts):
        lines.append(f"    {said}")
    if facts.diagnostic and facts.action in (Action.FAILED, Action.DELAYED):
        speaker = f"The mail system {facts.remote_mta} said" if facts.remote_mta else "The answer was"
        lines.append(f"    {speaker}: {facts.diagnostic}")
    if facts.will_retry_until is not None and facts.action is Action.DELAYED:
        lines.append(f"    We keep trying until {plain_date(facts.will_retry_until)}.")
    return lines


def _who(facts: RecipientFacts) -> str:
    """The address that the sender wrote comes first: the final one may be an alias's target which they never saw."""
    final = str(facts.final_recipient)
    original = facts.original_recipient.partition(";")[2]
    return f"{original} (as {final})" if original and original.lower() != final.lower() else final


def plain_date(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M %z").strip()
