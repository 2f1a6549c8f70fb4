# voltape in a container. Any Debian-like base image with Python 3.11 to 3.13 will do:
#   docker build --build-arg BASE_IMAGE=python:3.11-slim -t voltape .
ARG BASE_IMAGE=python:3.13-slim

# The dashboard, with the locked Node.js package and the locked npm packages.
FROM ${BASE_IMAGE} AS dashboard
# A certificate of yours, where something opens TLS on the way to the registries.
ARG PIP_CERT
ARG NODE_EXTRA_CA_CERTS
WORKDIR /build
COPY requirements requirements
COPY tools tools
COPY web web
RUN tools/setup.sh web

# The wheel, with the dashboard in it.
FROM ${BASE_IMAGE} AS wheel
ARG PIP_CERT
WORKDIR /build
COPY requirements/build.lock requirements/
RUN python3 -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes --requirement requirements/build.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY --from=dashboard /build/src/voltape/web/static src/voltape/web/static
RUN /venv/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --no-index --wheel-dir /wheels .

# The locked packages and voltape, in an environment that has no installer.
FROM ${BASE_IMAGE} AS environment
ARG PIP_CERT
# "arrow" for answers in Arrow and Parquet, which take a library as large as all the rest.
ARG EXTRA_LOCK=
COPY requirements /build/requirements
COPY deploy/alive /build/
COPY --from=wheel /wheels /wheels
RUN python3 -m venv /opt/voltape \
    && /opt/voltape/bin/pip install --no-cache-dir --only-binary :all: --require-hashes \
        --requirement /build/requirements/runtime.lock \
        ${EXTRA_LOCK:+--requirement "/build/requirements/$EXTRA_LOCK.lock"} \
    && /opt/voltape/bin/pip install --no-cache-dir --no-deps --no-index /wheels/*.whl \
    && /opt/voltape/bin/pip uninstall --yes setuptools pip \
    && install --mode=755 /build/alive /opt/voltape/bin/alive \
    && find /opt/voltape \( -name tests -o -name test \) -type d -prune -exec rm -rf {} +

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="voltape" \
      org.opencontainers.image.description="Live tape of the Bybit options market" \
      org.opencontainers.image.licenses="MIT"
COPY --from=environment /opt/voltape /opt/voltape
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin voltape \
    && install --directory --owner=voltape --group=voltape /data
# PYTHONDONTWRITEBYTECODE: the root file system is meant to be read-only; bytecode came with the image.
ENV PATH=/opt/voltape/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    VOLTAPE_DATA_DIR=/data \
    VOLTAPE_HTTP_HOST=0.0.0.0 \
    VOLTAPE_LOG_FORMAT=json
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=5s --start-period=20s --retries=6 CMD ["alive"]
ENTRYPOINT ["voltape"]
CMD ["up"]
