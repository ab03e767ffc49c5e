"""Pictures, videos and sounds: what they are, judged by what is in them, and what of
them is taken.
"""

# The first bytes of a file → what it is. Only what a browser shows without running
# anything: SVG and HTML are programs.
_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_FTYP = {
    b"avif": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heic",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
}
ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/heic": "heic",
    "video/webm": "webm",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/flac": "flac",
    "audio/wav": "wav",
    "audio/mp4": "m4a",
}


def mime_type_of(data: bytes) -> str | None:
    """The type of a picture, video or sound; None when it is none of those known."""
    for beginning, mime_type in _BEGINNINGS:
        if data.startswith(beginning):
            return mime_type
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12])
    if data[4:8] == b"ftyp":
        return _FTYP.get(data[8:12], "video/mp4")
    return None


def is_allowed(mime_type: str, allowed: tuple[str, ...]) -> bool:
    """Whether a type is one of those allowed: whole types, or families: ``image/*``."""
    family = mime_type.split("/")[0] + "/*"
    return mime_type in allowed or family in allowed or "*/*" in allowed
