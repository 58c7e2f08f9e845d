"""The index in Chroma, embedded or as a server. The only importer of chromadb, and only once it is used.

One collection per audience and field (places). All collections of one build form a *generation*; a pointer
says which generation is the index and what it was made from, and moving the pointer is the only step that a
reader can notice. Generations live in a *home*: a folder, or a server.
"""

from knowledge.index.chroma.index import ChromaIndex

__all__ = ["ChromaIndex"]
