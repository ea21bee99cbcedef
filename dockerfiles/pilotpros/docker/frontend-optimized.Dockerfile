# Node builds, nginx serves: of the first stages only what they built goes on. The context
# is the folder frontend.
ARG NODE_IMAGE=dp-base/node
ARG NGINX_IMAGE=dp-base/nginx

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --prefer-offline

FROM packages AS builder
COPY index.html vite.config.js ./
COPY src src
RUN npm run build

# Not part of the image: docker build --target test
FROM packages AS test
COPY src src
COPY tests tests
RUN npm test

# Mount src: the browser gets each edit at once.
FROM packages AS development
ENV NODE_ENV=development
COPY index.html vite.config.js ./
COPY src src
# Vite writes there what it has prepared, and its configuration beside the file itself.
RUN install -d -o 1001 -g 1001 node_modules/.vite && chown 1001:1001 .
USER 1001:1001
EXPOSE 3000
CMD ["node", "node_modules/vite/bin/vite.js"]

FROM ${NGINX_IMAGE} AS runtime
COPY nginx.conf /etc/nginx/nginx.conf
COPY --from=builder /app/dist /usr/share/nginx/html
USER 1001:1001
EXPOSE 3000
