"""Real programs that send: swaks, msmtp, curl, smtplib."""

from __future__ import annotations

import base64
import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path

import pytest
from hubs import HOST, PASSWORD, Hub
from programs import program, run

LETTER = b"From: alice@example.org\r\nTo: bob@example.org\r\nSubject: %s\r\n\r\nDear Bob,\r\n\r\n.\r\n..dots\r\n"


def letter(subject: str) -> bytes:
    return LETTER % subject.encode()


def swaks(hub: Hub, service: str, to: str, *options: str, ok: tuple[int, ...] = (0,)) -> str:
    return run(
        [program("swaks"), "--server", f"{HOST}:{hub.ports[service]}", "--to", to, "--helo", "client.test", *options],
        ok=ok,
    )


def login(user: str, mechanism: str) -> list[str]:
    return ["--auth", mechanism, "--auth-user", user, "--auth-password", PASSWORD, "--from", user]


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize(("service", "tls"), [("submission", "--tls"), ("submissions", "--tls-on-connect")])
def test_swaks(hub: Hub, alice: str, person: str, mechanism: str, service: str, tls: str) -> None:
    """A message submitted with either mechanism, over STARTTLS or TLS, is in the mailbox when swaks ends."""
    swaks(hub, service, person, tls, *login(alice, mechanism), "--header", "Subject: by swaks", "--body", "Hello")
    (found,) = hub.inbox(person)
    assert b"Subject: by swaks\r\n" in found
    assert b"\r\n\r\nHello\r\n" in found


def test_swaks_pipelines(hub: Hub, alice: str, person: str) -> None:
    """MAIL, RCPT and DATA in one write – RFC 2920."""
    swaks(hub, "submission", f"{person},bob@example.org", "--tls", "--pipeline", *login(alice, "PLAIN"))
    assert len(hub.inbox(person)) == 1


def test_swaks_to_the_mail_exchanger(hub: Hub, person: str) -> None:
    """Mail from outside needs no login, with or without STARTTLS; mail for elsewhere is not relayed."""
    swaks(hub, "smtp", person, "--from", "carol@elsewhere.test")
    swaks(hub, "smtp", person, "--from", "carol@elsewhere.test", "--tls")
    assert len(hub.inbox(person)) == 2
    refused = swaks(hub, "smtp", "dave@faraway.test", "--from", "carol@elsewhere.test", ok=(24,))
    assert "<** 550 5.7.1" in refused


def test_swaks_null_sender(hub: Hub, person: str) -> None:
    """Bounces have the null reverse-path – RFC 5321 §4.5.5."""
    swaks(hub, "smtp", person, "--from", "<>")
    (found,) = hub.inbox(person)
    assert found.startswith(b"Return-Path: <>\r\n")


def test_swaks_by_lmtp(hub: Hub, person: str) -> None:
    """A reply for each recipient after the content – RFC 2033 §4.2."""
    output = swaks(hub, "lmtp", f"{person},{person}", "--protocol", "LMTP", "--from", "carol@elsewhere.test")
    assert output.count("<-  250 2.") >= 3


def test_swaks_wrong_password(hub: Hub, alice: str) -> None:
    """535 5.7.8, whoever asks – RFC 4954 §6."""
    for user in (alice, "nobody@example.org"):
        output = swaks(
            hub,
            "submission",
            alice,
            "--tls",
            "--auth",
            "PLAIN",
            "--auth-user",
            user,
            "--auth-password",
            "wrong",
            ok=(28,),
        )
        assert "<~* 535 5.7.8" in output


def test_swaks_submission_needs_a_login(hub: Hub, alice: str) -> None:
    """RFC 6409 §4.3."""
    assert "530 5.7.0" in swaks(hub, "submission", alice, "--tls", "--from", alice, ok=(23, 24))


def test_no_challenge_of_old(hub: Hub) -> None:
    """CRAM-MD5 needs passwords in the clear on our side, so it is not offered; SCRAM is."""
    with hub.smtp() as client:
        client.ehlo()
        offered = client.esmtp_features["auth"].split()
    assert "CRAM-MD5" not in offered
    assert {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"} <= set(offered)


def test_swaks_large_message(hub: Hub, alice: str, person: str, tmp_path: Path) -> None:
    """20 MB through STARTTLS arrive whole."""
    attachment = tmp_path / "large.bin"
    attachment.write_bytes(bytes(range(256)) * (20 * 4096))
    swaks(hub, "submission", person, "--tls", *login(alice, "PLAIN"), "--attach-type", "application/octet-stream",
          "--attach", f"@{attachment}")  # fmt: skip
    with hub.imap(person) as client:
        client.select_folder("INBOX")
        found = client.fetch(1, ["RFC822.SIZE", "BODY[2]"])[1]
    assert found[b"RFC822.SIZE"] > len(found[b"BODY[2]"])
    assert base64.b64decode(found[b"BODY[2]"]) == attachment.read_bytes()


def test_message_too_large(hub: Hub, alice: str) -> None:
    """Refused at MAIL when its size is told – RFC 1870 §6.1."""
    with hub.smtp(alice) as client:
        code, text = client.mail(alice, ["size=99999999999"])
    assert code == 552
    assert text.startswith(b"5.3.4")


@pytest.mark.parametrize(
    ("service", "more"),
    [
        ("submission", "tls_starttls on\nauth plain"),
        ("submission", "tls_starttls on\nauth scram-sha-256"),
        ("submission", "tls_starttls on\nauth scram-sha-256-plus"),
        ("submission", "tls_starttls on\nauth scram-sha-1"),
        ("submissions", "tls_starttls off\nauth login"),
        ("submissions", "tls_starttls off\nauth on"),
    ],
)
def test_msmtp(hub: Hub, alice: str, person: str, tmp_path: Path, service: str, more: str) -> None:
    """msmtp checks our certificate and logs in by each mechanism it knows."""
    config = tmp_path / "msmtprc"
    config.write_text(
        f"account default\nhost {HOST}\nport {hub.ports[service]}\nuser {alice}\npassword {PASSWORD}\nfrom {alice}\n"
        f"tls on\ntls_trust_file {hub.authority.ca}\n{more}\n"
    )
    config.chmod(0o600)
    msmtp = program("msmtp")
    if "scram" in more and more.rpartition("auth ")[2].upper() not in run([msmtp, "--version"]).upper():
        pytest.skip("this msmtp has no such mechanism")
    run([msmtp, "-C", config, person], stdin=letter("by msmtp").replace(b"\r\n", b"\n"))
    (found,) = hub.inbox(person)
    assert found.endswith(b"Dear Bob,\r\n\r\n.\r\n..dots\r\n")


@pytest.mark.parametrize(("service", "scheme"), [("submission", "smtp"), ("submissions", "smtps")])
def test_curl(hub: Hub, alice: str, person: str, service: str, scheme: str) -> None:
    """curl submits over STARTTLS and TLS."""
    url = f"{scheme}://{HOST}:{hub.ports[service]}/client.test"
    run(
        [program("curl"), "-sS", "--ssl-reqd", "--cacert", hub.authority.ca, "--url", url, "-u", f"{alice}:{PASSWORD}",
         "--mail-from", alice, "--mail-rcpt", person, "-T", "-"],
        stdin=letter("by curl"),
    )  # fmt: skip
    (found,) = hub.inbox(person)
    assert found.endswith(b"Dear Bob,\r\n\r\n.\r\n..dots\r\n")


@pytest.mark.parametrize("service", ["submission", "submissions"])
def test_smtplib(hub: Hub, alice: str, person: str, service: str) -> None:
    """Several messages in one session, one recipient refused among good ones; Bcc does not survive submission."""
    message = EmailMessage()
    message["From"], message["To"], message["Bcc"], message["Subject"] = (
        alice,
        person,
        "secret@example.org",
        "by smtplib",
    )
    message.set_content("Grüße aus Köln")
    with hub.smtp(alice, service) as client:
        for _ in range(3):
            refused = client.send_message(message, to_addrs=[person, "unknown@example.org"])
            assert list(refused) == ["unknown@example.org"]
            assert refused["unknown@example.org"][0] == 550
    found = hub.inbox(person)
    assert len(found) == 3
    assert not any(b"bcc:" in data.lower() for data in found)


def test_smtplib_utf8_addresses(hub: Hub, alice: str, person: str) -> None:
    """SMTPUTF8 – RFC 6531: a header in UTF-8 arrives as it was sent."""
    data = f"From: {alice}\r\nTo: {person}\r\nSubject: Grüße – 日本語\r\n\r\nHello\r\n".encode()
    with hub.smtp(alice) as client:
        client.sendmail(alice, [person], data, mail_options=["SMTPUTF8", "BODY=8BITMIME"])
    (found,) = hub.inbox(person)
    assert "Subject: Grüße – 日本語\r\n".encode() in found


def test_sender_is_tied_to_the_login(hub: Hub, alice: str, bob: str) -> None:
    """Nobody submits mail as somebody else – RFC 6409 §6.1."""
    with hub.smtp(alice) as client, pytest.raises(smtplib.SMTPSenderRefused) as refused:
        client.sendmail(bob, [bob], letter("forged"))
    assert refused.value.smtp_code in (550, 553)


def test_loopback_may_log_in_without_tls(hub: Hub) -> None:
    """The default: from this machine AUTH is offered before STARTTLS."""
    with smtplib.SMTP(HOST, hub.ports["submission"], timeout=60) as client:
        client.ehlo()
        assert client.has_extn("starttls")
        assert client.has_extn("auth")


def test_certificate_names_the_hub(hub: Hub) -> None:
    """A client that checks finds the right name."""
    with smtplib.SMTP("127.0.0.1", hub.ports["submission"], timeout=60) as client:
        client._host = "wrong.example"  # type: ignore[attr-defined]
        with pytest.raises(ssl.SSLCertVerificationError):
            client.starttls(context=hub.authority.context)
