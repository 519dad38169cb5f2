"""Several hundred awkward messages, made here: what clients, gateways and broken programs really send.

Each is valid enough to travel (CRLF, no NUL) and has a name that tells what is odd. `made()` gives those that were
thought of one by one, then mixtures of them drawn with a fixed seed: the same in every run.
"""

from __future__ import annotations

import base64
import quopri
import random
from functools import cache

_HEADERS: dict[str, bytes] = {
    "plain": b"From: Carol <carol@elsewhere.test>\r\nTo: alice@example.org\r\nSubject: Hello\r\n",
    "no subject": b"From: carol@elsewhere.test\r\n",
    "empty subject": b"Subject:\r\nFrom: carol@elsewhere.test\r\n",
    "subject of spaces": b"Subject:    \r\n",
    "raw utf-8": "Subject: Grüße – 日本語 🙂\r\nFrom: Jürgen <jürgen@bücher.example>\r\n".encode(),
    "raw latin-1": "Subject: Grüße\r\nFrom: Jürgen <j@elsewhere.test>\r\n".encode("latin-1"),
    "raw shift_jis": "Subject: 日本語\r\n".encode("shift_jis"),
    "iso-2022-jp": "Subject: 日本語\r\n".encode("iso-2022-jp"),
    "cut utf-8": "Subject: 日本".encode()[:-1] + b"\r\n",
    "encoded words": b"Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= =?utf-8?B?IPCfmYI=?=\r\n",
    "broken encoded words": b"Subject: =?utf-8?B?Z? =?utf-8?X?a?= =?nothing?Q?=E4?= =?utf-8?Q?a b?=\r\n",
    "encoded word in quotes": b'From: "=?utf-8?Q?J=C3=BCrgen?=" <j@elsewhere.test>\r\n',
    "split inside a character": b"Subject: =?utf-8?B?5pel5pw=?= =?utf-8?B?rOiqng==?=\r\n",
    "rfc 2231": b"Content-Disposition: attachment; filename*0*=utf-8''%e2%82%ac%20; filename*1=rates.txt\r\n",
    "rfc 2231 out of order": b"Content-Disposition: attachment; filename*2=c; filename*0=a; filename*1=b\r\n",
    "rfc 2231 endless": b"Content-Type: text/plain" + b"".join(b";\r\n a*%d=b" % n for n in range(400)) + b"\r\n",
    "folded": b"Subject: one\r\n two\r\n\tthree\r\n     \r\n four\r\n",
    "folded in an address": b"To: \r\n a@example.org\r\n ,\r\n b@example.org\r\n",
    "folded before the colon": b"Subject\r\n : hello\r\n",
    "space before the colon": b"Subject : hello\r\nFrom : carol@elsewhere.test\r\n",
    "tab after the colon": b"Subject:\thello\r\n",
    "no colon": b"Subject: hello\r\nthis is no field\r\nFrom: carol@elsewhere.test\r\n",
    "mbox line first": b"From carol@elsewhere.test Mon Jan  1 00:00:00 2024\r\nSubject: hello\r\n",
    "quoted mbox line": b">From carol@elsewhere.test Mon Jan  1 00:00:00 2024\r\nSubject: hello\r\n",
    "begins with a space": b" Subject: hello\r\nFrom: carol@elsewhere.test\r\n",
    "nameless field": b": value\r\nSubject: x\r\n",
    "the same field often": b"Subject: one\r\nSubject: two\r\n" + b"To: a@example.org\r\n" * 40,
    "duplicate content types": b"Content-Type: text/plain\r\nContent-Type: text/html\r\n",
    "ten thousand octets in a line": b"X-Long: " + b"x" * 10_000 + b"\r\n",
    "references": b"References: " + b" ".join(b"<%d@elsewhere.test>" % n for n in range(600)) + b"\r\n",
    "references folded": b"References:\r\n " + b"\r\n ".join(b"<%d@elsewhere.test>" % n for n in range(300)) + b"\r\n",
    "hundreds of fields": b"".join(b"X-%d: %s\r\n" % (n, b"v" * 200) for n in range(400)),
    "hundreds of recipients": b"To: "
    + b",\r\n ".join(b"Person %d <p%d@example.org>" % (n, n) for n in range(500))
    + b"\r\n",
    "groups": b"To: friends: a@example.org, B <b@example.org>;, undisclosed-recipients:;\r\n",
    "group within a group": b"To: a: b: c@example.org;;\r\n",
    "nested comments": b"From: a (x (y (z) \\) w)) @ (at) example (dot) . (here) org\r\n",
    "unclosed comment": b"From: a@example.org (and so on\r\n",
    "unclosed quote": b'From: "Carol <carol@elsewhere.test>\r\n',
    "deep comments": b"From: " + b"(" * 500 + b")" * 500 + b" a@example.org\r\n",
    "quoted local part": b'From: "a b\\"c"@example.org\r\n',
    "route": b"From: <@one.example,@two.example:a@example.org>\r\n",
    "no domain": b"From: carol\r\nTo: <>\r\nCc: @example.org\r\n",
    "ipv6 literal": b"From: a@[IPv6:2001:db8::1]\r\n",
    "idn": "From: info@bücher.example\r\nTo: 用户@例子.example\r\n".encode(),
    "punycode": b"From: info@xn--bcher-kva.example\r\n",
    "only commas": b"To: ,,,,\r\n",
    "semicolons between": b"To: a@example.org; b@example.org\r\n",
    "no date": b"Subject: x\r\n",
    "date without a zone": b"Date: Mon, 1 Jan 2024 00:00:00\r\n",
    "date with words": b"Date: yesterday, at noon\r\n",
    "date of 1900": b"Date: 1 Jan 00 00:00 GMT\r\n",
    "date far away": b"Date: Fri, 31 Dec 9999 23:59:60 +9999\r\n",
    "date with a comment": b"Date: Mon, 1 Jan 2024 00:00:00 +0100 (CET)\r\n",
    "date as asctime": b"Date: Mon Jan  1 00:00:00 2024\r\n",
    "two message-ids": b"Message-ID: <a@elsewhere.test> <b@elsewhere.test>\r\n",
    "message-id of spaces": b"Message-ID: < a b @ c >\r\n",
    "bare message-id": b"Message-ID: abc\r\nIn-Reply-To: your message of today\r\n",
    "control characters": b"Subject: a\x01b\x07c\x1b[31mred\x7f\r\n",
    "mime version odd": b"MIME-Version: (made by) 1.0 (yes)\r\nContent-Type: text/plain\r\n",
    "no header at all": b"",
}

_BODIES: dict[str, bytes] = {
    "one line": b"Hello\r\n",
    "nothing": b"",
    "only an empty line": b"\r\n",
    "only dots": b".\r\n..\r\n...\r\n.\r\n",
    "dots begin lines": b".a\r\n..b\r\n. c\r\n",
    "no final line end": b"the last line ends nowhere",
    "ends in a dot": b"one\r\n.",
    "many empty lines": b"\r\n" * 300,
    "spaces at line ends": b"a  \r\nb\t\r\n \r\n-- \r\nme\r\n",
    "mbox lines": b"From me\r\n>From you\r\n>>From them\r\n",
    "998 octets": b"x" * 998 + b"\r\n",
    "a line of 200,000": b"y" * 200_000 + b"\r\n",
    "utf-8": "Grüße – 日本語 🙂\r\n".encode() * 20,
    "utf-8 with a mark": b"\xef\xbb\xbfhello\r\n",
    "latin-1": "Grüße\r\n".encode("latin-1") * 20,
    "all octets": bytes(sorted({*range(1, 256)} - {10, 13})) + b"\r\n",
    "nul-free binary": bytes(1 + (n * 7919) % 255 for n in range(4000)).replace(b"\r", b"r").replace(b"\n", b"n")
    + b"\r\n",
    "escape sequences": b"\x1b[2J\x1b]0;title\x07\r\n",
    "smtp commands": b"QUIT\r\nRSET\r\nMAIL FROM:<x@y.example>\r\nDATA\r\n",
    "imap answers": b")\r\na OK done\r\n* BYE\r\n{10}\r\n+ go\r\n",
    "signature": b"-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\n- -- \r\n-----BEGIN PGP SIGNATURE-----\r\n\r\n=aaaa\r\n",
    "uuencoded": b"begin 644 a.txt\r\n+:&5L;&\\@=V]R;&0*\r\n`\r\nend\r\n",
    "boundary-like lines": b"--\r\n---\r\n--x\r\n--x--\r\n",
}


def _part(fields: bytes, body: bytes) -> bytes:
    return fields + b"\r\n" + body


def _multipart(boundary: bytes, parts: list[bytes], kind: bytes = b"mixed", *, closed: bool = True) -> bytes:
    head = b'Content-Type: multipart/%b; boundary="%b"\r\n\r\n' % (kind, boundary)
    body = b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts)
    return head + body + (b"--%b--\r\n" % boundary if closed else b"")


def _nested(depth: int) -> bytes:
    message = _part(b"Content-Type: text/plain\r\n", b"innermost")
    for level in range(depth):
        message = _multipart(b"level-%d" % level, [message])
    return message


def _forwarded(depth: int) -> bytes:
    message = b"Subject: the first\r\n\r\nhello\r\n"
    for level in range(depth):
        message = b"Subject: Fwd %d\r\nContent-Type: message/rfc822\r\n\r\n" % level + message
    return message


_TEXT = _part(b"Content-Type: text/plain; charset=utf-8\r\n", "Grüße\r\n".encode())
_HTML = _part(b"Content-Type: text/html\r\n", b"<p>Hello</p>\r\n")
_BASE64 = _part(
    b'Content-Type: image/png; name="a.png"\r\nContent-Transfer-Encoding: base64\r\n',
    base64.encodebytes(bytes(range(256)) * 8).replace(b"\n", b"\r\n"),
)
_QP = _part(
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n",
    quopri.encodestring("Grüße, lang und breit. ".encode() * 20).replace(b"\n", b"\r\n") + b"\r\n",
)

_STRUCTURES: dict[str, bytes] = {
    "alternative": _multipart(b"a", [_TEXT, _HTML], b"alternative"),
    "related within mixed": _multipart(b"o", [_multipart(b"i", [_HTML, _BASE64], b"related"), _BASE64]),
    "signed": _multipart(b"s", [_QP, _part(b"Content-Type: application/pgp-signature\r\n", b"=aa\r\n")], b"signed"),
    "preamble and epilogue": _multipart(b"b", [_TEXT]).replace(b"\r\n\r\n", b"\r\n\r\nbefore\r\n", 1) + b"behind\r\n",
    "never closed": _multipart(b"n", [_TEXT, _BASE64], closed=False),
    "closed twice": _multipart(b"t", [_TEXT]) + b"--t\r\n\r\nmore\r\n--t--\r\n",
    "no parts": _multipart(b"e", []),
    "never opened": b"Content-Type: multipart/mixed; boundary=x\r\n\r\nno part here\r\n",
    "no boundary parameter": b"Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\none\r\n--x--\r\n",
    "empty boundary": b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\none\r\n----\r\n',
    "boundary of 300 octets": _multipart(b"b" * 300, [_TEXT]),
    "boundary with spaces": _multipart(b"a b  c", [_TEXT, _HTML]),
    "boundary with odd characters": _multipart(b"=_(x)+'/:?,.-", [_TEXT, _HTML]),
    "the outer boundary begins the inner": _multipart(b"x", [_multipart(b"xy", [_TEXT, _HTML]), _QP]),
    "the same boundary inside": _multipart(b"same", [_multipart(b"same", [_TEXT]), _QP]),
    "spaces behind the boundary": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b  \t\r\n\r\none\r\n--b-- \r\n",
    "parts without a header": _multipart(b"b", [b"\r\none", b"\r\ntwo"]),
    "parts that are only a header": _multipart(b"h", [b"Content-Type: text/plain\r\n", b"X: y\r\n"]),
    "an empty part": _multipart(b"e", [b"", _TEXT, b"\r\n"]),
    "digest": _multipart(b"d", [b"\r\nSubject: one\r\n\r\n1\r\n", b"\r\nSubject: two\r\n\r\n2\r\n"], b"digest"),
    "report": _multipart(
        b"r",
        [
            _TEXT,
            _part(b"Content-Type: message/delivery-status\r\n", b"Reporting-MTA: dns; a\r\n\r\nAction: failed\r\n"),
            _part(b"Content-Type: text/rfc822-headers\r\n", b"Subject: lost\r\n"),
        ],
        b"report; report-type=delivery-status",
    ),
    "nested 5": _nested(5),
    "nested 90": _nested(90),
    "nested 400": _nested(400),
    "forwarded 3": _forwarded(3),
    "forwarded 60": _forwarded(60),
    "a message in base64": _part(
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n",
        base64.encodebytes(b"Subject: x\r\n\r\ny\r\n").replace(b"\n", b"\r\n"),
    ),
    "a multipart in base64": b"Content-Transfer-Encoding: base64\r\n" + _multipart(b"b", [_TEXT]),
    "part of a message": b"Content-Type: message/partial; id=a; number=1; total=2\r\n\r\nSubject: x\r\n\r\nhalf\r\n",
    "external body": b"Content-Type: message/external-body; access-type=anon-ftp\r\n\r\nContent-Type: a/b\r\n\r\n",
    "600 parts": _multipart(b"m", [_part(b"Content-Type: text/plain\r\n", b"part %d" % n) for n in range(600)]),
    "base64 broken": _part(b"Content-Transfer-Encoding: base64\r\n", b"%%%not base64===\r\nAAA\r\n"),
    "base64 in one line": _part(b"Content-Transfer-Encoding: base64\r\n", base64.b64encode(b"z" * 30_000) + b"\r\n"),
    "base64 without padding": _part(b"Content-Transfer-Encoding: base64\r\n", b"aGVsbG8\r\n"),
    "quoted-printable broken": _part(b"Content-Transfer-Encoding: quoted-printable\r\n", b"=XX =\r\n=4 a=\r\n="),
    "unknown encoding": _part(b"Content-Transfer-Encoding: x-uue\r\n", b"begin 644 a\r\n`\r\nend\r\n"),
    "unknown charset": _part(b"Content-Type: text/plain; charset=klingon\r\n", b"nuqneH\r\n"),
    "charset in quotes": _part(b"Content-Type: text/plain; charset=\"utf-8\"; format=flowed\r\n", b"a \r\nb\r\n"),
    "type without a subtype": _part(b"Content-Type: text\r\n", b"hello\r\n"),
    "type of rubbish": _part(b"Content-Type: ;;;=\"\r\n", b"hello\r\n"),
    "parameters of rubbish": _part(b'Content-Type: text/plain; a; =b; c="d; e=f\r\n', b"hello\r\n"),
    "type with a comment": _part(b"Content-Type: text/(comment)html (another); charset=(x)utf-8\r\n", b"<p>\r\n"),
    "name in eight bits": _part("Content-Type: a/b; name=Grüße.txt\r\n".encode(), b"x\r\n"),
    "name with a path": _part(b'Content-Disposition: attachment; filename="../../etc/passwd"\r\n', b"x\r\n"),
    "language and location": _part(b"Content-Language: de, en\r\nContent-Location: http://x.test/\r\n", b"x\r\n"),
    "md5": _part(b"Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\r\n", b"x\r\n"),
    "calendar": _part(b"Content-Type: text/calendar; method=REQUEST\r\n", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),
    "tnef": _part(
        b"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n",
        b"eJ8+IgEAAQ==\r\n",
    ),
}  # fmt: skip

MIXTURES = 220


@cache
def made() -> dict[str, bytes]:
    """Name → message, some 350 of them."""
    plain = _HEADERS["plain"]
    messages = {f"header: {name}": header + b"\r\n" + b"Hello\r\n" for name, header in _HEADERS.items()}
    messages |= {f"body: {name}": plain + b"\r\n" + body for name, body in _BODIES.items()}
    messages |= {f"structure: {name}": plain + b"MIME-Version: 1.0\r\n" + rest for name, rest in _STRUCTURES.items()}
    messages["a header and nothing else"] = b"Subject: x\r\n"
    messages["a header without a line end"] = b"Subject: x"
    messages["only a line end"] = b"\r\n"
    rng = random.Random(5321)
    for number in range(MIXTURES):
        messages[f"mixture {number}"] = _mixture(rng)
    return messages


def _mixture(rng: random.Random) -> bytes:
    headers = b"".join(rng.sample(list(_HEADERS.values()), rng.randrange(1, 4)))
    if rng.random() < 0.4:
        return headers + b"\r\n" + b"".join(rng.sample(list(_BODIES.values()), 2))
    structures = [value for value in _STRUCTURES.values() if len(value) < 10_000]
    if rng.random() < 0.5:
        return headers + rng.choice(structures)
    return headers + _multipart(b"mix-%d" % rng.randrange(10**6), rng.sample(structures, 3), closed=rng.random() < 0.8)
