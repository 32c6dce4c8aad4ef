"""Texts of records, made fit for a terminal."""


def printable(text: str) -> str:
    """Text that moves no cursor and changes no colour: what a terminal would obey is a question mark."""
    return text if text.isprintable() else "".join(each if each.isprintable() else "?" for each in text)
