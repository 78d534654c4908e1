# Stands in for the official image of an exporter where only Debian's packages can be had.
FROM debian:sid-slim
ARG NAME
RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends prometheus-$NAME-exporter \
 && rm -rf /var/lib/apt/lists/* && ln -s "/usr/bin/prometheus-$NAME-exporter" /usr/local/bin/exporter
USER nobody
ENTRYPOINT ["exporter"]
