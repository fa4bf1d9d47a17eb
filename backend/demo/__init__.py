"""The fictional district 渝岭区（虚构）: its files as an office would have them, and what makes them."""
