"""The dashboards: `python -m monitoring.boards` writes what Grafana is provisioned with.

One source: who wants a panel changes it here and runs `make dashboards`; a test compares. Every query is run against a
real Prometheus by `python -m tests.stack --only monitoring`.
"""

from __future__ import annotations

from pathlib import Path

from monitoring.panels import Board, Panel, Query, built

FOLDER = Path(__file__).parent / "grafana" / "dashboards"
RATE = "$__rate_interval"


def _share(part: str, whole: str) -> str:
    """Of counters; 1 where nothing was counted."""
    return f"(sum(rate({part}[{RATE}])) or vector(0)) / (sum(rate({whole}[{RATE}])) > 0) or vector(1)"


def _quantiles(metric: str, labels: str = "") -> tuple[Query, ...]:
    """The median and what 95 of 100 stay below; nothing while nothing happened."""
    rate = f"sum by (le) (rate({metric}_bucket{{{labels}}}[{RATE}]))"
    return tuple(
        Query(f"histogram_quantile({part}, {rate})", f"{name} of 100") for part, name in (("0.5", "50"), ("0.95", "95"))
    )


def _quantile_by(label: str, metric: str, part: str = "0.95") -> Query:
    rate = f"sum by (le, {label}) (rate({metric}_bucket[{RATE}]))"
    return Query(f"histogram_quantile({part}, {rate})", f"{{{{{label}}}}}")


def _rate_by(label: str, metric: str, labels: str = "") -> Query:
    return Query(f"sum by ({label}) (rate({metric}{{{labels}}}[{RATE}]))", f"{{{{{label}}}}}")


COMPARE = 'kind="compare"'
OURS = 'job=~"web|worker|notifier|backup"'
OVERVIEW = Board(
    "overview",
    "Overview",
    "Whether people are served: how long they wait, how long a comparison takes, and how often it succeeds.",
    (
        (
            "Service levels",
            (
                Panel(
                    "Taken within 30 s",
                    "percentunit",
                    (
                        Query(
                            _share(
                                f'pdfc_queue_wait_seconds_bucket{{{COMPARE},le="30.0"}}',
                                f"pdfc_queue_wait_seconds_count{{{COMPARE}}}",
                            )
                        ),
                    ),
                    "Share of comparisons that a worker began within 30 s. Below 95 %: more workers.",
                    "number",
                    warn=0.95,
                    bad=0.8,
                ),
                Panel(
                    "Done within 60 s",
                    "percentunit",
                    (
                        Query(
                            _share(
                                f'pdfc_job_seconds_bucket{{{COMPARE},le="60.0"}}',
                                f"pdfc_job_seconds_count{{{COMPARE}}}",
                            )
                        ),
                    ),
                    "Share of comparisons that took a worker 60 s at most. Drawings and scans take longer.",
                    "number",
                    warn=0.9,
                    bad=0.5,
                ),
                Panel(
                    "Succeeded",
                    "percentunit",
                    (
                        Query(
                            _share(
                                f'pdfc_jobs_total{{{COMPARE},outcome="done"}}',
                                f'pdfc_jobs_total{{{COMPARE},outcome=~"done|failed"}}',
                            )
                        ),
                    ),
                    "Share of comparisons that came to a result. Files that cannot be used are not counted.",
                    "number",
                    warn=0.99,
                    bad=0.95,
                ),
                Panel(
                    "Answered",
                    "percentunit",
                    (Query(_share('pdfc_http_requests_total{status!~"5.."}', "pdfc_http_requests_total")),),
                    "Share of requests that were not answered by an error of the server.",
                    "number",
                    warn=0.999,
                    bad=0.99,
                ),
                Panel(
                    "Since the last backup",
                    "s",
                    (Query("time() - max(pdfc_backup_last_success_seconds)"),),
                    "More than a day: see the runbook BackupMissing.",
                    "number",
                    warn=26 * 3600,
                    bad=50 * 3600,
                ),
                Panel(
                    "Alerts",
                    "short",
                    (Query('count(ALERTS{alertstate="firing"}) or vector(0)'),),
                    "Alerts that fire now: docs/runbooks.md.",
                    "number",
                    warn=1,
                    bad=3,
                ),
            ),
        ),
        (
            "What people wait for",
            (
                Panel(
                    "Wait in the queue",
                    "s",
                    _quantiles("pdfc_queue_wait_seconds", COMPARE),
                    "From when a comparison was asked for until a worker began it.",
                ),
                Panel(
                    "Time of a comparison",
                    "s",
                    _quantiles("pdfc_job_seconds", COMPARE),
                    "From when a worker began it until the result was stored.",
                ),
                Panel(
                    "Answers",
                    "s",
                    _quantiles("pdfc_http_request_seconds", 'route=~"/api.*|/files.*"'),
                    "Requests to the API and for pages of documents.",
                ),
                Panel(
                    "Waiting now",
                    "short",
                    (Query("max by (queue) (pdfc_queue_waiting)", "{{queue}}"),),
                    "Jobs that wait, by queue. A queue that only grows needs workers.",
                ),
            ),
        ),
        (
            "What goes on",
            (
                Panel(
                    "Jobs ended",
                    "short",
                    (Query(f"sum by (kind, outcome) (rate(pdfc_jobs_total[{RATE}])) * 60", "{{kind}} {{outcome}}"),),
                    "In a minute. `refused`: the file cannot be used; `again`: for another attempt.",
                    "area",
                ),
                Panel(
                    "Pages open",
                    "short",
                    (Query("sum(pdfc_sessions)", "open"),),
                    "Pages of the application that are open in browsers.",
                ),
                Panel(
                    "Requests",
                    "reqps",
                    (Query(f"sum(rate(pdfc_http_requests_total[{RATE}]))", "all"),),
                    "Of all web servers.",
                ),
                Panel(
                    "Who answers Prometheus",
                    "short",
                    (Query("sum by (job) (up)", "{{job}}"),),
                    "Processes that are there, by kind.",
                ),
            ),
        ),
    ),
)

JOBS = Board(
    "jobs",
    "Jobs",
    "Queues, workers and their children: what waits, what it costs, and what fails.",
    (
        (
            "Queues",
            (
                Panel("Waiting", "short", (Query("max by (queue) (pdfc_queue_waiting)", "{{queue}}"),), "By queue."),
                Panel(
                    "Age of the oldest",
                    "s",
                    (Query("max by (queue) (pdfc_queue_oldest_seconds)", "{{queue}}"),),
                    "Of those that wait. Indexing waits for quiet, in the queue `extract`.",
                ),
                Panel(
                    "Running and places",
                    "short",
                    (
                        Query("sum(max by (queue) (pdfc_queue_running))", "running"),
                        Query("max(pdfc_workers)", "places for jobs"),
                    ),
                    "Each worker has a place for documents, one for maintenance, and the notifier one for webhooks.",
                ),
                Panel(
                    "Wait in the queue",
                    "s",
                    (_quantile_by("kind", "pdfc_queue_wait_seconds"),),
                    "95 of 100 were begun sooner.",
                ),
            ),
        ),
        (
            "Work",
            (
                Panel(
                    "Jobs ended",
                    "short",
                    (Query(f"sum by (kind, outcome) (rate(pdfc_jobs_total[{RATE}])) * 60", "{{kind}} {{outcome}}"),),
                    "In a minute.",
                    "area",
                ),
                Panel(
                    "Pages",
                    "short",
                    (
                        Query(
                            f"sum by (stage) (rate(pdfc_stage_pages_sum[{RATE}])) * 60",
                            "{{stage}}",
                        ),
                    ),
                    "Pages gone through in a minute, by stage.",
                ),
                Panel(
                    "Time by stage",
                    "s",
                    (_quantile_by("stage", "pdfc_stage_seconds"),),
                    "95 of 100 jobs were quicker. Recognising characters is the slowest by far.",
                ),
                Panel(
                    "Where time goes",
                    "percentunit",
                    (
                        Query(
                            f"sum by (stage) (rate(pdfc_stage_seconds_sum[{RATE}]))"
                            f" / scalar(clamp_min(sum(rate(pdfc_stage_seconds_sum[{RATE}])), 1e-9))",
                            "{{stage}}",
                        ),
                    ),
                    "Share of each stage in the time of all jobs.",
                    "area",
                ),
                Panel(
                    "Comparisons a worker does",
                    "short",
                    (
                        Query(
                            f'sum by (instance) (rate(pdfc_jobs_total{{kind="compare",outcome="done"}}[{RATE}])) * 60'
                            ' and on (instance) up{job="worker"}',
                            "{{instance}}",
                        ),
                    ),
                    "In a minute.",
                ),
                Panel(
                    "Processor time of a job",
                    "s",
                    (
                        Query(
                            f"sum by (kind) (rate(pdfc_job_cpu_seconds_sum[{RATE}]))"
                            f" / clamp_min(sum by (kind) (rate(pdfc_job_cpu_seconds_count[{RATE}])), 1e-9)",
                            "{{kind}}",
                        ),
                    ),
                    "Of all its children, on average.",
                ),
            ),
        ),
        (
            "Children",
            (
                Panel(
                    "Most memory of a child",
                    "bytes",
                    (_quantile_by("kind", "pdfc_child_peak_bytes"),),
                    "95 of 100 jobs needed less. At the limit of a child (PDF_COMPARE_LIMIT_…) files fail.",
                ),
                Panel(
                    "Deaths",
                    "short",
                    (Query(f"sum by (reason) (increase(pdfc_child_deaths_total[{RATE}]))", "{{reason}}"),),
                    "Children that ended without an answer. Most are tried again page by page.",
                ),
                Panel(
                    "Started",
                    "short",
                    (Query(f"sum(rate(pdfc_children_started_total[{RATE}])) * 60", "a minute"),),
                    "Children that jobs started, in a minute.",
                ),
                Panel(
                    "Kept already",
                    "percentunit",
                    (
                        Query(
                            f'sum by (cache) (rate(pdfc_cache_requests_total{{outcome="hit"}}[{RATE}]))'
                            f" / clamp_min(sum by (cache) (rate(pdfc_cache_requests_total[{RATE}])), 1e-9)",
                            "{{cache}}",
                        ),
                    ),
                    "Share of looks that found what was asked for: documents read before, pages drawn before.",
                ),
                Panel(
                    "Locked in",
                    "short",
                    (Query("min by (job) (pdfc_sandbox_complete)", "{{job}}"),),
                    "1 where children are locked in completely.",
                ),
                Panel(
                    "Webhooks",
                    "short",
                    (Query(f"sum by (outcome) (rate(pdfc_deliveries_total[{RATE}])) * 60", "{{outcome}}"),),
                    "Tries in a minute; `again` are those that failed.",
                ),
            ),
        ),
    ),
)

WEB = Board(
    "web",
    "Web",
    "Web servers: who asks for what, how fast it comes, and what it costs.",
    (
        (
            "Requests",
            (
                Panel("By route", "reqps", (_rate_by("route", "pdfc_http_requests_total"),), "As the code names it."),
                Panel(
                    "By answer",
                    "reqps",
                    (_rate_by("status", "pdfc_http_requests_total"),),
                    "4xx are the caller's, 5xx ours.",
                    "area",
                ),
                Panel(
                    "Time by route",
                    "s",
                    (_quantile_by("route", "pdfc_http_request_seconds"),),
                    "95 of 100 were answered sooner; uploads and downloads take what the line takes.",
                ),
                Panel(
                    "By server", "reqps", (_rate_by("instance", "pdfc_http_requests_total"),), "Stickiness shows here."
                ),
            ),
        ),
        (
            "People",
            (
                Panel(
                    "Pages open",
                    "short",
                    (Query("pdfc_sessions", "{{instance}}"),),
                    "Open in a browser now.",
                    "area",
                ),
                Panel(
                    "Sessions of the framework",
                    "short",
                    (Query("active_sessions", "{{instance}}"),),
                    "Those too that may be taken up again within minutes: they hold memory.",
                ),
            ),
        ),
        (
            "Costs",
            (
                Panel(
                    "Processor",
                    "short",
                    (
                        Query(f'rate(process_cpu_seconds_total{{job="web"}}[{RATE}])', "{{instance}}"),
                        Query(f'rate(pdfc_children_cpu_seconds_total{{job="web"}}[{RATE}])', "{{instance}} children"),
                    ),
                    "Cores in use. Children draw pages.",
                ),
                Panel(
                    "Memory",
                    "bytes",
                    (
                        Query('process_resident_memory_bytes{job="web"}', "{{instance}}"),
                        Query('pdfc_children_memory_bytes{job="web"}', "{{instance}} children"),
                    ),
                    "Resident. The limit is UI_MEMORY.",
                ),
                Panel(
                    "Wait for a connection",
                    "s",
                    (_quantile_by("pool", "pdfc_database_pool_wait_seconds"),),
                    "95 of 100 had a connection to the database sooner. Above 0.1 s: PDF_COMPARE_DATABASE_POOL_SIZE.",
                ),
                Panel(
                    "Room for documents",
                    "bytes",
                    (Query('min(pdfc_documents_free_bytes{job="web"})', "left"),),
                    "Where documents and results are.",
                ),
            ),
        ),
    ),
)

DATA = Board(
    "data",
    "Data",
    "PostgreSQL, its replicas, and PgBouncer before them.",
    (
        (
            "PostgreSQL",
            (
                Panel("Answers", "short", (Query("pg_up", "{{server}}"),), "1 where the exporter reaches it."),
                Panel(
                    "Transactions",
                    "short",
                    (
                        Query(
                            f'sum by (server) (rate(pg_stat_database_xact_commit{{datname="pdfcompare"}}[{RATE}]))',
                            "{{server}}",
                        ),
                        Query(
                            f'sum by (server) (rate(pg_stat_database_xact_rollback{{datname="pdfcompare"}}[{RATE}]))',
                            "{{server}} rolled back",
                        ),
                    ),
                    "In a second.",
                ),
                Panel(
                    "Connections",
                    "short",
                    (Query("sum by (server, state) (pg_stat_activity_count)", "{{server}} {{state}}"),),
                    "PgBouncer keeps them few.",
                ),
                Panel(
                    "Found in memory",
                    "percentunit",
                    (
                        Query(
                            f'sum by (server) (rate(pg_stat_database_blks_hit{{datname="pdfcompare"}}[{RATE}]))'
                            " / clamp_min(sum by (server) ("
                            f'rate(pg_stat_database_blks_hit{{datname="pdfcompare"}}[{RATE}])'
                            f' + rate(pg_stat_database_blks_read{{datname="pdfcompare"}}[{RATE}])), 1e-9)',
                            "{{server}}",
                        ),
                    ),
                    "Share of blocks that need no disk. Below 0.95 for long: POSTGRES_SHARED_BUFFERS.",
                ),
                Panel(
                    "Size",
                    "bytes",
                    (Query('max(pg_database_size_bytes{datname="pdfcompare"})', "database"),),
                    "Documents and results are not in it.",
                ),
                Panel(
                    "Largest tables",
                    "bytes",
                    (
                        Query(
                            'topk(6, max by (relname) (pg_stat_user_tables_table_size_bytes{server="primary"}'
                            ' + pg_stat_user_tables_index_size_bytes{server="primary"}))',
                            "{{relname}}",
                        ),
                    ),
                    "With their indexes.",
                ),
                Panel(
                    "Longest transaction",
                    "s",
                    (Query('max by (server) (pg_stat_activity_max_tx_duration{datname="pdfcompare"})', "{{server}}"),),
                    "One of minutes keeps old rows from being cleared.",
                ),
                Panel(
                    "Deadlocks and conflicts",
                    "short",
                    (
                        Query(
                            'sum by (server) (pg_stat_database_deadlocks{datname="pdfcompare"})', "{{server}} deadlocks"
                        ),
                        Query(
                            'sum by (server) (pg_stat_database_conflicts{datname="pdfcompare"})', "{{server}} conflicts"
                        ),
                    ),
                    "Since the start. A conflict is a read on a replica that was cut off by what it replays.",
                ),
            ),
        ),
        (
            "Replication",
            (
                Panel(
                    "Behind the primary",
                    "bytes",
                    (
                        Query(
                            'max by (application_name) (pg_stat_replication_pg_wal_lsn_diff{server="primary"})',
                            "{{application_name}}",
                        ),
                    ),
                    "As the primary sees it.",
                ),
                Panel(
                    "Lag that readers see",
                    "s",
                    (Query("max by (replica) (pdfc_replica_lag_seconds)", "replica {{replica}}"),),
                    "More than 10 s and it is not read until it is back.",
                ),
                Panel(
                    "Read by",
                    "short",
                    (Query("sum by (replica) (pdfc_replica_read)", "replica {{replica}}"),),
                    "How many processes read it.",
                ),
                Panel(
                    "Log kept",
                    "bytes",
                    (
                        Query('max(pg_wal_size_bytes{server="primary"})', "log"),
                        Query(
                            'max by (slot_name) (pg_replication_slots_pg_wal_lsn_diff{server="primary"})',
                            "kept for {{slot_name}}",
                        ),
                    ),
                    "A replica that is away makes the primary keep its log for it.",
                ),
            ),
        ),
        (
            "Archive",
            (
                Panel(
                    "Since the archive told",
                    "s",
                    (
                        Query("time() - max(pdfc_archive_seen_seconds)", "of itself"),
                        Query("time() - max(pdfc_archive_segment_seconds)", "of a whole segment"),
                        Query("time() - max(pdfc_archive_copy_seconds)", "of a copy"),
                    ),
                    "Of itself four times a minute, of a copy each day; of a segment when 16 MB were written.",
                    source="archive",
                ),
                Panel(
                    "Not received yet",
                    "bytes",
                    (
                        Query(
                            'max(pg_replication_slots_pg_wal_lsn_diff{server="primary",slot_name="archive"})',
                            "kept for the archive",
                        ),
                    ),
                    "Log that the primary keeps for the archive. From 5 GB on it does not any more: a gap.",
                    source="archive",
                ),
            ),
        ),
        (
            "PgBouncer",
            (
                Panel(
                    "Clients",
                    "short",
                    (
                        Query("sum by (database) (pgbouncer_pools_client_active_connections)", "{{database}}"),
                        Query("sum by (database) (pgbouncer_pools_client_waiting_connections)", "{{database}} waiting"),
                    ),
                    "Who waits has no connection to the server: DEFAULT_POOL_SIZE.",
                ),
                Panel(
                    "Longest wait",
                    "s",
                    (Query("max by (database) (pgbouncer_pools_client_maxwait_seconds)", "{{database}}"),),
                    "For a connection to the server, now.",
                ),
                Panel(
                    "Servers",
                    "short",
                    (
                        Query("sum by (database) (pgbouncer_pools_server_active_connections)", "{{database}} active"),
                        Query("sum by (database) (pgbouncer_pools_server_idle_connections)", "{{database}} idle"),
                    ),
                    "Connections to PostgreSQL.",
                ),
                Panel(
                    "Queries",
                    "short",
                    (_rate_by("database", "pgbouncer_stats_totals_queries_pooled_total"),),
                    "In a second.",
                ),
            ),
        ),
    ),
)

EDGE = Board(
    "edge",
    "Edge",
    "nginx, the only door, and Redis, which keeps where people are.",
    (
        (
            "nginx",
            (
                Panel(
                    "Requests",
                    "reqps",
                    (Query(f"sum(rate(nginx_http_requests_total[{RATE}]))", "all"),),
                    "In a second.",
                ),
                Panel(
                    "Connections",
                    "short",
                    (
                        Query("sum(nginx_connections_active)", "active"),
                        Query("sum(nginx_connections_reading)", "reading"),
                        Query("sum(nginx_connections_writing)", "writing"),
                        Query("sum(nginx_connections_waiting)", "waiting"),
                    ),
                    "Each open page has one that writes: its websocket.",
                ),
                Panel(
                    "Not handled",
                    "short",
                    (
                        Query(
                            f"sum(rate(nginx_connections_accepted[{RATE}]))"
                            f" - sum(rate(nginx_connections_handled[{RATE}]))",
                            "dropped",
                        ),
                    ),
                    "Above 0: worker_connections is too small.",
                ),
                Panel("Answers", "short", (Query("nginx_up", "nginx"),), "1 where it tells its figures."),
            ),
        ),
        (
            "Redis",
            (
                Panel(
                    "Memory",
                    "bytes",
                    (Query("redis_memory_used_bytes", "used"), Query("redis_memory_max_bytes", "at most")),
                    "At most REDIS_MEMORY.",
                ),
                Panel(
                    "Commands",
                    "short",
                    (Query(f"rate(redis_commands_processed_total[{RATE}])", "all"),),
                    "In a second.",
                ),
                Panel("Clients", "short", (Query("redis_connected_clients", "connected"),), "Processes of ours."),
                Panel(
                    "Keys",
                    "short",
                    (
                        Query("sum(redis_db_keys)", "keys"),
                        Query(f"sum(increase(redis_evicted_keys_total[{RATE}]))", "driven out"),
                    ),
                    "Sessions and positions of writes. None should be driven out.",
                ),
                Panel(
                    "Reached by",
                    "short",
                    (Query("sum by (job) (pdfc_session_store_up)", "{{job}}"),),
                    "Processes that reach it.",
                ),
                Panel(
                    "Saved", "short", (Query("redis_rdb_changes_since_last_save", "changes not saved yet"),), "To disk."
                ),
            ),
        ),
    ),
)

MACHINES = Board(
    "machines",
    "Machines",
    "Processor, memory and disk: of the machine, of our processes and their children, of containers.",
    (
        (
            "The machine",
            (
                Panel(
                    "Processor",
                    "percentunit",
                    (
                        Query(
                            f'1 - avg by (instance) (rate(node_cpu_seconds_total{{mode="idle"}}[{RATE}]))',
                            "{{instance}}",
                        ),
                    ),
                    "In use, of all cores.",
                ),
                Panel(
                    "Load for each core",
                    "short",
                    (
                        Query(
                            'node_load5 / on (instance) count by (instance) (node_cpu_seconds_total{mode="idle"})',
                            "{{instance}}",
                        ),
                    ),
                    "Above 2 for long everybody waits.",
                ),
                Panel(
                    "Memory left",
                    "percentunit",
                    (Query("node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "{{instance}}"),),
                    "Below 10 %: fewer workers, or more memory.",
                ),
                Panel(
                    "Disk left",
                    "percentunit",
                    (
                        Query(
                            'min by (instance, mountpoint) (node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|overlay"}'
                            ' / node_filesystem_size_bytes{fstype!~"tmpfs|ramfs|overlay"})',
                            "{{mountpoint}}",
                        ),
                    ),
                    "Of each file system.",
                ),
                Panel(
                    "Disk at work",
                    "percentunit",
                    (Query(f"max by (instance) (rate(node_disk_io_time_seconds_total[{RATE}]))", "{{instance}}"),),
                    "Share of time that the busiest one has something to do.",
                ),
                Panel(
                    "Somebody waits",
                    "percentunit",
                    (
                        Query(f"max(rate(node_pressure_cpu_waiting_seconds_total[{RATE}]))", "for a core"),
                        Query(f"max(rate(node_pressure_io_waiting_seconds_total[{RATE}]))", "for a disk"),
                        Query(f"max(rate(node_pressure_memory_waiting_seconds_total[{RATE}]))", "for memory"),
                    ),
                    "Share of time that at least one process had to wait. For memory above a tenth: it runs short.",
                ),
            ),
        ),
        (
            "Our processes",
            (
                Panel(
                    "Processor of servers and workers",
                    "short",
                    (
                        Query(
                            f"sum by (job) (rate(process_cpu_seconds_total{{{OURS}}}[{RATE}]))",
                            "{{job}}",
                        ),
                    ),
                    "Cores, without children.",
                    "area",
                ),
                Panel(
                    "Processor of children",
                    "short",
                    (Query(f"sum by (job) (rate(pdfc_children_cpu_seconds_total[{RATE}]))", "{{job}}"),),
                    "Cores. Here documents are read, compared and drawn.",
                    "area",
                ),
                Panel(
                    "Memory of servers and workers",
                    "bytes",
                    (
                        Query(
                            'sum by (job) (process_resident_memory_bytes{job=~"web|worker|notifier|backup"})', "{{job}}"
                        ),
                    ),
                    "Resident, without children.",
                    "area",
                ),
                Panel(
                    "Memory of children",
                    "bytes",
                    (Query("sum by (job) (pdfc_children_memory_bytes)", "{{job}}"),),
                    "Resident; what two share counts twice.",
                    "area",
                ),
                Panel("Children", "short", (Query("sum by (job) (pdfc_children)", "{{job}}"),), "That are there now."),
                Panel(
                    "Files open",
                    "short",
                    (Query('max by (job) (process_open_fds{job=~"web|worker|notifier|backup"})', "{{job}}"),),
                    "Of the process that has most.",
                ),
                Panel(
                    "Last backup",
                    "bytes",
                    (Query("max(pdfc_backup_bytes)", "size"),),
                    "What it holds.",
                ),
                Panel("Time of a backup", "s", (Query("max(pdfc_backup_seconds)", "took"),), "Of the last one."),
            ),
        ),
        (
            "Containers",
            (
                Panel(
                    "Processor of containers",
                    "short",
                    (
                        Query(
                            f'sum by (name) (rate(container_cpu_usage_seconds_total{{name=~"pdf-compare.+"}}[{RATE}]))',
                            "{{name}}",
                        ),
                    ),
                    "Cores; only with the profile `containers`.",
                    source="containers",
                ),
                Panel(
                    "Memory of containers",
                    "bytes",
                    (Query('max by (name) (container_memory_working_set_bytes{name=~"pdf-compare.+"})', "{{name}}"),),
                    "Only with the profile `containers`.",
                    source="containers",
                ),
            ),
        ),
    ),
)

LLM = "pdfc_llm"
ASSISTANT = Board(
    "assistant",
    "Assistant",
    "The language model, measured where it is asked: how often, how long, how many tokens, and what was not believed.",
    (
        (
            "Calls",
            (
                Panel(
                    "Calls by outcome",
                    "short",
                    (Query(f"sum by (outcome) (rate({LLM}_calls_total[{RATE}])) * 60", "{{outcome}}"),),
                    "In a minute. `breaker_open`: not asked, because it failed again and again.",
                    "area",
                    source="assistant",
                ),
                Panel(
                    "Calls by task",
                    "short",
                    (Query(f"sum by (task) (rate({LLM}_calls_total[{RATE}])) * 60", "{{task}}"),),
                    "In a minute.",
                    "area",
                    source="assistant",
                ),
                Panel(
                    "Time of a call",
                    "s",
                    (_quantile_by("task", f"{LLM}_seconds"),),
                    "95 of 100 were quicker. Without a graphics card minutes are usual.",
                    source="assistant",
                ),
                Panel(
                    "Tokens",
                    "short",
                    (Query(f"sum by (direction) (rate({LLM}_tokens_total[{RATE}])) * 60", "{{direction}}"),),
                    "Read and written in a minute.",
                    source="assistant",
                ),
            ),
        ),
        (
            "State",
            (
                Panel(
                    "Answers",
                    "short",
                    (Query(f"max({LLM}_up)", "model"), Query(f"max({LLM}_breaker_open)", "not asked")),
                    "1 while the model's server answers a worker; `not asked` is 1 while a worker spares it.",
                    source="assistant",
                ),
                Panel(
                    "Said and not shown",
                    "short",
                    (Query(f"sum by (reason) (rate({LLM}_dropped_total[{RATE}])) * 60", "{{reason}}"),),
                    "In a minute: what was not borne out by the documents.",
                    source="assistant",
                ),
                Panel(
                    "Questions waiting",
                    "short",
                    (Query('max(pdfc_queue_waiting{queue="assist"})', "waiting"),),
                    "Answered one after the other by each worker.",
                ),
                Panel(
                    "Age of the oldest question",
                    "s",
                    (Query('max(pdfc_queue_oldest_seconds{queue="assist"})', "oldest"),),
                    "More than some minutes: the model is too slow for so many.",
                ),
            ),
        ),
    ),
)

BOARDS = (OVERVIEW, JOBS, WEB, DATA, EDGE, MACHINES, ASSISTANT)


def main() -> None:
    """Write them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for board in BOARDS:
        (FOLDER / f"{board.uid}.json").write_text(built(board, BOARDS))


if __name__ == "__main__":
    main()
