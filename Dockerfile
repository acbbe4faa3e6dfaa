# Two stages, so that neither pip's cache nor a compiler ends up in the image.
FROM python:3.12-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE .ci/locks/build.txt .ci/locks/image.txt ./
COPY emulator ./emulator
COPY keys ./keys
COPY scenarios ./scenarios
RUN python -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes -r build.txt \
 && /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation -w /dist . \
 && python -m venv /opt/emulator \
 && /opt/emulator/bin/pip install --no-cache-dir --require-hashes -r image.txt \
 && /opt/emulator/bin/pip install --no-cache-dir --no-deps /dist/*.whl \
 && /opt/emulator/bin/pip uninstall --yes pip \
 && find /opt/emulator -name __pycache__ -prune -exec rm -rf {} +  \
 && /opt/emulator/bin/python -m compileall -q /opt/emulator/lib

FROM python:3.12-slim-bookworm
LABEL org.opencontainers.image.title="Payment provider emulator" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/emulator /opt/emulator
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin emulator
ENV PATH=/opt/emulator/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    EMULATOR_HOST=0.0.0.0 \
    EMULATOR_PORT=8900
USER 10001
EXPOSE 8900
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=5s --retries=12 CMD ["emulator", "ready"]
CMD ["emulator", "serve"]
