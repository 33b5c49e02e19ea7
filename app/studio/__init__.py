"""Where managers shape how the agent talks, and try it out before any lead hears it."""
