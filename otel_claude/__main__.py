"""`python -m otel_claude`, which is `otel-claude`."""

from otel_claude.cli import main

main(prog_name="otel-claude")
