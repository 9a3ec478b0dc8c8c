"""Color profiles: pictures converted to sRGB by the profile in their file, as its contents say and not its name."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image, ImageCms

#: Largest difference, in levels of 255, between sRGB and a profile that counts as sRGB: what writing its curves down as
#: a table costs. Such pictures are left as they are.
SAME = 1
#: Levels in each channel of the grid of colors at which a profile is compared with sRGB.
GRID = 18
#: Without this lcms samples the curve of greys at few points: too few for the shadows of a linear picture.
NO_SHORTCUTS = 0x0100


class Profile:
    """A picture's color profile, ready to convert strips of it.

    Args:
        data: the profile as it is in the file.
        grey: whether the picture is grey, with transparency or without; cmyk: whether it has these four channels.
        deep: for grey pictures, whether their values are finer than 8 bits.
    Attributes:
        is_srgb: nothing is to be converted.
        curves: (3, N) float32 in [0, 1], for grey pictures: their colors, black first; else None.
    Raises:
        ValueError with the reason if the profile cannot be used: damaged, of another kind than the pixels, or there is
        no color management in this Pillow.
    """

    def __init__(self, data: bytes, *, grey: bool = False, cmyk: bool = False, deep: bool = False) -> None:
        #: (3, 256 or more) of grey profiles: what each number is in sRGB, in [0, 1]
        self.curves = np.zeros((3, 0), np.float32)
        try:
            self._profile: Any = ImageCms.ImageCmsProfile(io.BytesIO(data))
            self._srgb = ImageCms.createProfile("sRGB")
            space = self._profile.profile.xcolor_space.strip()
            if not {"GRAY": grey, "RGB": not cmyk, "CMYK": cmyk}.get(space, False):
                raise _Unfit(f"it is made for {space or 'other'} pixels, which these are not")
            if grey:
                self.curves = self._curves(space, deep)
                self.is_srgb = self._is_grey_srgb()
            else:
                self._modes = (("CMYK", "RGB"),) if cmyk else (("RGB", "RGB"), ("RGBA", "RGBA"))
                self._transforms = {mode: self._transform(mode, output) for mode, output in self._modes}
                self.is_srgb = not cmyk and self._is_color_srgb()
        except _Unfit as error:
            raise ValueError(str(error)) from error
        except ImportError as error:
            raise ValueError("this Pillow was built without color management") from error
        except Exception as error:  # PyCMSError, OSError: whatever a damaged profile leads to
            raise ValueError("it is damaged") from error

    def converted(self, image: Image.Image) -> Image.Image:
        """An RGB, RGBA or CMYK image as sRGB in mode RGB, or RGBA."""
        made = ImageCms.applyTransform(image, self._transforms[image.mode])
        assert made is not None  # only a transform in place gives nothing
        return made

    def _transform(self, mode: str, output: str, flags: int = 0) -> ImageCms.ImageCmsTransform:
        return ImageCms.buildTransform(self._profile, self._srgb, mode, output, flags=ImageCms.Flags(flags))

    def _is_color_srgb(self) -> bool:
        levels = np.linspace(0, 255, GRID).round().astype(np.uint8)
        grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(GRID, GRID * GRID, 3)
        seen = np.asarray(self.converted(Image.fromarray(grid)))
        return int(np.abs(seen.astype(int) - grid).max()) <= SAME

    def _is_grey_srgb(self) -> bool:
        return float(np.abs(self.curves - np.linspace(0, 1, self.curves.shape[1])).max()) <= (SAME + 0.5) / 255

    def _curves(self, space: str, deep: bool) -> np.ndarray:
        ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
        coarse = self._ramp(ramp.convert("RGB") if space == "RGB" else ramp)
        if deep and space == "GRAY":
            fine = self._ramp(Image.fromarray(np.arange(65536, dtype=np.uint16)[None]))
            if np.allclose(fine[:, ::257], coarse, atol=0.01):  # older Pillows take these 16 bits for 8
                return np.stack([_smooth(channel) for channel in fine])
        return coarse

    def _ramp(self, image: Image.Image) -> np.ndarray:
        seen = ImageCms.applyTransform(image, self._transform(image.mode, "RGB", NO_SHORTCUTS))
        return np.asarray(seen)[0].T.astype(np.float32) / 255


class _Unfit(Exception):
    """A sound profile, but not for this picture."""


def _smooth(stairs: np.ndarray) -> np.ndarray:
    """(N,) a curve that was rounded to 255 levels without its steps: they are where it passes half a level."""
    steps = np.flatnonzero(np.diff(stairs))
    places = np.concatenate([[0], steps + 0.5, [len(stairs) - 1]])
    values = np.concatenate([stairs[:1], (stairs[steps] + stairs[steps + 1]) / 2, stairs[-1:]])
    return np.interp(np.arange(len(stairs)), places, values).astype(np.float32)
