"""A recording read back is the recording; a truncated one says so; secrets do not get into one that is saved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.facts.blank import BLANK, blank_text, blanked
from checks.facts.reading import NEEDS_ROOT, NeedsRoot, Reading, Unknown
from checks.facts.recording import BadRecording, Recording, parse, render

texts = st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=200).map(
    lambda text: text.rstrip("\n") + "\n" if text.strip("\n") else ""
)
readings = st.builds(Reading, st.none() | st.integers(0, 255), texts, st.booleans())
recordings = st.builds(
    Recording, st.dictionaries(st.from_regex(r"[a-z_]{1,10}", fullmatch=True), readings, max_size=5), st.just(True)
)


@given(recordings)
def test_a_recording_is_read_back(recording: Recording) -> None:
    assert parse(render(recording)) == recording


@given(st.text())
def test_arbitrary_text_is_a_recording_or_a_bad_one(text: str) -> None:
    try:
        parse(text)
    except BadRecording as error:
        assert str(error)


@given(recordings, st.data())
def test_one_that_was_cut_off_is_not_complete(recording: Recording, data: st.DataObject) -> None:
    text = render(recording)
    at = data.draw(st.integers(len("@ probe 1"), len(text) - len("@ end\n")))
    cut = parse(text[:at])
    assert not cut.complete
    assert set(cut.readings.items()) <= set(recording.readings.items())


def test_a_topic_lost_with_the_end_is_unknown_and_not_absent() -> None:
    with pytest.raises(Unknown, match="ends too early"):
        parse("@ probe 1\n@ host 0\n name a\n").reading("host")
    with pytest.raises(Unknown, match="was not asked"):
        parse("@ probe 1\n@ end\n").reading("host")


def test_another_version_is_refused() -> None:
    with pytest.raises(BadRecording, match="version '7'"):
        parse("@ probe 7\n@ end\n")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("deb https://joe:hunter2@mirror.example/debian x", f"deb https://{BLANK}@mirror.example/debian x"),
        ("GPU-3b9d1a52-1111-2222-3333-444455556666", f"GPU-{BLANK}"),
        ("Serial Number : 1560820012345", f"Serial Number : {BLANK}"),
        ('"password": "hunter2"', f'"password": "{BLANK}"'),
        ("auth_token=abcdef", f"auth_token={BLANK}"),
        ("machine h login joe password hunter2", f"machine h login joe password {BLANK}"),
        ("  password hunter2", f"  password {BLANK}"),
        ("https://TOKEN@ghcr.io/v2/", f"https://{BLANK}@ghcr.io/v2/"),
        ('"Authorization": "Basic am9lOmh1bnRlcjI="', f'"Authorization": "Basic {BLANK}"'),
        ('{"auths":{"nvcr.io":{"auth":"JG9hdXRo"}}}', f'{{"auths":{{"nvcr.io":{{"auth":"{BLANK}"}}}}}}'),
        ("NGC key nvapi-0123456789abcdef", f"NGC key {BLANK}"),
        ("registry-password: hunter2", f"registry-password: {BLANK}"),
        ('"password":"two words"', f'"password":"{BLANK}"'),
        ("sudo: a password is required", "sudo: a password is required"),
        ("it asks for root's password: journalctl -xb", "it asks for root's password: journalctl -xb"),
        ("deb http://deb.debian.org/debian bookworm main", "deb http://deb.debian.org/debian bookworm main"),
    ],
)
def test_secrets_and_serials_are_blanked(text: str, kept: str) -> None:
    assert blank_text(text) == kept


def test_blanking_keeps_everything_else_of_a_recording() -> None:
    recording = Recording({"a": Reading(3, "https://u:p@h/\n", cut=True)}, complete=False)
    assert blanked(recording) == Recording({"a": Reading(3, f"https://{BLANK}@h/\n", cut=True)}, complete=False)


DENIED = (
    "cat: /etc/shadow: Permission denied\n",
    "dmesg: read kernel buffer failed: Operation not permitted\n",
    'info {"Errors":["permission denied while trying to connect to the Docker daemon socket at unix:///x: Get"]}\n',
    "Hint: You are currently not seeing messages from other users and the system.\n",
    "No journal files were opened due to insufficient permissions.\n",
    "\tCapabilities: <access denied>\n",
)


def seen_by(uid: int, text: str, status: int = 0) -> Recording:
    return Recording({"host": Reading(0, f"name h\nuid {uid}\n"), "topic": Reading(status, text)})


@pytest.mark.parametrize("text", DENIED)
def test_what_a_tool_may_not_read_needs_root_and_is_never_an_answer(text: str) -> None:
    recording = seen_by(1000, f"state active\n{text}")
    assert recording.needs_root == ("topic",)
    with pytest.raises(NeedsRoot, match="needs root: ") as why:
        recording.reading("topic")
    assert "state active" not in str(why.value)


@pytest.mark.parametrize("text", DENIED)
def test_what_root_itself_is_denied_is_an_answer(text: str) -> None:
    assert seen_by(0, text).reading("topic").text == text


def test_a_topic_can_say_itself_that_it_needs_root() -> None:
    with pytest.raises(NeedsRoot, match="needs root: it is root's alone"):
        seen_by(1000, "it is root's alone\n", NEEDS_ROOT).reading("topic")


@pytest.mark.parametrize("text", ["audit: op=x permission denied for y\n", "granted\n", ""])
def test_other_words_are_answers(text: str) -> None:
    assert seen_by(1000, text).needs_root == ()
    assert seen_by(1000, text).reading("topic").text == text


def test_what_sudo_answered_is_no_want_of_root() -> None:
    text = "name gpu01\nuid 1000\nsudo bash: /usr/bin/sudo: Permission denied\n"
    found = Recording({"host": Reading(0, text), "disk": Reading(1, "cat: /x: Permission denied\n")})
    assert found.needs_root == ("disk",)
    assert found.reading("host").text == text
