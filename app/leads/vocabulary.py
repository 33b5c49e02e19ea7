from app.vocabulary import *  # noqa: F403 - moved
