"""Which letters of a language are letters of their own, and where they stand in its alphabet: as the Common Locale Data
Repository has it. By the part of an LCID that is a language without a country ([MS-LCID] 2.1).

`z<å<ä=æ`: å stands behind z, then ä, and æ counts as ä. What is not here has the plain order, as German, English,
French, Italian, Dutch and Portuguese do.
"""

from __future__ import annotations

_NORDIC = "y=ü=ű z<æ=ä<ø=ö=ő=œ<å"
_SWEDISH = "y=ü=ű z<å<ä=æ=ę<ö=ø=ő=œ=ô"
_SPANISH = "n<ñ"

TAILORINGS = {
    0x03: _SPANISH,  # Catalan
    0x05: "c<č h<ch r<ř s<š z<ž",  # Czech
    0x06: f"{_NORDIC}=aa",  # Danish
    0x0A: _SPANISH,
    0x0B: _SWEDISH,  # Finnish
    0x0E: "c<cs d<dz<dzs g<gy l<ly n<ny o<ö=ő s<sz t<ty u<ü=ű z<zs"
    " cscs=ccs dzdz=ddz dzsdzs=ddzs gygy=ggy lyly=lly nyny=nny szsz=ssz tyty=tty zszs=zzs",  # Hungarian
    0x0F: "a<á d<ð e<é i<í o<ó u<ú y<ý z<þ<æ=ä<ö=ø<å",  # Icelandic
    0x14: f"{_NORDIC}=aa",  # Norwegian
    0x15: "a<ą c<ć e<ę l<ł n<ń o<ó s<ś z<ź<ż",  # Polish
    0x18: "a<ă<â i<î s<ș=ş t<ț=ţ",  # Romanian
    # Croatian, Bosnian and Serbian, in both scripts
    0x1A: "c<č<ć d<dž<đ l<lj n<nj s<š z<ž д<ђ и<ј л<љ н<њ т<ћ ч<џ",
    0x1B: "a<ä c<č h<ch o<ô r<ř s<š z<ž",  # Slovak
    0x1C: "c<ç d<dh e<ë g<gj l<ll n<nj r<rr s<sh t<th x<xh z<zh",  # Albanian
    0x1D: _SWEDISH,
    0x1F: "c<ç g<ğ h<ı o<ö s<ş u<ü",  # Turkish
    0x22: "г<ґ е<є и<і<ї<й",  # Ukrainian
    0x23: "е<ё з<і у<ў",  # Belarusian
    0x24: "c<č<ć d<đ s<š z<ž",  # Slovenian
    0x25: "s<š<z<ž w<õ<ä<ö<ü",  # Estonian
    0x26: "c<č g<ģ i=y k<ķ l<ļ n<ņ r<ŗ s<š z<ž",  # Latvian
    0x27: "c<č i=y s<š z<ž",  # Lithuanian
    0x29: "ب<پ ج<چ ز<ژ ق<ک<گ ن<و<ه<ی",  # Persian
    0x2A: "a<ă<â d<đ e<ê o<ô<ơ u<ư",  # Vietnamese
    0x2C: "c<ç e<ə g<ğ h<x<ı k<q o<ö s<ş u<ü",  # Azerbaijani
    0x2D: _SPANISH,  # Basque
    0x2F: "д<ѓ з<ѕ и<ј л<љ н<њ т<ќ ч<џ",  # Macedonian
    0x38: _NORDIC,  # Faroese
    0x52: "c<ch d<dd f<ff g<ng l<ll p<ph r<rh t<th",  # Welsh
    0x56: _SPANISH,  # Galician
    0x6F: f"{_NORDIC}=aa",  # Greenlandic
}

BY_SORT = {
    0x0040A: "c<ch l<ll n<ñ",  # Spanish, traditional sort
    0x10407: "ae=ä oe=ö ue=ü",  # German, as in a telephone book
}
"""By an LCID with its country and the id of the sort."""

DOTLESS = frozenset((0x1F, 0x2C))
"""Languages in which an I is the capital of ı."""
