# nginx with compression and caches. The context is the folder config.
ARG NGINX_IMAGE=dp-base/nginx
FROM ${NGINX_IMAGE}
COPY nginx-performance.conf /etc/nginx/conf.d/default.conf
EXPOSE 80
