# Gantry's image: the server, the built page and the packages the server needs; nothing to build or test with.
#   docker build -t gantry --build-arg VERSION=0.1.0 .
# BuildKit builds it (Docker 23, buildx, podman). For another platform (--platform linux/arm64) all but the last stage
# runs on the builder's own: nothing is compiled for the processor it runs on.

# the current LTS of Node on Debian: sodium-native has no build for musl
ARG NODE=node:26-trixie-slim

# ---- the page and the server, compiled
FROM --platform=$BUILDPLATFORM ${NODE} AS build
WORKDIR /gantry
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.base.json vite.config.ts ./
COPY shared shared
COPY server server
COPY client client
RUN npx tsc -b server \
 && npx vite build --logLevel warn \
 && rm -rf dist/.tsc \
 && find dist -name '*.d.ts' -delete \
 && ! grep -rlE "from '(vitest|fast-check|jose)'" dist

# ---- the packages the server needs, for this platform
FROM --platform=$BUILDPLATFORM ${NODE} AS packages
ARG TARGETARCH
WORKDIR /gantry
COPY package.json package-lock.json .npmrc ./
# sodium-native brings its library ready made for a dozen platforms; types and maps are for development
RUN cpu="$(echo "$TARGETARCH" | sed s/amd64/x64/)" \
 && npm ci --omit=dev --ignore-scripts --os=linux --cpu="$cpu" \
 && find node_modules/sodium-native/prebuilds -mindepth 1 -maxdepth 1 ! -name "linux-$cpu" -exec rm -r {} + \
 && test -f "node_modules/sodium-native/prebuilds/linux-$cpu/sodium-native.node" \
 && find node_modules -type f \( -name '*.ts' -o -name '*.cts' -o -name '*.mts' -o -name '*.map' \) -delete

# ---- what runs
FROM ${NODE}
ARG VERSION=0.1.0
ARG REVISION=""
ARG SOURCE=""
LABEL org.opencontainers.image.title="Gantry" \
      org.opencontainers.image.description="A web UI for private container registries" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
# nothing is installed at run time, so there is nothing to install with
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
      /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn-*
WORKDIR /gantry
COPY package.json LICENSE ./
COPY --from=packages /gantry/node_modules node_modules
COPY --from=build /gantry/dist dist
ENV NODE_ENV=production
# a number, so that Kubernetes' runAsNonRoot can tell; Gantry writes no file, the root may be read-only
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
# with or without BASE_PATH: every route answers at both
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8080}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/server/main.js"]
