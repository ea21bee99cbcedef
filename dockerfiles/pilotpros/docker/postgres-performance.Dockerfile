# The database with the plan's settings at hand; which of them it starts with
# is said by its command:
#     postgres                                                    the defaults
#     postgres -c config_file=/etc/postgresql/postgresql.conf    the plan's file
# The context is the folder config.
ARG POSTGRES_IMAGE=dp-base/postgres
FROM ${POSTGRES_IMAGE}
COPY postgresql-performance.conf /etc/postgresql/postgresql.conf
