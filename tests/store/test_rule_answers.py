"""Whom rules have answered, on both engines."""

from __future__ import annotations

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.objects import Properties, set_value
from posthouse.store import rule_answers
from posthouse.store.accounts import remove_account
from posthouse.store.away import note_absence
from posthouse.store.folders import INBOX, create_folder, delete_folder
from posthouse.store.rule_answers import MAX_TIMES, PERIOD, take_answer, was_answered
from posthouse.store.rules import StoredRule, change_rules

RULE, OTHER = 1, 2


def away(state: bool) -> Properties:
    found: Properties = {}
    set_value(found, tags.PidTagOutOfOfficeState, state)
    return found


def test_once(shelf):
    """A sender is answered once by each rule, until the list ends."""
    with shelf.database.transaction() as tx:
        assert not was_answered(tx, shelf.account, RULE, "x@y")
        assert take_answer(tx, shelf.account, RULE, "x@y", shelf.now, once=True)
        assert was_answered(tx, shelf.account, RULE, "x@y")
        assert not take_answer(tx, shelf.account, RULE, "x@y", shelf.now + 10 * PERIOD, once=True)
        assert take_answer(tx, shelf.account, OTHER, "x@y", shelf.now, once=True)
        note_absence(tx, shelf.account, {}, {})
        assert was_answered(tx, shelf.account, RULE, "x@y")
        for state in (True, True, False):
            note_absence(tx, shelf.account, away(state), away(state))
            assert not was_answered(tx, shelf.account, RULE, "x@y")
            assert take_answer(tx, shelf.account, RULE, "x@y", shelf.now, once=True)


def test_so_many_a_day(shelf):
    with shelf.database.transaction() as tx:
        taken = [take_answer(tx, shelf.account, RULE, "x@y", shelf.now + at, once=False) for at in range(MAX_TIMES + 2)]
        assert taken == [True] * MAX_TIMES + [False] * 2
        assert not take_answer(tx, shelf.account, RULE, "x@y", shelf.now + PERIOD - 1, once=False)
        assert take_answer(tx, shelf.account, RULE, "x@y", shelf.now + PERIOD, once=False)


def test_so_many_senders_are_known(shelf, monkeypatch):
    """The oldest is forgotten for a new one, whichever rule has answered it."""
    monkeypatch.setattr(rule_answers, "MAX_KNOWN", 2)
    with shelf.database.transaction() as tx:
        for at, (rule, address) in enumerate([(RULE, "a@x"), (OTHER, "a@x"), (RULE, "b@x")]):
            assert take_answer(tx, shelf.account, rule, address, shelf.now + at, once=True)
        assert not was_answered(tx, shelf.account, RULE, "a@x")
        assert was_answered(tx, shelf.account, OTHER, "a@x")
        assert was_answered(tx, shelf.account, RULE, "b@x")


def test_it_goes_with_the_rule(shelf):
    """When it is removed, or its folder, or the account; another rule's stays."""
    with shelf.database.transaction() as tx:
        work = create_folder(tx, shelf.account, "Work").id
        rules = {INBOX: RULE, work: OTHER}
        for folder, rule in rules.items():
            change_rules(tx, shelf.account, folder, [StoredRule(rule, 1, 1, b"")], ())
            take_answer(tx, shelf.account, rule, "x@y", shelf.now, once=True)
        delete_folder(tx, shelf.account, work)
        assert [was_answered(tx, shelf.account, rule, "x@y") for rule in (RULE, OTHER)] == [True, False]
        change_rules(tx, shelf.account, INBOX, (), [RULE])
        assert not was_answered(tx, shelf.account, RULE, "x@y")
        take_answer(tx, shelf.account, RULE, "x@y", shelf.now, once=True)
        remove_account(tx, shelf.account)
        assert not was_answered(tx, shelf.account, RULE, "x@y")
