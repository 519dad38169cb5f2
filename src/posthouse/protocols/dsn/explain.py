"""What a person is told of a notification, in their language: subject, opening, and a sentence for each status code –
RFC 3463 §3, RFC 5248, RFC 7372, 7505."""

from __future__ import annotations

from datetime import datetime

from posthouse.texts import Language, say, texts_in

from .report import Action, RecipientFacts, Report

GRAVEST_FIRST = (Action.FAILED, Action.DELAYED, Action.DELIVERED, Action.RELAYED, Action.EXPANDED)


def sentence(facts: RecipientFacts, language: Language = Language.ENGLISH) -> str:
    """Empty for a success."""
    if facts.action not in (Action.FAILED, Action.DELAYED):
        return ""
    _, _, code = facts.status.partition(".")
    subject = code.partition(".")[0]
    reasons, otherwise = texts_in(language), "later" if facts.action is Action.DELAYED else "unknown"
    names = (f"report.reason.{name}" for name in (code, f"{subject}.0", otherwise))
    return next(reasons[name] for name in names if name in reasons)


def subject(report: Report) -> str:
    """Of the gravest action."""
    actions = {facts.action for facts in report.recipients}
    action = next(action for action in GRAVEST_FIRST if action in actions)
    return say(report.language, f"report.subject.{action}")


def paragraphs(report: Report) -> list[list[str]]:
    """The text for the person: paragraphs of lines, each to be wrapped by itself under its own indentation."""
    contact, language = report.postmaster or f"postmaster@{report.reporting_mta}", report.language
    text = [[say(language, "report.introduction", host=report.reporting_mta)]]
    for action in GRAVEST_FIRST:
        listed = [facts for facts in report.recipients if facts.action is action]
        if listed:
            text.append([say(language, f"report.opening.{action}")])
            text += [_recipient(facts, language) for facts in listed]
    text.append([say(language, "report.help", contact=contact)])
    return text


def _recipient(facts: RecipientFacts, language: Language) -> list[str]:
    lines = [f"  {_who(facts, language)}"]
    if said := sentence(facts, language):
        lines.append(f"    {said}")
    if facts.diagnostic and facts.action in (Action.FAILED, Action.DELAYED):
        name = "report.answer_of_host" if facts.remote_mta else "report.answer"
        lines.append("    " + say(language, name, host=facts.remote_mta, answer=facts.diagnostic))
    if facts.will_retry_until is not None and facts.action is Action.DELAYED:
        lines.append("    " + say(language, "report.until", moment=plain_date(facts.will_retry_until)))
    return lines


def _who(facts: RecipientFacts, language: Language) -> str:
    """The address that the sender wrote comes first: the final one may be an alias's target which they never saw."""
    final = str(facts.final_recipient)
    original = facts.original_recipient.partition(";")[2]
    if not original or original.lower() == final.lower():
        return final
    return say(language, "report.recipient", original=original, final=final)


def plain_date(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M %z").strip()
