"""Gets a page that an agent names: where it may go, within which limits, with which manners."""
