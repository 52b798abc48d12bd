"""UGRN's dashboard: `streamlit run streamlit_app.py`, or `./scripts/app`."""

from streamlit import App, config, runtime

from ugrn_core.dashboard.shell import navigation, server
from ugrn_core.dashboard.shell import page as layout

if runtime.exists():  # a page: Streamlit runs this file for each
    page = navigation.routed()
    layout.frame(page.title)
    page.run()
else:  # the server, which Streamlit finds here by the name of the class
    base = config.get_option("server.baseUrlPath")
    server.check_address(config.get_option("server.address") or "")
    app = App(__file__, middleware=server.middleware(base, navigation.HOME))
