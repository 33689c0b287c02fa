"""Where records lie: in the artifact bucket, and in a directory of this machine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Protocol

from stratopause.deployer import canonical, files
from stratopause.deployer.errors import Refused
from stratopause.deployer.records import chain
from stratopause.deployer.records.chain import Link
from stratopause.deployer.records.entries import FIRST, LAST, Entry
from stratopause.deployer.services import Objects

ATTEMPTS: Final = 5
NEXT_STEP: Final = "make records/ a directory that can be written"


class Shelf(Protocol):
    """Records by their numbers; what lies there is never replaced."""

    def newest(self) -> int | None: ...
    def numbers(self) -> tuple[int, ...]: ...
    def read(self, number: int) -> bytes: ...
    def add(self, number: int, body: bytes) -> bool:
        """False, and nothing is written, where the number is taken."""
        ...


class BucketShelf:
    """In the bucket, under numbers that count down, since S3 lists keys in the order of the alphabet.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ListingKeysUsingAPIs.html

    Raises:
        DeploymentError: whatever AWS refuses.
    """

    def __init__(self, objects: Objects, bucket: str, stack: str) -> None:
        self.objects = objects
        self.bucket = bucket
        self.prefix = f"records/{stack}/"

    def key(self, number: int) -> str:
        return f"{self.prefix}{LAST - number:010d}.json"

    def newest(self) -> int | None:
        key = self.objects.newest(self.bucket, self.prefix)
        if key is None:
            return None
        return self._number(key) or max(self.numbers(), default=None)

    def numbers(self) -> tuple[int, ...]:
        found = (self._number(key) for key in self.objects.keys(self.bucket, self.prefix))
        return tuple(sorted(number for number in found if number))

    def read(self, number: int) -> bytes:
        return self.objects.read(self.bucket, self.key(number))

    def add(self, number: int, body: bytes, attempts: int = ATTEMPTS) -> bool:
        """S3 asks for the same again where two write at once.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
        """
        try:
            return self.objects.write_new(self.bucket, self.key(number), body)
        except Refused as error:
            if error.code != "ConditionalRequestConflict" or attempts == 1:
                raise
        return self.add(number, body, attempts - 1)

    def _number(self, key: str) -> int | None:
        match = re.fullmatch(re.escape(self.prefix) + r"([0-9]{10})\.json", key)
        return LAST - int(match[1]) if match and int(match[1]) < LAST else None


class DirectoryShelf:
    """In a directory, as `0001.json`.

    Raises:
        OSError, ValueError: it can't be read.
        CannotWrite
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def numbers(self) -> tuple[int, ...]:
        if not self.directory.is_dir():
            return ()
        names = (file.name for file in self.directory.iterdir())
        return tuple(sorted(int(name[:-5]) for name in names if re.fullmatch(r"(?!0+\.)[0-9]{4,10}\.json", name)))

    def read(self, number: int) -> bytes:
        return files.read(self._file(number), chain.LARGEST)

    def add(self, number: int, body: bytes) -> bool:
        if self._file(number).exists():
            return self.read(number) == body
        files.write(self._file(number), body, NEXT_STEP)
        return True

    def _file(self, number: int) -> Path:
        return self.directory / f"{number:04d}.json"


class Outbox:
    """Records that the bucket doesn't have yet, in a directory, each under the number that it had at first.

    Raises:
        OSError, ValueError: it can't be read.
        CannotWrite
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def put(self, entry: Entry) -> None:
        files.write(self._file(entry), canonical.encoded(entry), NEXT_STEP)

    def remove(self, entry: Entry) -> None:
        self._file(entry).unlink(missing_ok=True)

    def all(self) -> tuple[Entry, ...]:
        """Those that can be read, in the order in which they were put."""
        links = (Link.stored(FIRST, files.read(file, chain.LARGEST)) for file in self._files())
        return tuple(link.entry for link in links if link.entry)

    def broken(self) -> tuple[Path, ...]:
        """The files that aren't what was put."""
        return tuple(file for file in self._files() if not Link.stored(FIRST, files.read(file, chain.LARGEST)).entry)

    def _files(self) -> list[Path]:
        return sorted(self.directory.glob("*.json"))

    def _file(self, entry: Entry) -> Path:
        return self.directory / f"{entry.number:010d}-{Link.of(entry).digest[:16]}.json"
