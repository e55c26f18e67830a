"""The help desk of a small shop: the app that `otel-claude demo` runs."""
