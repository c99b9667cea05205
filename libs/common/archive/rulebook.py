"""Every rule that an archive can break: stable code, category and what mends it, in one table to read through."""

from __future__ import annotations

from dataclasses import dataclass

from libs.common.errors import Category

ZIP_AGAIN = "Unpack the archive and zip the files again with an ordinary tool."
RENAME = "Rename the file and zip again."
FILES_ONLY = "Replace it by an ordinary file or folder and zip again."
SEND_AGAIN = "Check the file with `unzip -t` and send it again."


@dataclass(frozen=True)
class Rule:
    code: str
    category: Category
    remedy: str


# The file as a whole
NOT_A_ZIP = Rule("not-a-zip", "file", "Send a ZIP archive.")
TRUNCATED = Rule("truncated", "file", "The file is cut off; send it again.")
TRAILING_DATA = Rule("trailing-data", "file", ZIP_AGAIN)
PREPENDED_DATA = Rule("prepended-data", "file", ZIP_AGAIN)
SEVERAL_END_RECORDS = Rule("several-end-records", "format", ZIP_AGAIN)
MULTI_DISK = Rule("multi-disk", "format", "Zip the files into one archive, not into a split one.")
BAD_ZIP64 = Rule("bad-zip64", "format", ZIP_AGAIN)
BAD_DIRECTORY = Rule("bad-directory", "format", ZIP_AGAIN)
ENTRY_COUNT = Rule("entry-count-differs", "format", ZIP_AGAIN)
GAP = Rule("gap", "format", ZIP_AGAIN)
OVERLAP = Rule("overlap", "format", ZIP_AGAIN)

# One entry's headers
BAD_HEADER = Rule("bad-header", "format", ZIP_AGAIN)
HEADERS_DIFFER = Rule("headers-differ", "format", ZIP_AGAIN)
BAD_DESCRIPTOR = Rule("bad-data-descriptor", "format", ZIP_AGAIN)
BAD_EXTRA = Rule("bad-extra-field", "format", ZIP_AGAIN)
ENCRYPTED = Rule("encrypted", "format", "Zip the files again without a password.")
UNKNOWN_FLAG = Rule("unknown-flag", "format", ZIP_AGAIN)
UNKNOWN_METHOD = Rule("unknown-method", "format", "Zip the files again with the method deflate.")

# What an entry is
LINK = Rule("link", "constraint", FILES_ONLY)
SPECIAL_FILE = Rule("special-file", "constraint", FILES_ONLY)
SPECIAL_MODE = Rule("special-mode", "constraint", "Remove the set-uid and set-gid bits and zip again.")
KIND_DIFFERS = Rule("kind-differs", "format", ZIP_AGAIN)

# Names
NAME_NOT_UTF8 = Rule("name-not-utf8", "format", RENAME)
UNICODE_PATH = Rule("unicode-path-differs", "format", ZIP_AGAIN)
EMPTY_NAME = Rule("empty-name", "format", ZIP_AGAIN)
ABSOLUTE_NAME = Rule("absolute-name", "constraint", "Zip the folder with relative names.")
DRIVE_NAME = Rule("drive-name", "constraint", "Zip the folder with relative names.")
BACKSLASH = Rule("backslash", "constraint", "Use a tool that separates folders by `/`.")
CONTROL_CHARACTER = Rule("control-character", "constraint", RENAME)
PARENT_FOLDER = Rule("parent-folder", "constraint", "Zip the folder with names inside it, without `..`.")
DOT_COMPONENT = Rule("dot-component", "constraint", "Zip the folder with names inside it, without `.`.")
EMPTY_COMPONENT = Rule("empty-component", "constraint", ZIP_AGAIN)
DISGUISED_PATH = Rule("disguised-path", "constraint", RENAME)
DEVICE_NAME = Rule("device-name", "constraint", RENAME)
TRAILING_DOT = Rule("trailing-dot-or-space", "constraint", RENAME)
NAME_TOO_LONG = Rule("name-too-long", "limit", "Use shorter names or fewer folders.")
TOO_DEEP = Rule("too-deep", "limit", "Use fewer nested folders.")
DUPLICATE = Rule("duplicate", "constraint", "Keep one of the files of this name and zip again.")
CASE_CLASH = Rule("case-clash", "constraint", "Give the two files names that differ in more than case.")
UNICODE_CLASH = Rule("unicode-clash", "constraint", "Give the two files names that look different.")
FILE_AS_FOLDER = Rule("file-as-folder", "constraint", "Give the file and the folder different names.")

# Sizes
PACKED_TOO_LARGE = Rule("packed-too-large", "limit", "Leave out large files.")
UNPACKED_TOO_LARGE = Rule("unpacked-too-large", "limit", "Leave out large files.")
TOO_MANY_ENTRIES = Rule("too-many-entries", "limit", "Leave out files that are not needed.")
RATIO_TOO_HIGH = Rule("ratio-too-high", "limit", "Leave out files that hold almost only repetition.")
TOO_MANY_PROBLEMS = Rule("too-many-problems", "limit", "Mend the problems above and check again.")

# Contents
SIZE_DIFFERS = Rule("size-differs", "format", SEND_AGAIN)
WRONG_CRC = Rule("wrong-crc", "format", SEND_AGAIN)
BAD_DATA = Rule("bad-data", "format", SEND_AGAIN)
TRAILING_DEFLATE = Rule("trailing-deflate-data", "format", ZIP_AGAIN)
