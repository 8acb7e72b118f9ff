"""Makes the embedded engine's weights from labelled pages. Not part of the package."""
