# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pointer looks like, by the name of its shape: the one place where everybody can see how far a drag is ("dnd-none", "dnd-copy" ...)"""
import ctypes


class Image(ctypes.Structure):
    """XFixesCursorImage"""

    _fields_ = [(name, ctypes.c_short) for name in ("x", "y")]
    _fields_ += [(name, ctypes.c_ushort) for name in ("width", "height", "x_hot", "y_hot")]
    _fields_ += [("serial", ctypes.c_ulong), ("pixels", ctypes.c_void_p), ("atom", ctypes.c_ulong), ("name", ctypes.c_char_p)]


class Cursor:
    def __init__(self):
        self.x11, self.fixes = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXfixes.so.3")
        self.x11.XOpenDisplay.restype = ctypes.c_void_p
        self.x11.XFree.argtypes = [ctypes.c_void_p]
        self.fixes.XFixesGetCursorImage.restype = ctypes.POINTER(Image)
        self.fixes.XFixesGetCursorImage.argtypes = [ctypes.c_void_p]
        self.display = self.x11.XOpenDisplay(None)
        assert self.display, "no X server"

    def name(self):
        image = self.fixes.XFixesGetCursorImage(self.display)
        if not image:
            return ""
        name = (image.contents.name or b"").decode()
        self.x11.XFree(image)
        return name
