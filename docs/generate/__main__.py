"""`python -m docs.generate FOLDER` writes every page of the site into a folder, for MkDocs to read."""

import sys
from pathlib import Path

from docs.generate.site import write_pages

[folder] = sys.argv[1:]
write_pages(Path(folder))
