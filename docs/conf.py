"""The documentation site: `make site` builds it from the pages beside this file, which stay good to read as they
are. What the site changes in them is in `scripts/site_pages.py`."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
# a notebook calls `fvdrift`: that of the Python which builds the site
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

from pygments.lexers.special import TextLexer  # noqa: E402

import site_pages  # noqa: E402
from fvdrift import __version__  # noqa: E402

project = "fvdrift"
author = "The fvdrift developers"
project_copyright = f"2026 {author}"
version = release = __version__
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
root_doc = "index"
exclude_patterns = ["**/.ipynb_checkpoints"]

# links of pages go to headings as they do on GitHub; no formula stands between dollars, which shells have too
myst_heading_anchors = 4
myst_enable_extensions: list[str] = []

# notebooks are kept without outputs, and run when the site is built: one that fails is a warning, and -W makes it an error
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_show_tb = True
nb_execution_timeout = 600
nb_merge_streams = True

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_type_aliases = {"Config": "Config", "ShowProgress": "bool | str | Callable"}
napoleon_google_docstring = False
maximum_signature_line_length = 70

# types of others, whose pages are on the network, and names of types within fvdrift that stand for several
OTHERS = r"(xarray|pandas|matplotlib|pathlib|numpy|np|os|collections|typing|fvdrift)\b.*|Axes|Figure|DataFrame|Path"
nitpick_ignore_regex = [("py:.*", OTHERS), ("py:class", "Config|Callable")]

html_theme = "furo"
html_title = f"fvdrift {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"top_of_page_buttons": []}
copybutton_prompt_text = "$ "


def setup(app):
    """Hook the changes in."""
    app.add_lexer(
        "mermaid", TextLexer
    )  # diagrams that the repository draws; drawing them here takes a megabyte of script
    site_pages.connect(app)
