"""The website widget: what a customer touches. Browsers get it from `module.py`."""
