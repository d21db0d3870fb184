"""What a publisher's licence text means, read by rule. No Django here.

The texts come from archives and lists as people typed them; docs/licences.md says how they are read.
The rules lean one way: what is not plainly a licence is never taken for one.
"""

from curation.licensing.policy import ACCEPTED, REVIEW, verdict
from curation.licensing.read import parse
from curation.licensing.reading import Reading

__all__ = ["ACCEPTED", "REVIEW", "Reading", "parse", "verdict"]
