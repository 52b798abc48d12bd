"""UGRN's dashboard: `streamlit run streamlit_app.py`, or `./scripts/app`."""

from ugrn_core.dashboard.shell import navigation
from ugrn_core.dashboard.shell import page as layout

page = navigation.routed()
layout.frame(page.title)
page.run()
