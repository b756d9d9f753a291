# One image for all three: signing-service serve | worker | portal.
# Nothing is written at run time but /tmp, and /app/var where the embedded database and files are used:
#   docker run --read-only --tmpfs /tmp -v signing-var:/app/var -p 127.0.0.1:8000:8000 signing-service run

FROM python:3.13-slim AS build
WORKDIR /app
COPY requirements.txt ./
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: --requirement requirements.txt
COPY signing_service signing_service
COPY verify_portal verify_portal
COPY templates templates
COPY certs certs
ENV SIGNING_VAR=/app/var
RUN mkdir -p var/pki var/radar var/tickets \
 && /opt/venv/bin/python -m compileall -q signing_service verify_portal \
 && /opt/venv/bin/python -m signing_service fonts

FROM python:3.13-slim
LABEL org.opencontainers.image.title="signing-service" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin signing
WORKDIR /app
COPY LICENSE ./
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app/signing_service signing_service
COPY --from=build /app/verify_portal verify_portal
COPY --from=build /app/templates templates
COPY --from=build /app/certs certs
COPY --from=build --chown=signing:signing /app/var var
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SIGNING_HOST=0.0.0.0 \
    SIGNING_PORT=8000 \
    SIGNING_VAR=/app/var
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['SIGNING_PORT']}/healthz\", timeout=4)"]
ENTRYPOINT ["python", "-m", "signing_service"]
CMD ["serve"]
