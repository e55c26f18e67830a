.venv/.installed: pyproject.toml
