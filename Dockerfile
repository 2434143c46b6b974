# One image for all services; the first argument names what runs: a service, or a command of hito.
#   docker build -t hito .                         production
#   docker build -t hito-inbox --target inbox .    the development inbox, never part of production
# Behind a certificate authority of your own: --build-arg NODE_EXTRA_CA_CERTS=/run/secrets/ca --secret id=ca,src=FILE
# With a registry of your own: --secret id=npmrc,src=FILE
ARG NODE=24-bookworm-slim

FROM node:${NODE} AS build
ARG NODE_EXTRA_CA_CERTS
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=secret,id=ca --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=cache,target=/root/.npm \
    npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY apps apps
COPY bench bench
COPY libs libs
COPY local local
COPY services services
COPY test test
COPY verification verification
RUN node node_modules/typescript/bin/tsc -p tsconfig.build.json \
 && rm -rf dist/bench dist/test dist/verification dist/libs/testing dist/.tsbuildinfo \
 && find dist -type d -name testing -prune -exec rm -rf {} +

FROM node:${NODE} AS dependencies
ARG NODE_EXTRA_CA_CERTS
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Types, maps and documents are for people who develop; licences stay. The folders are for browsers and other kinds of modules;
# TypeScript comes as an optional peer of what reads settings in many languages.
RUN --mount=type=secret,id=ca --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && rm -rf node_modules/typescript node_modules/typeorm/browser node_modules/rxjs/dist/esm5 node_modules/rxjs/dist/bundles \
    node_modules/rxjs/dist/esm node_modules/rxjs/src \
 && find node_modules -type f \( -name '*.map' -o -name '*.md' -o -name '*.markdown' -o -name '*.[cm]ts' -o -name '*.ts' \) -delete \
 && mkdir -p /empty

FROM node:${NODE} AS base
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Hito" \
      org.opencontainers.image.description="Turns a platform's clickstream into the one mail that a person is glad to get." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
WORKDIR /app
ENV NODE_ENV=production
COPY package.json LICENSE ./
# Volumes that are mounted here begin as these folders: they belong to who runs.
COPY --from=dependencies --chown=1000:1000 /empty /run/hito
COPY --from=dependencies --chown=1000:1000 /empty /var/lib/hito
USER 1000:1000

FROM base AS inbox
# What the inbox needs beside the production dependencies (test/image.test.ts compares this with the lock file).
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/node_modules/smtp-server node_modules/smtp-server
COPY --from=build /app/node_modules/punycode.js node_modules/punycode.js
COPY --from=build /app/node_modules/postal-mime node_modules/postal-mime
COPY --from=build /app/dist/libs dist/libs
COPY --from=build /app/dist/local dist/local
COPY --from=build /app/dist/apps dist/apps
ENV HITO_INBOX_HOST=0.0.0.0 HITO_INBOX_SMTP_PORT=2525 HITO_INBOX_HTTP_PORT=8025 HITO_INBOX_DIR=/var/lib/hito
EXPOSE 2525 8025
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "dist/apps/container/health.js", "http://127.0.0.1:8025/api/count"]
ENTRYPOINT ["node", "--enable-source-maps"]
CMD ["dist/apps/inbox/main.js"]

FROM base AS service
COPY --from=dependencies /app/node_modules node_modules
COPY examples/shop examples/shop
COPY --from=build /app/dist/libs dist/libs
COPY --from=build /app/dist/services dist/services
COPY --from=build /app/dist/apps/cli dist/apps/cli
COPY --from=build /app/dist/apps/container dist/apps/container
# The public port and the internal one are the same for every service; keep the internal one from the public.
ENV HITO_HOST=0.0.0.0 HITO_PORT=8080 HITO_INTERNAL_HOST=0.0.0.0 HITO_INTERNAL_PORT=8081
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "dist/apps/container/health.js"]
ENTRYPOINT ["node", "--enable-source-maps", "--disable-warning=TimeoutNegativeWarning", "dist/apps/container/main.js"]
CMD ["--help"]
