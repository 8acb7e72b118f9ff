"""Pure: HTML in, words out. No input or output, no clock, no settings."""
