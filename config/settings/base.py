"""What holds everywhere. dev, test and prod add where things are and how strict the door is."""

import logging
from pathlib import Path
from typing import Any

import bootstrap_wrapper
import environ
import pghistory
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from config.logs import logging_to

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent.parent

INSTALLED_APPS = [
    "config",
    "tenancy",
    "coordination",
    "billing",
    "interop",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "pgtrigger",
    "pghistory",
    "django_structlog",
]

MIDDLEWARE = [
    "config.health.Probes",
    "config.logs.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenancy.sessions.SessionLimits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tenancy.middleware.AgencyMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASE_NAMES = {"default": "DATABASE_URL", "owner": "OWNER_DATABASE_URL", "system": "SYSTEM_DATABASE_URL"}


def databases(connections: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The three aliases: the app (requests, workers), the owner (migrations), the system (sweeps over agencies).

    In tests `default` and `system` are mirrors of `owner`: one database, made by its owner, used as the weaker roles.
    """
    prepare_after = 3 if env.bool("PREPARE_STATEMENTS", default=True) else None
    connections["default"] |= {
        "OPTIONS": connections["default"].get("OPTIONS", {}) | {"prepare_threshold": prepare_after},
        "ATOMIC_REQUESTS": True,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"MIRROR": "owner"},
    }
    connections["owner"] |= {"TEST": {"DEPENDENCIES": []}}
    connections["system"] |= {"TEST": {"MIRROR": "owner"}}
    return connections


AUTH_USER_MODEL = "tenancy.User"
AUTHENTICATION_BACKENDS = ["tenancy.accounts.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "tenancy.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
MFA_ADAPTER = "tenancy.accounts.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "login_webauthn": "tenancy.forms.factors.PasskeyForm",
    "add_webauthn": "tenancy.forms.factors.NewPasskeyForm",
}
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses come from an administrator; account_emailaddress stays empty
MFA_RECOVERY_CODES_SHOW_ONCE = True
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"

# Not in SQL: an injection could read the keys of every agency's sessions (docs/decisions/0008).
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
SESSION_COOKIE_AGE = (
    12 * 60 * 60
)  # the absolute limit, one long shift: tenancy/sessions.py holds to it and to the idle time
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "tenancy.context_processors.shell",
                "coordination.context_processors.bar",
            ]
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

LANGUAGE_CODE = "en-us"
LANGUAGES = [("en", _("English"))]  # another one is offered once its catalogue has been reviewed
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"
DATE_INPUT_FORMATS = ["%Y-%m-%d"]

# Uploads hold patients' data: they are read in memory and never written to a disk (interop/forms/imports.py has the limits).
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 26 * 1024 * 1024

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static", ("bootstrap", bootstrap_wrapper.get_bootstrap_dir())]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Beside the row, behind its wall; not in a global table.
PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField(null=True)
PGHISTORY_APPEND_ONLY = True

EMAIL_TIMEOUT = 10  # seconds; a mail server that says nothing holds no worker
WEBHOOKS_ANYWHERE = False  # only https, and only to addresses outside; development calls its own machine

CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = (
    900  # seconds; shorter than the visibility timeout, so that a task never runs beside its redelivery
)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 1800, "unacked_restore_interval": 5}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"

LOGGING = logging_to("plain", level="WARNING")
DJANGO_STRUCTLOG_CELERY_ENABLED = True  # a task carries the id of the request that asked for it
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # one line a request, at its end
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.INFO
DJANGO_STRUCTLOG_CELERY_TASK_FAILURE_LOG_LEVEL = logging.ERROR

# The door of hospitals' systems takes a batch at a time.
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

METRICS_TOKEN = env("METRICS_TOKEN", default="")
