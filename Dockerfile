# syntax=docker/dockerfile:1

# The one binary, static, in an image that holds nothing else: no shell, no
# package manager, no root.
#
#   docker build -t passerelle .
#   docker run -p 8080:8080 -v passerelle:/data \
#     -e PASSERELLE_PUBLIC_URL=https://connect.example.org passerelle

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
# An empty folder to own: a fresh named volume takes over its owner.
RUN mkdir /out/data

FROM gcr.io/distroless/static-debian12:nonroot
LABEL org.opencontainers.image.title="Passerelle" \
      org.opencontainers.image.description="A self-hosted webview to connect a bank, and the API to read what was shared" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /out/passerelle /usr/local/bin/passerelle
COPY --from=build --chown=nonroot:nonroot /out/data /data
# Inside the container every address is the container's own; TLS and the
# outside are the load balancer's.
ENV PASSERELLE_LISTEN=0.0.0.0:8080 \
    PASSERELLE_DATA_DIR=/data
USER nonroot:nonroot
VOLUME /data
EXPOSE 8080
# SIGTERM drains: readiness goes off, requests in flight end.
STOPSIGNAL SIGTERM
# No HEALTHCHECK: there is no shell to ask with. GET /healthz and GET /readyz
# are for the orchestrator's own probes.
ENTRYPOINT ["/usr/local/bin/passerelle"]
CMD ["serve"]
