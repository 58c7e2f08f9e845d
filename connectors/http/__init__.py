"""The web door: the API, the widget's files, and the pages that the service shows of its own."""
