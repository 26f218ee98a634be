"""The pages of the agents, all on one afternoon of `web_world`."""
