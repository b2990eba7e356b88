"""All tables: whoever imports this knows `Base.metadata` whole. A new module of tables has its line here."""

from harness.database import toolchains
from harness.database.base import Base

METADATA = Base.metadata
MODULES = (toolchains,)
