"""JSON as it comes in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class SafeJSONParser(JSONParser):
    """Also refuses JSON that nothing here could answer: nested too deep, or holding halves of characters.

    A lone surrogate (RFC 8259, section 8.2) is valid in JSON and can't be written in UTF-8, neither to the
    database nor in the answer that repeats it.
    """

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            data = super().parse(stream, media_type, parser_context)
            json.dumps(data, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ParseError("The JSON is nested too deep.") from error
        except UnicodeEncodeError as error:
            raise ParseError("The JSON holds half of a character (a lone surrogate).") from error
        return data
