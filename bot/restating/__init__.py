"""Whether a sentence says the same as the one it restates: the rules that a language model is held to."""
