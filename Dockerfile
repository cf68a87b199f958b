# The controller. Everything is fetched and generated while the image is built: a container starts without a network.

# Speech recognition from Debian's packages, in a folder of its own
FROM node:20.20-bookworm-slim AS speech
ENV OFFHOOK_CACHE=/opt/offhook
WORKDIR /app
COPY tools/debian-packages.mjs tools/
RUN node tools/debian-packages.mjs

FROM node:20.20-bookworm-slim AS database-client
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY prisma.config.ts ./
COPY prisma prisma
COPY tools/prisma.mjs tools/schema-engine.mjs tools/
RUN npm run db:generate

FROM database-client AS web-ui
COPY tools/ui-build.mjs tools/file-lock.mjs tools/
COPY tsconfig.json ./
COPY controller/contract controller/contract
COPY ui ui
RUN node tools/ui-build.mjs

FROM node:20.20-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:20.20-bookworm-slim
ENV NODE_ENV=production OFFHOOK_CACHE=/opt/offhook DATA_DIR=/var/lib/offhook/data HTTP_HOST=0.0.0.0
# `node` is uid 1000, as in docker/freeswitch.Dockerfile
RUN mkdir -p /var/lib/offhook/data /var/lib/offhook/gateways \
  && chown -R node:node /var/lib/offhook && chmod 700 /var/lib/offhook/gateways
COPY --from=speech /opt/offhook /opt/offhook
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json tsconfig.json ./
COPY tools tools
COPY prisma prisma
COPY dialplan-templates dialplan-templates
COPY freeswitch-conf freeswitch-conf
COPY controller controller
COPY --from=database-client /app/controller/db/generated controller/db/generated
COPY --from=web-ui /app/dist/ui dist/ui
USER node
EXPOSE 8080
# npm would stand between us and the signals
CMD ["node", "--import", "tsx", "controller/main.ts"]
