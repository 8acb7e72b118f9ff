"""What a page says that can be named: structured data, labelled values, typed words, records."""
