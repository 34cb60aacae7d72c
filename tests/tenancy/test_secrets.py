"""What is sealed is opened with its key and with no other."""

import pytest

from tenancy.secrets import Unreadable, seal, unseal

OLD, NEW = b"o" * 32, b"n" * 32


def test_what_is_sealed_is_not_to_be_seen_and_comes_back_whole():
    sealed = seal("Zoë".encode())
    assert (b"Zo" in sealed, unseal(sealed), unseal(memoryview(sealed))) == (False, "Zoë".encode(), "Zoë".encode())
    assert seal(b"once") != seal(b"once")  # two alike are not told to be


def test_keys_are_exchanged_one_after_the_other(settings):
    settings.SEALING_KEYS = [OLD]
    before = seal(b"before")
    settings.SEALING_KEYS = [NEW, OLD]
    meanwhile = seal(b"meanwhile")
    assert unseal(before) == b"before"
    settings.SEALING_KEYS = [NEW]
    assert unseal(meanwhile) == b"meanwhile"
    with pytest.raises(Unreadable):
        unseal(before)


def test_what_was_changed_is_not_opened():
    sealed = bytearray(seal(b"as it was"))
    sealed[-5] ^= 1
    with pytest.raises(Unreadable):
        unseal(bytes(sealed))
