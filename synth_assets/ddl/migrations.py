"""The halves of a migration file: what it does, and what would undo it."""

import re

_MARK = re.compile(
    r"^[ \t]*(?:--|\#)[ \t-]*(?:\+(?:goose|migrate|micrate)[ \t]+|rambler[ \t]+|migrate:[ \t]*|!)?"
    r"(?P<way>up|down)s?(?:[ \t]+migration)?(?:[ \t]+(?:transaction:\w+|notransaction))?[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)


def without_undoing(text: str) -> tuple[str, list[int]]:
    """Return the text with every part below a `down` mark blanked, line for line, and where those marks stand.

    The marks of goose, sql-migrate, dbmate, rambler, node-pg-migrate and Play count. A text that has no `up` mark above
    the first `down` is taken as it is: the word may mean anything there.
    """
    marks = list(_MARK.finditer(text))
    if not marks or marks[0]["way"].lower() != "up":
        return text, []
    ends = [*(m.start() for m in marks[1:]), len(text)]
    parts, at, places = [], 0, []
    for mark, end in zip(marks, ends, strict=True):
        if mark["way"].lower() == "down":
            parts += [text[at : mark.end()], re.sub(r"[^\n]", " ", text[mark.end() : end])]
            at = end
            places.append(mark.start())
    return "".join([*parts, text[at:]]), places
