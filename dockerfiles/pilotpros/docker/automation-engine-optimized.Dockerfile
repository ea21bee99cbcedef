# n8n as it is published, without what only its developers read: maps to its sources and
# declarations of types. The context is the folder automation-engine.
ARG NODE_IMAGE=dp-base/node

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# The scripts of packages would fetch or compile what n8n needs for SQLite alone.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --prefer-offline \
    && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' \) -delete

FROM ${NODE_IMAGE} AS runtime
ENV NODE_ENV=production N8N_USER_FOLDER=/data
WORKDIR /app
# n8n asks for the name of who runs it.
RUN echo 'nodejs:x:1001:1001::/data:/bin/sh' >>/etc/passwd && echo 'nodejs:x:1001:' >>/etc/group \
    && install -d -o 1001 -g 1001 /data
COPY --from=dependencies /app/node_modules node_modules
COPY package.json start.sh health.js credentials.js ./
COPY workflows workflows
USER 1001:1001
EXPOSE 5678
CMD ["./start.sh"]
