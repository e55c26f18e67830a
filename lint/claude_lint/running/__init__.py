"""One run of the linter: its configuration, the files one after the other, what is kept, what is said and mended."""
