# The command as an image: docker build -t rc2graph .
#
#   docker run --rm --read-only --tmpfs /tmp --cap-drop ALL -v rc2graph_data:/data \
#     -e ROCKETCHAT_URL -e ROCKETCHAT_USER_ID -e ROCKETCHAT_AUTH_TOKEN rc2graph load
#
# Snapshots and the embedded graph lie in /data; with -e NEO4J_URI -e NEO4J_PASSWORD the graph goes to a Neo4j.
# Debian, because the embedded graph has wheels for glibc only (docs/dependencies.md). They bring a native library, so no
# Java is needed. Python is of the minor version that the tests run on.

FROM python:3.11.15-slim-trixie AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY rc2graph rc2graph
COPY cypher cypher
# pip and setuptools are not needed to run what they installed.
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels . \
 && python -m venv /opt/rc2graph \
 && /opt/rc2graph/bin/pip install --no-cache-dir --compile /wheels/*.whl \
 && /opt/rc2graph/bin/pip uninstall --yes setuptools pip

FROM python:3.11.15-slim-trixie
LABEL org.opencontainers.image.title="rc2graph" \
      org.opencontainers.image.description="Reads one Rocket.Chat workspace through its REST API into a graph, for access reviews." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/python:3.11.15-slim-trixie"
COPY --from=build /opt/rc2graph /opt/rc2graph
# A new volume takes owner and mode from here.
RUN install --directory --owner=10001 --group=10001 --mode=0700 /data
ENV PATH=/opt/rc2graph/bin:$PATH \
    RC2GRAPH_HOME=/data \
    PYTHONDONTWRITEBYTECODE=1
VOLUME /data
WORKDIR /data
USER 10001:10001
ENTRYPOINT ["rc2graph"]
CMD ["--help"]
