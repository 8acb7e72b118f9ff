"""Error messages that we know: what each means, what to do, and which check looks for it here."""
