"""Production's settings with addresses that fail on purpose, for the test of what is logged."""

from config.settings.prod import *  # noqa: F403

ROOT_URLCONF = "tests.config.probes"
CELERY_IMPORTS = ["tests.config.probes"]
