"""Language models: what the bot needs of one, and what there is."""
