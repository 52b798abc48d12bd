"""UGRN's dashboard: `streamlit run streamlit_app.py`, or `./scripts/app`."""

from ugrn_core.dashboard import layout, navigation

page = navigation.routed()
layout.frame(page.title)
page.run()
