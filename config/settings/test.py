"""Tests: as development, on databases made for the run; the plugin tests/plugin.py has set the URLs before this is read."""

from config.settings.dev import *  # noqa: F403
from config.settings.dev import DATABASES, INSTALLED_APPS

DEBUG = False
INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ACCOUNT_RATE_LIMITS = False
WHITENOISE_AUTOREFRESH = True  # else every client of a test reads the folders of all static files first
# A transaction that a test left open would hold the flush after it for ever: say so instead.
DATABASES["owner"]["OPTIONS"] = {"options": "-c lock_timeout=20s"}
