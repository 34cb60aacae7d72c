"""Production: every address and secret comes from the environment, and a missing one stops the start with its name."""

import logging
import sys

from django.core.exceptions import ImproperlyConfigured

from config.logs import logging_to, tell_uncaught
from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASE_NAMES, databases, env
from config.settings.build import STATIC_ROOT, STORAGES  # noqa: F401

DEBUG = False
SECRET_KEY = env("SECRET_KEY")
TENANCY_TOKEN_KEYS = [bytes.fromhex(key) for key in env.list("TENANCY_TOKEN_KEYS")]
SEALING_KEYS = [bytes.fromhex(key) for key in env.list("SEALING_KEYS")]
for _name, _keys in (("TENANCY_TOKEN_KEYS", TENANCY_TOKEN_KEYS), ("SEALING_KEYS", SEALING_KEYS)):
    if not _keys or min(map(len, _keys)) < 32:
        raise ImproperlyConfigured(f"{_name}: give at least one key of 64 hexadecimal digits (openssl rand -hex 32)")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
DATABASES = databases({alias: env.db_url(name) for alias, name in DATABASE_NAMES.items()})
CELERY_BROKER_URL = env("CELERY_BROKER_URL")
CACHES = {"default": {"BACKEND": "config.cache.RedisCache", "LOCATION": env("CACHE_URL")}}
vars().update(env.email_url("EMAIL_URL"))  # password resets leave by mail
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL")
SITE_URL = env("SITE_URL")  # how links in mail and calendars begin: no request is there to ask
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1)  # whose address the sign-in limits count

SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

LOGGING = logging_to("json", level="INFO")
logging.raiseExceptions = False  # a line that cannot be formatted would be printed with everything put into it
sys.excepthook = tell_uncaught
