"""A plan as one HTML page that needs nothing else: no script, no font, no image from anywhere."""

from __future__ import annotations

from ccdeploy.report.page.document import plan_page as plan_page
