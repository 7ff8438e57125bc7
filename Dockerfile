# syntax=docker/dockerfile:1

# The one binary, static, in an image that holds nothing else: no shell, no
# package manager, no root.
#
#   docker build -t passerelle .
#   docker run -p 8080:8080 -v passerelle:/data \
#     -e PASSERELLE_PUBLIC_URL=https://connect.example.org passerelle

# Backups of a PostgreSQL database need its programs, which the image leaves
# away; another one has them, of your server's version:
#
#   docker build --target tools --build-arg POSTGRES=15 -t passerelle-tools .
ARG POSTGRES=15

FROM golang:1.26-bookworm AS build
WORKDIR /src
# Modules first: they change seldom, so their layer is kept.
COPY go.mod go.sum ./
RUN go mod download
COPY cmd cmd
COPY internal internal
COPY static static
COPY templates templates
COPY web web
ENV CGO_ENABLED=0 GOFLAGS=-buildvcs=false
RUN go build -trimpath -ldflags="-s -w" -o /out/passerelle ./cmd/passerelle
# Empty folders: a fresh named volume takes over the owner of /data, and SQLite
# sorts what is large in /tmp.
RUN mkdir -p /out/root/data /out/root/tmp && chown 65532:65532 /out/root/data && chmod 0700 /out/root/data \
    && chmod 1777 /out/root/tmp

FROM postgres:${POSTGRES}-bookworm AS tools
COPY --from=build /out/passerelle /usr/local/bin/passerelle
COPY --from=build --chown=65532:65532 /out/root/data /data
ENV PASSERELLE_DATA_DIR=/data
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/passerelle"]
CMD ["--help"]

FROM scratch
LABEL org.opencontainers.image.title="Passerelle" \
      org.opencontainers.image.description="A self-hosted webview to connect a bank, and the API to read what was shared" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /out/passerelle /usr/local/bin/passerelle
COPY --from=build /out/root /
# To call banks and clients by TLS.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
# Inside the container every address is the container's own; TLS and the
# outside are the load balancer's.
ENV PASSERELLE_LISTEN=0.0.0.0:8080 \
    PASSERELLE_DATA_DIR=/data
USER 65532:65532
VOLUME /data
EXPOSE 8080
# SIGTERM drains: readiness goes off, requests in flight end.
STOPSIGNAL SIGTERM
# No HEALTHCHECK: there is no shell to ask with. GET /healthz and GET /readyz
# are for the orchestrator's own probes.
ENTRYPOINT ["/usr/local/bin/passerelle"]
CMD ["serve"]
