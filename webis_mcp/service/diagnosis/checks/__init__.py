"""The checks, by what they look at. Each is a function from the scene to one finding."""
