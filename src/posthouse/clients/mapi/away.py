"""Out of office: the state of a mailbox, and the answer that each sender gets once – [MS-OXWOOF] 2.2.5.2,
[MS-OXORULE] 3.2.5.1.1.

The answer is a template beside the Inbox's contents, and a rule there that names it.
"""

from __future__ import annotations

from uuid import uuid4

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.rule_actions import ActionType, ReplyData
from posthouse.protocols.mapi.rules import OOF_PROVIDER, OOF_STATE, OOF_TEMPLATE

from .folder import Folder
from .holder import Holder
from .rules import Rule, always, answer_away


async def is_away(mailbox: Holder) -> bool:
    return bool(await mailbox.value(tags.PidTagOutOfOfficeState))


async def leave(mailbox: Holder, inbox: Folder, text: str) -> None:
    """Whoever writes from now on hears this, once. It takes the place of an earlier text."""
    await _forget(inbox)
    name = uuid4()
    with await inbox.create_message(associated=True) as template:
        await template.set({tags.PidTagMessageClass: OOF_TEMPLATE, tags.PidTagReplyTemplateId: name.bytes_le})
        await template.set_body(text=text)
        id = await template.save()
    await inbox.rules.add(Rule("", always(), [answer_away(inbox.id, id, name)], OOF_STATE, provider=OOF_PROVIDER))
    await mailbox.set({tags.PidTagOutOfOfficeState: True})


async def come_back(mailbox: Holder, inbox: Folder) -> None:
    await mailbox.set({tags.PidTagOutOfOfficeState: False})
    await _forget(inbox)


async def _forget(inbox: Folder) -> None:
    """What was answered until now."""
    for rule in [one for one in await inbox.rules.all() if one.provider == OOF_PROVIDER]:
        await inbox.rules.remove(rule)
        for action in rule.actions:
            if action.action_type is ActionType.OP_OOF_REPLY and isinstance(action.data, ReplyData):
                await inbox.delete_messages([action.data.reply_template_mid], for_good=True)
