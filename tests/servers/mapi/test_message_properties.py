"""What clients keep with messages and attachments comes back as it was. Statements are those of [MS-OXCMSG].

Beside mail, and in a message that MAPI has made; also after the content was made anew.
"""

from __future__ import annotations

import smtplib
from collections.abc import Iterator

import pytest
from mapi_properties import NOT_FOUND, PropertySession, problem, typed
from mapi_session import deliver, mapi_hub

from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.deletion import purge_deleted
from posthouse.testing import MailHub

TIME = 133_500_000_000_000_000
_IDS = bytes(range(16))

OF_MESSAGES = (
    (named_tags.PidLidSmartNoAttach, True),
    (named_tags.PidLidPrivate, True),
    (named_tags.PidLidSideEffects, 0x7D79),
    (named_tags.PidNameKeywords, ("one", "x" * 100)),
    (named_tags.PidLidCommonStart, TIME),
    (named_tags.PidLidCommonEnd, TIME + 1),
    (tags.PidTagAutoForwarded, True),
    (tags.PidTagAutoForwardComment, "by a rule"),
    (named_tags.PidLidCategories, ("eins", "zwei")),
    (named_tags.PidLidClassification, "secret"),
    (named_tags.PidLidClassificationDescription, "for nobody"),
    (named_tags.PidLidClassified, True),
    (tags.PidTagInternetReferences, "<1@x.example> <2@x.example>"),
    (named_tags.PidLidInfoPathFormName, "InfoPathForm.1"),
    (tags.PidTagMimeSkeleton, b"From: x\r\n\r\n"),
    (tags.PidTagTnefCorrelationKey, b"<3@x.example>\0"),
    (named_tags.PidLidAgingDontAgeMe, True),
    (named_tags.PidLidCurrentVersion, 160_000),
    (named_tags.PidLidCurrentVersionName, "16.0"),
    (tags.PidTagAlternateRecipientAllowed, True),
    (named_tags.PidNameContentBase, "https://x.example/"),
    (named_tags.PidNameAcceptLanguage, "de"),
    (tags.PidTagPurportedSenderDomain, "x.example"),
    (named_tags.PidNameContentClass, "urn:content-classes:message"),
    (named_tags.PidNameContentType, "text/plain"),
    (named_tags.PidNameMSIPLabels, "MSIP_Label_1_Enabled=True"),
    (tags.PidTagArchiveTag, _IDS),
    (tags.PidTagPolicyTag, _IDS),
    (tags.PidTagRetentionPeriod, 30),
    (tags.PidTagStartDateEtc, bytes(12)),
    (tags.PidTagRetentionDate, TIME),
    (tags.PidTagRetentionFlags, 0x1FF),
    (tags.PidTagArchivePeriod, 60),
    (tags.PidTagArchiveDate, TIME),
    (tags.PidTagBodyContentId, "body@x.example"),
    (tags.PidTagBodyContentLocation, "https://x.example/body"),
    (tags.PidTagPriority, -1),
    (tags.PidTagSensitivity, 3),
    (tags.PidTagTrustSender, 0),
    (tags.PidTagResponsibility, True),
    (tags.PidTagAddressBookDisplayNamePrintable, "Bericht"),
    (tags.PidTagRecipientDisplayName, "Bob"),
    (tags.PidTagRecipientOrder, 1),
    (tags.PidTagInternetMailOverrideFormat, 0x00100000),
    (tags.PidTagBusinessTelephoneNumber, "+49 30 1234"),
)
OF_ATTACHMENTS = (
    (tags.PidTagAttachLongFilename, "Bericht über alles.docx"),
    (tags.PidTagAttachFilename, "BERICH~1.DOC"),
    (tags.PidTagAttachExtension, ".docx"),
    (tags.PidTagDisplayName, "Bericht"),
    (tags.PidTagAttachDataBinary, b"PK\3\4" * 1000),
    (tags.PidTagAttachMethod, 1),
    (tags.PidTagAttachLongPathname, r"\\server\share\Bericht über alles.docx"),
    (tags.PidTagAttachPathname, r"\\SERVER\SHARE\BERICH~1.DOC"),
    (tags.PidTagAttachTag, bytes.fromhex("2A864886F714030A04")),
    (tags.PidTagRenderingPosition, 17),
    (tags.PidTagAttachRendering, b"\xd7\xcd\xc6\x9a"),
    (tags.PidTagAttachFlags, 7),
    (tags.PidTagAttachTransportName, "bericht.doc"),
    (tags.PidTagAttachEncoding, bytes.fromhex("2A864886F714030B01")),
    (tags.PidTagAttachAdditionalInformation, b":CREA:TYPE"),
    (tags.PidTagAttachmentLinkId, 3),
    (tags.PidTagAttachmentFlags, 2),
    (tags.PidTagAttachmentHidden, True),
    (tags.PidTagTextAttachmentCharset, "utf-8"),
    (tags.PidTagAttachMimeTag, "application/msword"),
    (tags.PidTagAttachContentId, "part@x.example"),
    (tags.PidTagAttachContentLocation, "part.doc"),
    (tags.PidTagAttachContentBase, "https://x.example/"),
    (tags.PidTagAttachPayloadClass, "a.b"),
    (tags.PidTagAttachPayloadProviderGuidString, "{0}"),
    (named_tags.PidNameAttachmentMacContentType, "application/x-mac"),
    (named_tags.PidNameAttachmentMacInfo, b"mac"),
    (named_tags.PidNameAttachmentProviderType, "OneDrivePro"),
    (named_tags.PidNameAttachmentOriginalPermissionType, 1),
    (named_tags.PidNameAttachmentPermissionType, 2),
    (tags.PidTagCreationTime, TIME),
    (tags.PidTagLastModificationTime, TIME),
)


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        yield hub


@pytest.fixture
def alice(hub):
    return PropertySession(hub, "alice")


def with_ids(session, rows):
    """As this mailbox has them."""
    return {tag if isinstance(tag, PropertyTag) else session.named(tag.name, tag.type): value for tag, value in rows}


def begun(session, kind):
    if kind == "made":
        return session.new_message()
    deliver(session.hub, "alice", kind)
    return session.opened_message(session.message_ids()[-1])


@pytest.mark.parametrize("kind", ["made", "mail", "mail that is changed"])
def test_what_clients_keep_with_a_message(alice, kind):
    """R75, R77 to R81, R83, R88, R89, R92, R94, R95, R108, R109, R111, R112, R115, R116, R1076, R1106, R1107,
    R1110, R1152 to R1161, R1165, R1166, R1168, R1175, R1187, R1188, R1190 to R1194, R1207 to R1210, R1213, R1214,
    R1218, R1248, R1249, R2008 to R2018, R2037, R2071, R2072, R2075, R2076, R2109, R2111, R2113, R2116, R2119,
    R2125, R2127, R2131, R2134, R2136, R2147, R2149, R2163, R2165, R2172, R2174, R2194, R218101; R8, R76, R1162,
    R1180, R2197, R1196 to R1198, R1205, R1206, R1219, R1235, R2038, R2046, R2047, R218102, R1796, R1797, R1654, R2126,
    R2110, R2112, R2117, R2148, R2164."""
    slot = begun(alice, kind)
    wanted = with_ids(alice, OF_MESSAGES)
    if kind == "mail that is changed":
        wanted[tags.PidTagSubject] = "another"
    assert alice.set(slot, wanted) == ()
    again = alice.opened_message(alice.saved(slot))
    found = alice.all_values(again)
    assert {tag: found.get(tag) for tag in wanted} == wanted


@pytest.mark.parametrize("kind", ["made", "mail"])
def test_what_clients_keep_with_an_attachment(alice, kind):
    """R222 to R224, R226, R235, R239, R599, R601, R603, R605, R607 to R610, R612 to R614, R616 to R620, R622 to
    R626, R629, R632, R635, R638, R641, R953, R955, R959 to R964, R971 to R973, R1264, R1278, R1279, R1283, R1284,
    R1286 to R1288, R1551 to R1554, R1837, R2031 to R2033; R128001, R128002, R128007, R128015, R633, R636, R1271."""
    slot = begun(alice, kind)
    attachment, wanted = alice.new_attachment(slot), with_ids(alice, OF_ATTACHMENTS)
    assert alice.set(attachment, wanted) == ()
    alice.saved_attachment(slot, attachment)
    again = alice.opened_attachment(alice.opened_message(alice.saved(slot)), 0)
    found = alice.all_values(again)
    assert {tag: found.get(tag) for tag in wanted} == wanted


@pytest.mark.parametrize(
    ("tag", "values"),
    [
        (tags.PidTagImportance, range(3)),
        (tags.PidTagSensitivity, range(4)),
        (tags.PidTagTrustSender, range(2)),
        (tags.PidTagResponsibility, (False, True)),
        (tags.PidTagAlternateRecipientAllowed, (False, True)),
        (named_tags.PidLidAgingDontAgeMe, (False, True)),
        (tags.PidTagRetentionFlags, (0, *(1 << bit for bit in range(9)), 0x1FF)),
        (tags.PidTagBodyContentLocation, ("https://x.example/body", "images/body")),
    ],
    ids=lambda one: "" if isinstance(one, range | tuple) else None,
)
def test_each_value_that_there_is(alice, tag, values):
    """R69 to R74, R82, R84, R86, R87, R1220, R1221, R1236, R1199, R1655, R2153 to R2162, R1909, R1911, R2077, R2080:
    whatever is said comes back, also out of the header."""
    wanted = tag if isinstance(tag, PropertyTag) else alice.named(tag.name, tag.type)
    for value in values:
        slot = alice.new_message()
        alice.set(slot, {wanted: value})
        assert alice.value(alice.opened_message(alice.saved(slot)), wanted) == value


@pytest.mark.parametrize(
    ("tag", "values"),
    [
        (tags.PidTagAttachMethod, (0, 1, 2, 4, 5, 6, 7)),
        (named_tags.PidNameAttachmentProviderType, ("OneDrivePro", "OneDriveConsumer")),
        (named_tags.PidNameAttachmentOriginalPermissionType, range(3)),
        (named_tags.PidNameAttachmentPermissionType, range(3)),
    ],
    ids=lambda one: "" if isinstance(one, range | tuple) else None,
)
def test_each_value_of_an_attachment(alice, tag, values):
    """R241, R59802, R128003 to R128006, R128009 to R128014, R128017 to R128022."""
    wanted = tag if isinstance(tag, PropertyTag) else alice.named(tag.name, tag.type)
    slot = alice.new_message()
    for value in values:
        attachment = alice.new_attachment(slot)
        alice.set(attachment, {wanted: value})
        alice.saved_attachment(slot, attachment)
    again = alice.opened_message(alice.saved(slot))
    found = [alice.value(alice.opened_attachment(again, number), wanted) for number in range(len(values))]
    assert found == list(values)


def test_retention_is_a_folders_too(alice):
    """R2110, R2114, R2120, R2150, R2166, R2195, R2106: archiving and keeping have nothing to do with each other."""
    folder = alice.opened_folder(Special.SENT_ITEMS)
    keeping = {tags.PidTagPolicyTag: _IDS, tags.PidTagRetentionPeriod: 30, tags.PidTagRetentionFlags: 0x19}
    archiving = {tags.PidTagArchiveTag: _IDS, tags.PidTagArchivePeriod: 60}
    for wanted, other in ((keeping, archiving), (archiving, keeping)):
        assert alice.set(folder, wanted) == ()
        again = alice.opened_folder(Special.SENT_ITEMS)
        assert alice.values(again, *wanted) == list(wanted.values())
        assert alice.values(again, *other) == [NOT_FOUND] * len(other)
        assert alice.delete(folder, *wanted) == ()


@pytest.mark.parametrize(
    ("tag", "value"),
    [(tags.PidTagStartDateEtc, bytes(12)), (tags.PidTagRetentionDate, TIME), (tags.PidTagArchiveDate, TIME)],
    ids=["start", "retention", "archive"],
)
def test_no_folder_has_a_date_of_retention(alice, tag, value):
    """R2133, R2137, R2175: only messages become older; what else is to be set is."""
    folder = alice.opened_folder(Special.SENT_ITEMS)
    assert alice.set(folder, {tag: value, tags.PidTagComment: "kept"}) == problem(tag, ErrorCode.ecNotSupported)
    assert alice.values(folder, tag, tags.PidTagComment) == [NOT_FOUND, "kept"]


def test_nothing_expires_by_itself(alice, hub):
    """R2123, R2138, R2170, R2178: with a period of 0, or without a date, less than ever."""
    ids = []
    for told in ({tags.PidTagRetentionPeriod: 0}, {tags.PidTagArchivePeriod: 0}, {tags.PidTagPolicyTag: _IDS}):
        slot = alice.new_message()
        alice.set(slot, told)
        ids.append(alice.saved(slot))
    hub.write(lambda tx: purge_deleted(tx, 2**40))
    for message in ids:
        alice.opened_message(message)


def test_html_as_text(alice):
    """R2063, R2064: PidTagBodyHtml is PidTagHtml in another type."""
    slot = alice.new_message()
    alice.set(slot, {tags.PidTagHtml: b"<p>rich</p>", tags.PidTagInternetCodepage: 65001})
    again = alice.opened_message(alice.saved(slot))
    assert alice.value(again, typed(tags.PidTagHtml, PropertyType.STRING)) == "<p>rich</p>"


def test_flags_that_there_are(alice):
    """R1133, R1141, R3005, R3006: no others; who has read it now has read it once."""
    deliver(alice.hub, "alice")
    slots = [alice.new_message(), alice.opened_message(alice.message_ids()[-1])]
    alice.saved(slots[0])
    flags = [alice.value(slot, tags.PidTagMessageFlags) for slot in slots]
    assert [one & ~0xA7FF for one in flags] == [0, 0]
    assert [one & 0x401 for one in flags] == [0x401, 0]


def test_subjects_are_a_prefix_and_the_rest(alice):
    """R57, R58, R63, R64, R1237 to R1239, R1801, R1802."""
    wanted = tags.PidTagSubject, tags.PidTagSubjectPrefix, tags.PidTagNormalizedSubject
    for given, expected in (
        ({tags.PidTagSubject: "AW: Plan"}, ["AW: Plan", "AW: ", "Plan"]),
        ({tags.PidTagSubject: "Plan"}, ["Plan", "", "Plan"]),
        ({tags.PidTagSubjectPrefix: "", tags.PidTagNormalizedSubject: "Re: x"}, ["Re: x", "", "Re: x"]),
        ({tags.PidTagNormalizedSubject: "Plan"}, ["Plan", NOT_FOUND, "Plan"]),
    ):
        slot = alice.new_message()
        alice.set(slot, given)
        message = alice.saved(slot)
        assert alice.values(slot, *wanted) == expected
        assert alice.values(alice.opened_message(message), *wanted) == expected


@pytest.mark.parametrize(
    "given",
    [
        {tags.PidTagSubject: "AW: " + "x" * 300},
        {tags.PidTagSubjectPrefix: "AW: ", tags.PidTagNormalizedSubject: "x" * 300},
    ],
    ids=["whole", "in parts"],
)
def test_subjects_have_an_end(alice, given):
    """R60, R66: of less than 254 characters, however they are set, also one part after the other."""
    slot = alice.new_message()
    alice.set(slot, given)
    again = alice.opened_message(alice.saved(slot))
    wanted = tags.PidTagSubjectPrefix, tags.PidTagNormalizedSubject, tags.PidTagSubject
    assert alice.values(again, *wanted) == ["AW: ", "x" * 249, "AW: " + "x" * 249]
    alice.set(again, {tags.PidTagSubjectPrefix: "WG: ".rjust(9, "x")})
    assert len("".join(alice.values(again, *wanted[:2]))) == 253


def test_which_body_is_the_best(alice):
    """R2050 to R2052, R2055 to R2057, R2059 to R2061, R2065, R2067, R2069, R2081, R1463, R1714: one is kept, the others
    are made."""
    rtf = None
    for tag, value, native in (
        (tags.PidTagBody, "plain", 1),
        (tags.PidTagHtml, b"<p>rich</p>", 3),
        (tags.PidTagRtfCompressed, None, 2),
    ):
        slot = alice.new_message()
        alice.set(slot, {tag: rtf if value is None else value})
        again = alice.opened_message(alice.saved(slot))
        assert alice.value(again, tags.PidTagNativeBody) == native
        assert alice.value(again, tags.PidTagRtfInSync) is (native == 2)
        plain, html, rtf = alice.values(again, tags.PidTagBody, tags.PidTagHtml, tags.PidTagRtfCompressed)
        assert plain.strip() in ("plain", "rich")
        assert isinstance(html, bytes)
        assert isinstance(rtf, bytes)


def test_no_body_is_undefined(alice):
    """R2058."""
    slot = alice.new_message()
    for one in (slot, alice.opened_message(alice.saved(slot))):
        assert alice.value(one, tags.PidTagNativeBody) == 0
        assert alice.value(one, tags.PidTagBody) == NOT_FOUND


SIGNED = """From: x@example.net
Subject: signed
Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary=b

--b
Content-Type: text/plain

what is signed
--b
Content-Type: application/pkcs7-signature; name=smime.p7s
Content-Transfer-Encoding: base64

MAA=
--b--
"""


def test_the_best_body_of_what_is_signed_in_clear(alice):
    """R2062: the signed one; the text in it can be read nevertheless."""
    with smtplib.SMTP(alice.hub.smtp.host, alice.hub.smtp.port, timeout=30) as smtp:
        smtp.sendmail("x@example.net", ["alice@example.org"], SIGNED)
    slot = alice.opened_message(alice.message_ids()[-1])
    assert alice.value(slot, tags.PidTagMessageClass) == "IPM.Note.SMIME.MultipartSigned"
    native, text = alice.values(slot, tags.PidTagNativeBody, tags.PidTagBody)
    assert (native, text.strip()) == (4, "what is signed")
    assert alice.all_values(slot)[tags.PidTagNativeBody] == 4


def test_what_is_told_of_each_message(alice):
    """R497, R499, R500, R503, R505 to R508, R539, R540, R1181 to R1185, R1203, R1204, R1799, R1800, R1887, R1888,
    R2040, R2041, R2044, R2045: in these types, and by the server."""
    slot = alice.new_message()
    alice.set(slot, {alice.named(named_tags.PidLidPrivate.name, PropertyType.BOOLEAN): True})
    alice.saved(slot)
    for tag, kind in (
        (tags.PidTagHasAttachments, bool),
        (tags.PidTagMessageClass, str),
        (tags.PidTagMessageCodepage, int),
        (tags.PidTagMessageLocaleId, int),
        (tags.PidTagMessageFlags, int),
        (tags.PidTagMessageSize, int),
        (tags.PidTagCreatorEntryId, bytes),
        (tags.PidTagLastModifierEntryId, bytes),
        (tags.PidTagHasNamedProperties, bool),
        (tags.PidTagLocalCommitTime, int),
        (tags.PidTagCreatorName, str),
        (tags.PidTagRead, bool),
    ):
        assert type(alice.value(slot, tag)) is kind, tag
        assert alice.value(slot, typed(tag, PropertyType.UNSPECIFIED)).type == tag.type
    assert alice.value(slot, tags.PidTagHasNamedProperties) is True
