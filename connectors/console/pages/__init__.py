"""One module a room: its addresses (`ADDRESSES`) and what answers at each."""
