"""The door for language-model clients: a few of the desk's verbs as tools of the Model Context Protocol."""
