# Stands in for the official image where only Debian's packages can be had: same programs, same user.
FROM debian:sid-slim
RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    postgresql-18 postgresql-18-pgvector && rm -rf /var/lib/apt/lists/* /var/lib/postgresql/* \
 && install -d -o postgres -g postgres -m 0755 /var/lib/postgresql
ENV PATH=/usr/lib/postgresql/18/bin:$PATH
VOLUME /var/lib/postgresql
CMD ["postgres"]
