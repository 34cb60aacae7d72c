"""Development: everything embedded, unless the environment names a database of this machine. Safe only on one's own machine."""

import os

from django.core.exceptions import ImproperlyConfigured

from config import devstack
from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASE_NAMES, databases, env

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = "development-only-" + "x" * 48
TENANCY_TOKEN_KEYS = [b"development-only-key-of-32-bytes"]
SEALING_KEYS = [b"development-only-seal-of-32-byte"]
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]

# `migrate` installs the key above, which everybody knows: a database of another machine is never ours to use here.
for _name in DATABASE_NAMES.values():
    _hosts = env.db_url(_name)["HOST"].split(",") if _name in os.environ else []
    for _host in _hosts:
        if not _host.startswith("/") and _host not in ("", "localhost", "127.0.0.1", "::1"):
            raise ImproperlyConfigured(
                f"{_name} names the host {_host}, and development settings serve only databases of this machine: "
                f"set DJANGO_SETTINGS_MODULE=config.settings.prod, or unset {_name}"
            )

# Without a URL the embedded server starts when the first connection is asked for.
DATABASES = databases(
    {
        alias: env.db_url(name)
        if name in os.environ
        else {"ENGINE": "config.embedded", "NAME": devstack.DATABASE, "USER": devstack.ROLES[name]}
        for alias, name in DATABASE_NAMES.items()
    }
)
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default=devstack.broker_url())
CACHES = {
    "default": {
        "BACKEND": "config.cache.RedisCache",
        "LOCATION": env("CACHE_URL", default=f"unix://{devstack.valkey_socket()}"),
    }
}

SITE_URL = env("SITE_URL", default="http://localhost:8000")
WEBHOOKS_ANYWHERE = True

WHITENOISE_USE_FINDERS = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # http://localhost; browsers themselves refuse passkeys elsewhere without TLS
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
