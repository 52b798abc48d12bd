"""Take this view with you: its address, and how to cite what made it."""

from __future__ import annotations

from functools import lru_cache

import streamlit as st

from ugrn_core.dashboard.shell.page_script import PAGE_SCRIPT

CITATION = (
    "Qi, Li, Cui, Zheng, Huang. Towards Universal Gene Regulatory Network Inference. "
    "ICML 2026. arXiv:2605.08128."
)
_HTML = '<div><span role="status"></span><button type="button">Copy link</button></div>'
_CSS = """
button { font: 14px var(--st-font); padding: 0 12px; height: 37.5px; flex: none;
  white-space: nowrap;
  border-radius: 8px; cursor: pointer;
  border: 1px solid var(--st-border-color); background: var(--st-background-color);
  color: var(--st-text-color); }
button:hover, button:focus-visible { border-color: var(--st-primary-color);
  color: var(--st-primary-color); }
div { display: flex; align-items: center; justify-content: flex-end; gap: 8px; height: 40px; }
span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
"""
# Browsers give the clipboard to secure addresses only; elsewhere a selection is copied, as of old,
# and where that fails too, the address is shown to copy by hand.
_SCRIPT = """
export default function ({ parentElement }) {
  const said = parentElement.querySelector('span');
  const button = parentElement.querySelector('button');
  button.onclick = async () => {
    const address = window.location.href;
    const bySelection = () => {
      const box = document.createElement('textarea');
      box.value = address;
      box.style.position = 'fixed';
      document.body.append(box);
      box.select();
      const done = document.execCommand('copy');
      box.remove();
      return done;
    };
    let done = true;
    try { await navigator.clipboard.writeText(address); } catch (error) { done = bySelection(); }
    if (!done) { window.prompt('Copy this address', address); return; }
    button.textContent = said.textContent = 'Copied';
    setTimeout(() => { button.textContent = 'Copy link'; said.textContent = ''; }, 4000);
  };
}
"""


@lru_cache(maxsize=1)
def _component():
    script = PAGE_SCRIPT + _SCRIPT  # this button is on every page
    return st.components.v2.component("ugrn_copy_link", html=_HTML, css=_CSS, js=script)


def buttons(run_id: str | None) -> None:
    """Draw the copy button and the citation. run_id: of what the page shows, if anything."""
    with st.container(
        key="share",
        horizontal=True,
        wrap=False,
        horizontal_alignment="right",
        vertical_alignment="center",
    ):
        _component()(key="copy_link", height=40, width=112)
        with st.popover("Cite", icon=":material/format_quote:"):
            st.caption("Method")
            st.code(CITATION, language=None, wrap_lines=True)
            if run_id:
                st.caption("These results")
                st.code(f"UGRN run {run_id}", language=None)
