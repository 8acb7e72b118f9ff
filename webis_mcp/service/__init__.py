"""The promises, whoever asks: pages read within limits, an engine found, fallback said aloud."""
