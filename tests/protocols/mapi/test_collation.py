"""The alphabets of languages: each line is in order."""

from __future__ import annotations

import unicodedata

import pytest

from posthouse.protocols.mapi.collation import text_key, text_key_of
from posthouse.protocols.mapi.matching import matches
from posthouse.protocols.mapi.property_values import PropertyTag, TaggedValue
from posthouse.protocols.mapi.restrictions import Property, RelOp
from posthouse.protocols.mapi.tailorings import BY_SORT, TAILORINGS

IN_ORDER = {
    0x409: "åland arg Ärger Argo łza lzb ol øl os zoo",
    0x407: "Adam Aerger Afrika Ärger ofen Öfen Ofenrohr",
    0x10407: "Adam Aerger Ärger Afrika Öfen ofen",
    0x403: "canó canya caño cap",
    0x40A: "canto cuenta chico dado luna llave nube ñu oca",
    0xC0A: "canto chico cuenta dado llave luna nube ñu oca",
    0x405: "cena čas had chata Chyba ivan rok řeka sen šest zde žena",
    0x406: "Odense Yb Ünal Zoo Ærø Ästrup Østerbro Aalborg Ås Åse",
    0x40B: "vene yö zoo Åbo äiti öljy",
    0x40E: "cukor csak ccsa cscsb dárda dzeta dzsungel gaz gyár oka öböl őz pap sas szó ssz ty zab zsák",
    0x40F: "al ál dagur ðð el Él þak æska ör",
    0x414: "zoo ære øre aas ås",
    0x415: "al ąz bo ćma los łoś łza ma śnieg tu zoo źle żar",
    0x418: "an ăn ân bun in în sat șal ton țap",
    0x41A: "cb čas ćup dom džep đak luk ljubav",
    0xC1A: "дом ђак ено иго јаје кум лук љубав мир нож њива тур ћуп чар џеп шал",
    0x41B: "al äl bo ono ôsmy páv",
    0x41C: "dem dhe el ëh gol gju lot llo zot zhu",
    0x41D: "y ü z zz å Ångström ä ö øl",
    0x41F: "cam çam göz ğ hal INFO ısı info isim İzmir jale ot ördek su şal uç üç",
    0x422: "гай ґанок дім еней єнот же зуб иній іній їжак йод ліс щур ьо юнак",
    0x423: "ель ёлка жук зуб іней йод ум ўм фарш",
    0x424: "cb čas dom đak sad šal zid žep",
    0x425: "sokk šokk zoo žanr tuba wc õde äär öö üks x",
    0x426: "cb čau gads ģim iet ysa jau",
    0x427: "cb čia ija yla jau sa šį",
    0x429: "بد پا تا جان چاه حال زن ژاله سال قلم کتاب گل لب نان وقت هوا یک",
    0x42A: "am ăn âm ấm ba da đa em ên on ôm ơi um ưa",
    0x42C: "el əl fil hal xal ıl il kar qar",
    0x42D: "nu ñu oa",
    0x42F: "да ѓа еж за ѕе из јас ла ља на ња та ќе ур ча џа ша",
    0x438: "zoo ær ør ås",
    0x452: "cwm chi dan ddu fa ffa gan ngan lan llan pen phen ras rhad tad thad",
    0x456: "nu ñu oa",
    0x46F: "zoo ær ør aas",
}


@pytest.mark.parametrize("locale", IN_ORDER, ids=hex)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_words_in_the_order_of_a_language(locale, form):
    words = [unicodedata.normalize(form, word) for word in IN_ORDER[locale].split()]
    mixed = words[::2] + words[1::2]
    assert sorted(mixed, key=text_key_of(locale)) == words


def test_every_alphabet_has_its_line():
    assert {locale & 0x3FF for locale in IN_ORDER} >= TAILORINGS.keys()
    assert IN_ORDER.keys() >= BY_SORT.keys()


@pytest.mark.parametrize("locale", [0, 0x409, 0x40C, 0x7F, 0xFFFF_FFFF, -1])
def test_languages_without_an_alphabet_of_their_own(locale):
    assert text_key_of(locale) is text_key


@pytest.mark.parametrize("number", TAILORINGS)
def test_marks_and_case_come_last(number):
    """Case makes no difference, and marks one only where letters do not; in every language."""
    key = text_key_of(number)
    assert key("Résumé") == key("RÉSUMÉ")
    assert key("bea") < key("bẽa") < key("beb")


def test_texts_are_equal_in_all_languages_alike():
    """An order in which I is no capital of i changes nothing in what is the same."""
    subject = PropertyTag(0x0037, 0x001F)

    class One:
        def value(self, tag):
            return "INFO"

        def parts(self, tag):
            return ()

    def holds(rel_op):
        return matches(Property(rel_op, subject, TaggedValue(subject, "info")), One(), text_key_of(0x41F))

    assert holds(RelOp.EQ)
    assert not holds(RelOp.NE)
    assert holds(RelOp.LT)
