# The service: `deferdiff serve`, and its workers. Build it in the checkout, on any base with Python 3.11 or later:
#
#   docker build -t deferdiff-service -f docker/service.Dockerfile .
#   docker build -t deferdiff-service -f docker/service.Dockerfile --build-arg BASE=my-python .
#
# The base must be able to install packages: what it lacks of git and GNU patch comes from Debian, the rest from PyPI.
# (`ci/base-image` makes one where no image registry can be reached.)
ARG BASE=python:3.12-slim-bookworm
FROM ${BASE}

RUN if ! command -v git >/dev/null || ! patch --version | grep -q '^GNU patch'; then \
        apt-get update -q && apt-get install -y -q --no-install-recommends git patch && rm -rf /var/lib/apt/lists/*; \
    fi

COPY . /usr/local/src/deferdiff
RUN python3 -m venv /opt/deferdiff \
    && /opt/deferdiff/bin/pip install --no-cache-dir '/usr/local/src/deferdiff[service,postgres,wasm]' \
    && install -d /srv/deferdiff/ci \
    && mv /usr/local/src/deferdiff/cases /srv/deferdiff/cases \
    && mv /usr/local/src/deferdiff/ci/policy.yaml /srv/deferdiff/ci/policy.yaml \
    && rm -rf /usr/local/src/deferdiff

# Nobody in particular, with one directory of its own: what is fetched, compiled and kept.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/deferdiff deferdiff \
    && install -d -o deferdiff -g deferdiff /var/lib/deferdiff
WORKDIR /srv/deferdiff
ENV PATH=/opt/deferdiff/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DEFERDIFF_CACHE=/var/lib/deferdiff/cache
USER deferdiff
VOLUME /var/lib/deferdiff
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["deferdiff"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080"]
