"""What a language model writes for the bot, held to what the help centre says."""
