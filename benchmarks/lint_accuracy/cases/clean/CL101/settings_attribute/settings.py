from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    system_prompt: str = open("default_prompt.md").read()
    now_playing: str = "jazz"


settings = Settings()
