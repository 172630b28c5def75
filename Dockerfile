# The service as an image: `docker build -t task-agent .`; docs/compose.md runs it.
# Tag and digest: the tag says what it is, the digest is what is used. Another base, or a mirror: --build-arg NODE_IMAGE=…
ARG NODE_IMAGE=node:24.21.0-trixie-slim@sha256:8ec5d7557396cfe32d21c3f9c13072355ceab22b584578ca4bb28af31120cffe

# Everything that the build needs. Optional packages are the bundled Node (the base brings one) and accelerators that nothing needs.
# No scripts: `prepare` would compile, and there are no sources yet; no other install script matters here.
FROM ${NODE_IMAGE} AS tools
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=optional --ignore-scripts --no-audit --no-fund

# What runs in production: what is left of it. A change of the sources does not make it anew.
FROM tools AS modules
RUN npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM tools AS build
COPY . .
# docs/runbooks are what alerts link to.
RUN npm run build && mkdir -p docs/runbooks

FROM ${NODE_IMAGE} AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="task-agent" \
      org.opencontainers.image.description="A Claude agent over HTTP: correlated, logged, metered, traced" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8080 \
    DATA_DIR=/data \
    NOTES_DIR=/data/notes
WORKDIR /app
# The base's account `node`, by number: an orchestrator that insists on non-root can not look a name up.
RUN mkdir /data && chown 1000:1000 /data
# What changes least comes first. All of it belongs to root: the service can not write to its own program.
COPY --from=modules /app/node_modules node_modules
COPY package.json LICENSE THIRD_PARTY_NOTICES.md ./
COPY config config
COPY --from=build /app/docs/runbooks docs/runbooks
COPY bin/task-agent.mjs bin/task-agent.mjs
COPY --from=build /app/dist dist
USER 1000:1000
# Besides /data it writes to /tmp only: with a read-only root file system, give it a tmpfs there.
VOLUME /data
EXPOSE 8080
# Alive, not ready: while it drains, and while its database is away, it is not ready, and must not be killed for that.
HEALTHCHECK --interval=15s --timeout=3s --start-period=30s --start-interval=1s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1: it handles SIGTERM, and the program starts no process that it does not wait for.
ENTRYPOINT ["node", "bin/task-agent.mjs"]
CMD ["serve"]
