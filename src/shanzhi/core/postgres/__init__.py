"""PostgreSQL from the wheel: made, started, found again and stopped without a system service.

`Cluster(home).start()` is all that set-up, tests and benchmarks need; `shanzhi.core.postgres.roles` holds the roles.
"""

from shanzhi.core.postgres.cluster import Cluster, ClusterError, Urls

__all__ = ["Cluster", "ClusterError", "Urls"]
