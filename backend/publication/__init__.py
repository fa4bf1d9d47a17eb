"""Publication (公示): review, the public document, correction, and the public pages."""
