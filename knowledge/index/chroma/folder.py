"""A folder of our own as the home, for one process."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from knowledge.index.chroma.clients import folder_client
from knowledge.index.chroma.generation import Generation
from knowledge.index.chroma.places import AT_ONCE, KEPT, collections_of, settle
from knowledge.index.chroma.pointer import Pointer
from knowledge.ports import IndexUnavailable


class FolderHome:
    """Each generation is a folder with a Chroma of its own, so that damage to one spares the next.

    folder/lock, folder/current.json, folder/g-…/chroma.sqlite3
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(path / "lock", blocking=False, thread_local=False)

    def pointer(self) -> Pointer | None:
        self._take()
        with suppress(FileNotFoundError):
            return Pointer.from_json((self._path / "current.json").read_text("utf-8"))
        return None

    def point(self, pointer: Pointer) -> None:
        draft = self._path / "current.json.new"
        with draft.open("w", encoding="utf-8") as file:
            file.write(pointer.to_json())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path / "current.json")

    def create(self, generation: str) -> Generation:
        self._take()
        return self._at(Pointer.unbuilt(generation), create=True)

    def open(self, pointer: Pointer) -> Generation:
        self._take()
        folder = self._path / pointer.generation
        if not (folder / "chroma.sqlite3").is_file():
            raise IndexUnavailable(f"The index's folder {folder} is gone.")
        return self._at(pointer, create=False)

    def settled(self, built: Generation) -> Generation:
        """Chroma leaves the last rows in a log: it is opened so that it writes them at once."""
        try:
            for rows in (AT_ONCE, KEPT):
                settle(rows, built.collections)
                built.client.close()
                built = self.open(built.pointer)
                built.probe()
        except BaseException:
            built.client.close()
            raise
        return built

    def discard(self, generation: Generation) -> None:
        generation.client.close()
        shutil.rmtree(self._path / generation.pointer.generation, ignore_errors=True)

    def sweep(self, old: Generation | None, current: Generation) -> None:
        if old:
            old.client.close()
        for folder in self._path.glob("g-*"):
            if folder.name != current.pointer.generation:
                shutil.rmtree(folder, ignore_errors=True)

    def close(self, current: Generation | None) -> None:
        try:
            if current:
                current.client.close()
        finally:
            self._lock.release()

    def _take(self) -> None:
        """One process only: a second would not see the first one's rows, and would damage them by writing."""
        if self._lock.is_locked:
            return
        self._path.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire()
        except Timeout as error:
            raise IndexUnavailable(
                f"The index in {self._path} is open in another Comptoir process, which looks after it. "
                "For several processes, run a Chroma server and set index to its address."
            ) from error

    def _at(self, pointer: Pointer, *, create: bool) -> Generation:
        folder = self._path / pointer.generation
        client = folder_client(folder)
        try:
            collections = collections_of(client, "", create=create)
        except BaseException:
            client.close()
            raise
        return Generation(pointer, client, collections, (folder / "chroma.sqlite3").is_file)
