# Packages before sources, their downloads in a cache that outlives the layer, and in the
# image only what runs. The context is the folder backend.
ARG NODE_IMAGE=dp-base/node

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --prefer-offline

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --prefer-offline

FROM packages AS builder
COPY tsconfig.json ./
COPY src src
RUN npm run build

# Not part of the image: docker build --target test
FROM builder AS test
COPY tests tests
RUN npm test

# Mount src: the server starts anew after each edit.
FROM packages AS development
ENV NODE_ENV=development
COPY tsconfig.json health.js ./
COPY src src
USER 1001:1001
EXPOSE 3001
CMD ["node_modules/.bin/tsx", "watch", "src/server.ts"]

FROM ${NODE_IMAGE} AS runtime
ENV NODE_ENV=production
WORKDIR /app
COPY package.json health.js ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=builder /app/dist dist
USER 1001:1001
EXPOSE 3001
CMD ["node", "dist/server.js"]
