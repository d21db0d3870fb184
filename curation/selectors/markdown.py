"""Model cards as HTML: the little Markdown that they use, everything else as the text that it is.

Headings, paragraphs, lists, tables, fenced code; in a line: `code`, **strong**, links to http(s). All text is
escaped before anything is made of it, so a card may come from anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_ITEM = re.compile(r"\s*(?:[-*+]|\d+\.)\s+(.*)")
_RULE = re.compile(r"\|?(\s*:?-+:?\s*\|)+\s*(:?-+:?\s*)?\|?\s*$")
_CODE = re.compile(r"`([^`]+)`")
_STRONG = re.compile(r"\*\*(.+?)\*\*")
_LINK = re.compile(r"\[([^\]]+)\]\((https?://[^\s)]+)\)")
DEEPEST = 6


def to_html(text: str, *, first_heading: int = 3) -> SafeString:
    """first_heading: the level that # becomes, so that a card fits below the headings of its page."""
    # Front matter is for machines.
    if text.startswith("---\n") and "\n---\n" in text:
        text = text.split("\n---\n", 1)[1]
    # All of it was escaped piece by piece in _inline and _fence.
    return mark_safe("\n".join(_blocks(text.split("\n"), first_heading - 1)))


def _blocks(lines: list[str], down: int) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.startswith("```"):
            end = next((n for n in range(at + 1, len(lines)) if lines[n].startswith("```")), len(lines))
            yield f'<pre tabindex="0"><code>{escape(chr(10).join(lines[at + 1 : end]))}</code></pre>'
            at = end + 1
        elif match := _HEADING.match(line):
            level = min(len(match[1]) + down, DEEPEST)
            yield f"<h{level}>{_inline(match[2])}</h{level}>"
            at += 1
        elif "|" in line and at + 1 < len(lines) and _RULE.match(lines[at + 1]):
            end = _while(lines, at + 2, lambda one: "|" in one)
            yield _table(line, lines[at + 2 : end])
            at = end
        elif _ITEM.match(line):
            end = _while(lines, at, lambda one: bool(one.strip()))
            yield _list(lines[at:end])
            at = end
        elif line.strip():
            end = _while(lines, at + 1, lambda one: bool(one.strip()) and not one.startswith(("#", "```")))
            yield f"<p>{_inline(' '.join(one.strip() for one in lines[at:end]))}</p>"
            at = end
        else:
            at += 1


def _while(lines: list[str], at: int, holds: Callable[[str], bool]) -> int:
    """The first line from `at` on of which it does not hold."""
    end = at
    while end < len(lines) and holds(lines[end]):
        end += 1
    return end


def _list(lines: list[str]) -> str:
    items: list[str] = []
    for line in lines:
        match = _ITEM.match(line)
        if match:
            items.append(match[1])
        else:
            items[-1] += " " + line.strip()
    return "<ul>" + "".join(f"<li>{_inline(item)}</li>" for item in items) + "</ul>"


def _table(head: str, rows: list[str]) -> str:
    def cells(row: str, name: str) -> str:
        parts = row.strip().strip("|").split("|")
        return "".join(f"<{name}>{_inline(part.strip())}</{name}>" for part in parts)

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return (
        f'<div class="table-scroll"><table class="data"><thead><tr>{cells(head, "th")}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _inline(text: str) -> str:
    """Code is taken out first, so that nothing in it is read as anything else."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(f"<code>{match[1]}</code>")
        return f"\0{len(kept) - 1}\0"

    text = _CODE.sub(keep, str(escape(text.replace("\0", ""))))
    text = _STRONG.sub(r"<strong>\1</strong>", text)
    text = _LINK.sub(r'<a href="\2" rel="external noreferrer">\1</a>', text)
    return re.sub(r"\0(\d+)\0", lambda match: kept[int(match[1])], text)
