"""What a page says of itself: title, author, date, language, kind."""
