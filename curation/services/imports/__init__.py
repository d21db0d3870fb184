"""Records of archives and lists on their way in: written in one go, moved on when a question is answered.

import_records      every row of a delivery becomes a MediaRecord or a named problem
reconsider          licences were settled or a policy changed: what waits or was refused for that moves
reconsider_sources  a source was named: what waited for it moves
"""

from curation.services.imports.reconsider import reconsider, reconsider_sources
from curation.services.imports.write import import_records

__all__ = ["import_records", "reconsider", "reconsider_sources"]
