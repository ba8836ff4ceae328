# One image for code server, web server and daemon.
FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
WORKDIR /app
COPY requirements.lock ./
RUN pip install --quiet --require-hashes --no-deps --requirement requirements.lock
COPY pyproject.toml README.md ./
COPY synth_assets ./synth_assets
RUN pip install --quiet --no-deps --no-build-isolation --editable . && python -m compileall -q synth_assets

FROM python:3.11-slim
# Nothing is written to the image's own folders at run time but /app/.dagster, /app/data and /tmp.
RUN groupadd --gid 10001 synth && useradd --uid 10001 --gid synth --no-create-home --home-dir /app --shell /usr/sbin/nologin synth \
    && install --directory --owner synth --group synth /app /app/.dagster /app/data /app/data/uploads
COPY --from=build /venv /venv
COPY --from=build /app /app
COPY dagster.yaml workspace.yaml /app/
COPY deploy /app/deploy
COPY examples /app/examples
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DAGSTER_HOME=/app \
    GX_ANALYTICS_ENABLED=false \
    MPLBACKEND=Agg \
    MPLCONFIGDIR=/tmp/matplotlib \
    NUMBA_CACHE_DIR=/tmp/numba
WORKDIR /app
USER synth
