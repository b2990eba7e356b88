"""All tables: whoever imports this knows `METADATA` whole. A new module of tables has its name here."""

from harness.database import (
    acceptances,
    artifacts,
    buckets,
    campaigns,
    cases,
    deliveries,
    jobs,
    runs,
    tokens,
    toolchains,
)
from harness.database.base import Base

METADATA = Base.metadata
MODULES = (acceptances, artifacts, buckets, campaigns, cases, deliveries, jobs, runs, tokens, toolchains)
