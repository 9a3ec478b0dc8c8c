"""The methods that give a picture the style of another one: a file each, and a line here.

A new one is a module with a `METHOD`, named in `_ALL`; the command line, the node and their help have it from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..protocol import Method
from . import attentive, fast, lapstyle, palette

#: In the order in which people meet them, the default first.
_ALL = (palette.METHOD, fast.METHOD, attentive.METHOD, lapstyle.METHOD)
#: Every method that makes a picture, by its name. Without the trained network there are only those that need none.
METHODS: Mapping[str, Method] = MappingProxyType({method.name: method for method in _ALL if method.available})
#: The method that the official checkpoints are for, whether our own network is there or not.
OFFICIAL = attentive.METHOD.name
#: What there is to say of each, by name.
ABOUT: Mapping[str, str] = MappingProxyType({method.name: method.about for method in _ALL})
