# syntax=docker/dockerfile:1
#
# One image, three uses; the command picks which. All three need DATABASE_URL and the keys, see README "Going to production".
#   docker run … grassroots migrate                          once per release, as the owner (OWNER_DATABASE_URL)
#   docker run … -p 8000:8000 grassroots                     the API
#   docker run … --no-healthcheck grassroots worker          the outbox relay, timers, deliveries and jobs; it answers no HTTP

FROM python:3.11-slim-trixie AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/grassroots
ENV PATH=/opt/grassroots/bin:$PATH
# The locked packages first: this layer is built again only when the lock changes.
COPY requirements.lock /tmp/requirements.lock
RUN pip install --require-hashes --only-binary=:all: -r /tmp/requirements.lock
WORKDIR /app
COPY . .
# Editable, because the migrations in alembic/ are no package and are found beside pyproject.toml.
RUN pip install --no-deps --editable . \
 && python -m compileall -q -j 0 /opt/grassroots/lib /app

FROM python:3.11-slim-trixie
# pg_dump and pg_restore for `grassroots backup` and `restore`; a client dumps servers of its own version and older.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends postgresql-client \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin grassroots
COPY --from=build /opt/grassroots /opt/grassroots
COPY --from=build /app /app
ENV PATH=/opt/grassroots/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=4 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/livez', timeout=4)"]
ENTRYPOINT ["grassroots"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
