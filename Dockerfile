# syntax=docker/dockerfile:1.7
# One image for web, worker and chores: `leadline web`, `leadline worker`, `leadline migrate` ...

FROM python:3.11.16-slim-bookworm AS build
COPY --from=ghcr.io/astral-sh/uv:0.8.15 /uv /usr/local/bin/uv
ENV REFLEX_TELEMETRY_ENABLED=false PYTHONDONTWRITEBYTECODE=1 UV_COMPILE_BYTECODE=1
WORKDIR /opt/leadline
# The environment changes more seldom than the program: its layer is kept.
COPY requirements.txt ./
COPY scripts/setup.py scripts/
RUN python scripts/setup.py
COPY alembic.ini rxconfig.py ./
COPY alembic alembic
COPY reflex.lock reflex.lock
COPY assets assets
COPY metrics metrics
COPY app app
RUN .venv/bin/leadline page && rm -rf .web && mv .cache/page built-page && rm -rf .cache && mkdir -p .cache
RUN .venv/bin/python -m compileall -q app metrics alembic

FROM python:3.11.16-slim-bookworm
ARG REVISION=""
LABEL org.opencontainers.image.title="Leadline" org.opencontainers.image.licenses="Apache-2.0"
# The base image has no bytecode and a read-only one writes none: each health check would compile what it imports.
RUN python -m compileall -q -x site-packages /usr/local/lib/python3.11
RUN groupadd --gid 10001 leadline \
    && useradd --uid 10001 --gid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin leadline \
    && install -d -o leadline -g leadline -m 0700 /data
ENV HOME=/tmp \
    LEADLINE_DATA_DIR=/data \
    LEADLINE_HOST=0.0.0.0 \
    LEADLINE_LOG_FORMAT=json \
    LEADLINE_METRICS_HOST=0.0.0.0 \
    LEADLINE_REVISION=$REVISION \
    PATH=/opt/leadline/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    REFLEX_TELEMETRY_ENABLED=false
WORKDIR /opt/leadline
COPY --from=build /opt/leadline /opt/leadline
COPY --chmod=0555 deploy/start.sh /usr/local/bin/start
USER 10001:10001
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/start"]
CMD ["leadline", "web"]
HEALTHCHECK --interval=15s --timeout=5s --start-period=90s --retries=4 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:3000/healthz', timeout=4)"]
