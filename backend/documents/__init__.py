"""Paper: the forms of the sources as PDF. Values come in as words and states of `sync`; nothing is decided here."""
