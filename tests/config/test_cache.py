"""The cache's client is made once."""

from config.cache import RedisCache


def test_what_is_asked_goes_through_one_client_for_each_server():
    asked = RedisCache("redis://127.0.0.1:1/0;redis://127.0.0.1:2/0", {})._cache
    written, read = asked.get_client("a", write=True), asked.get_client("a")
    assert (written, read) == (asked.get_client("b", write=True), asked.get_client("b"))
    assert [each.get_connection_kwargs()["port"] for each in (written, read)] == [1, 2]
