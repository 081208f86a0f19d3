from __future__ import annotations

from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING

from sphinx.ext.napoleon import Config, GoogleDocstring

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

project = "batchkit"
author = "The batchkit authors"
copyright = "2026, The batchkit authors"
release = installed_version("batchkit")
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_design"]

default_role = "code"  # docstrings set names in single backticks, as Markdown does
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"batchkit {release}"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {
    "members": True,
    # Models share fields through private bases: what they inherit is theirs to the reader.
    "inherited-members": "object,Exception,BaseException,dict",
}

nitpicky = True
nitpick_ignore_regex = [
    # The docs build without a network, so there is no inventory of other projects to link to.
    (r"py:.*", r"(anyio|asyncio|attr|attrs|collections|datetime|decimal|enum|functools)(\..*)?"),
    (
        r"py:.*",
        r"(httpx|httpx2|hypothesis|os|pathlib|re|respx|pytest|ssl|tenacity|threading)(\..*)?",
    ),
    (r"py:.*", r"(types|typing|typing_extensions)(\..*)?"),
    (r"py:class", r"(bool|bytes|dict|float|int|list|object|set|str|tuple|type|None)"),
    (r"py:class", r"(Any|AsyncIterable|Callable|Decimal|Iterable|Mapping|Path|Self|Sequence)"),
    # Named under TYPE_CHECKING, so they stay as short as they are written.
    (r"py:class", r"(PathLike|RetryCallState|stop_base|wait_base)"),
    # Type variables have no page.
    (r"py:(class|obj)", r"(batchkit\.([a-z_]+\.)*)?(T|M|Row|Value|Http)"),
    (
        r"py:class",
        r"(batchkit\.([a-z_]+\.)*)?(OnProgress|OnDoubt|AsyncDriver|Driver|[A-Za-z]+Keywords)",
    ),
    (r"py:class", r"(batchkit\.testing\.ledger\.)?(Call|Carrier|Exchange)"),
    (r"py:class", r"(SearchStrategy|Window)"),
    (r"py:class", r"(batchkit\.journal\.(session|store)\.)?(Facts|GivenJournal|Session|Vendor)"),
    # Ours, but not exported: they name a type in a signature and have no page of their own.
    (r"py:.*", r"batchkit\.(.*\.)?_.*"),
    (r"py:.*", r"(batchkit\.values\.)?(JsonValue|Unset)"),
]


def link_by_last_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, text: nodes.TextElement
) -> nodes.reference | None:
    """Link a name from where it is defined to where users import it and the docs show it."""
    domain = env.domains.python_domain
    name = node.get("reftarget", "").rpartition(".")[2]
    found = [full for full in domain.objects if full.rpartition(".")[2] == name]
    if len(found) != 1:
        return None
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", found[0], node, text)


def read_sections(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Read `Args:` and `Raises:` as lists. Not every docstring: in one line a colon is a colon."""
    if "Args:" in lines or "Raises:" in lines:
        config = Config(napoleon_use_rtype=False)
        lines[:] = GoogleDocstring(lines, config, app, what, name, obj, options).lines()


def setup(app: Sphinx) -> None:
    app.connect("missing-reference", link_by_last_name)
    app.connect("autodoc-process-docstring", read_sections)
