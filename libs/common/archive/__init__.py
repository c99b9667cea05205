"""ZIP archives: hostile ones are read strictly (`reader`), our own are written reproducibly (`writer`).

Section numbers in docstrings are those of PKWARE's APPNOTE.TXT 6.3.10. All of it is synchronous code that reads
local files with bounded memory and releases the GIL where it computes: call it by `asyncio.to_thread`.
"""
