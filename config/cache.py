"""The cache, with a client that is made once. Django makes one for each thing asked, which takes as long as the asking."""

from typing import Any

from django.core.cache.backends import redis


class Clients(redis.RedisCacheClient):
    """One client for each pool of connections; clients keep nothing that threads would share."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._made: dict[Any, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        pool = self._get_connection_pool(write)
        if pool not in self._made:
            self._made[pool] = super().get_client(key, write=write)
        return self._made[pool]


class RedisCache(redis.RedisCache):
    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = Clients
