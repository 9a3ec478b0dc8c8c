"""Which installable packages carry pictures that are worth taking a style from, and what kind of pictures they are."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.data.sources import Source


@dataclass(frozen=True)
class StyleSource:
    """Pictures of one kind in one package.

    Attributes:
        group: what they are: "template", "illustration", "wallpaper", "pattern" or "paper"; files are named after it.
        source: where they are. Patterns that `sources` takes as photographs or paintings are not among them.
        left_out: glob patterns of pictures that show nothing to learn from: logos, screenshots, pages of text.
        tiled: small pieces that are laid beside each other until they fill a picture.
    """

    group: str
    source: Source
    left_out: tuple[str, ...] = ()
    tiled: bool = False


_GPL2 = "GPL-2+ (the package)"
_TEMPLATES = "comfyui-workflow-templates-media-"
_NOT_TEMPLATES = (
    "logo/*", "*anthropic*", "*elevenlabs*", "*fish_audio*", "*heygen_text*", "*heygen_voice*", "*seed_audio*",
    "*speech*", "*voice*", "*openrouter*", "*stable_audio*", "*clean_audio*", "*_to_svg*", "*wireframe*",
    "*storyboard*", "*reference_to_video*", "*r2v*", "*grid*", "*turnaround*", "*depth_est*", "*normal_est*",
)  # fmt: skip
#: Abstract ones, in the smallest size there is: the largest have 15 million pixels.
_PLASMA = {
    "Altai": "1080x1920", "Kay": "1080x1920", "Patak": "1080x1920", "Honeywave": "1080x1920", "MilkyWay": "1080x1920",
    "Flow": "720x1440", "Shell": "720x1440", "SafeLanding": "1622x2880", "PastelHills": "3200x2000",
    "FlyingKonqui": "2560x1600", "Elarun": "2560x1600", "Opal": "3840x2160", "Canopee": "3840x2160",
    "Cascade": "3840x2160", "Kokkini": "3840x2160", "Cluster": "3840x2160", "Volna": "5120x2880",
    "IceCold": "5120x2880",
}  # fmt: skip
_WESNOTH = "usr/share/games/wesnoth/1.16/data/"
_CAMPAIGNS = ("httt", "utbs", "low", "ei", "nr", "sota", "trow", "dm", "tsg", "did", "sotbe", "l", "thot")


def _templates(name: str, version: str) -> StyleSource:
    base = f"{_TEMPLATES}{name}".replace("-", "_") + "/templates/"
    return StyleSource("template", Source(_TEMPLATES + name, "wheel", ("*.webp",), version, base, "MIT"),
                       _NOT_TEMPLATES)  # fmt: skip


def _wesnoth(name: str, *patterns: str) -> StyleSource:
    left_out = ("*/l10n/*", "*_mask*", "*/transparent/*")
    return StyleSource("illustration", Source(f"wesnoth-1.16-{name}", "debian", patterns, base=_WESNOTH, licence=_GPL2),
                       left_out)  # fmt: skip


def _debian(group: str, package: str, base: str, *patterns: str, licence: str | None = None, tiled: bool = False,
            left_out: tuple[str, ...] = ()) -> StyleSource:  # fmt: skip
    return StyleSource(group, Source(package, "debian", patterns, base=base, licence=licence), left_out, tiled)


#: In this order: pictures without a backdrop (illustrations of figures) are laid over whole ones that came before.
STYLE_SOURCES: tuple[StyleSource, ...] = (
    _templates("image", "0.3.160"), _templates("assets-01", "0.1.48"), _templates("assets-02", "0.1.24"),
    _templates("api", "0.3.84"),
    _debian("wallpaper", "plasma-workspace-wallpapers", "usr/share/wallpapers/", *(
        f"{name}/contents/images*/{size}.*" for name, size in _PLASMA.items())),
    _debian("wallpaper", "lxqt-themes", "usr/share/lxqt/wallpapers/", "triangles.png", "origami-light.png",
            "lxqt-origami-green.png", "waves-purple-logo.jpg"),
    _debian("wallpaper", "mate-backgrounds", "usr/share/backgrounds/mate/", "abstract/*", "desktop/*"),
    _debian("wallpaper", "lomiri-wallpapers-16.04", "usr/share/backgrounds/", "umang*", "analogpattern*"),
    _debian("wallpaper", "lomiri-wallpapers-20.04", "usr/share/backgrounds/", "Fossa*", "Infinite*", "Painting*"),
    _debian("wallpaper", "gnome-backgrounds", "usr/share/backgrounds/gnome/", "*.webp"),
    _debian("wallpaper", "ukui-wallpapers", "usr/share/backgrounds/", "*.jpg", "*.png"),
    _debian("wallpaper", "tuxpaint-data", "usr/share/tuxpaint/", "templates/*.jpg", "starters/*.jpg"),
    _debian("pattern", "propaganda-debian", "usr/share/wallpapers/", "*", licence=_GPL2, tiled=True),
    _debian("pattern", "gimp-data-extras", "usr/share/gimp/2.0/patterns/", "*.pat", tiled=True,
            left_out=("money*", "send*", "grid.*", "bwcubes*", "tube*")),
    _wesnoth("data", "core/images/story/*", "core/images/maps/*"),
    *(_wesnoth(name, "campaigns/*/images/story/*") for name in _CAMPAIGNS),
    _wesnoth("data", *(f"core/images/portraits/{kind}/*" for kind in (
        "drakes", "elves", "merfolk", "monsters", "nagas", "trolls", "undead", "woses"))),
    *(_wesnoth(name, "campaigns/*/images/portraits/*") for name in ("httt", "utbs")),
    _debian("paper", "krita-data", "usr/share/krita/patterns/", "*.png", licence="CC0-1.0 (Krita's default resources)",
            left_out=("2?-dynamic*",)),
    _debian("paper", "mypaint-data-extras", "usr/share/mypaint/backgrounds/", "*.png"),
)  # fmt: skip
