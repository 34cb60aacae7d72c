"""The product as development serves it, on the benchmark's own database (bench/stack.py sets the URLs before this is read)."""

from config.settings.dev import *  # noqa: F403

DEBUG = False
ACCOUNT_RATE_LIMITS = False
