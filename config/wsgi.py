"""The web process."""

import os

from django.core.wsgi import get_wsgi_application

from tenancy.startup import check_roles_now

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")

application = get_wsgi_application()
check_roles_now()
