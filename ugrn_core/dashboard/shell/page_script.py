"""What the browser does on every page, beyond Streamlit: run once a tab, by the copy button."""

from __future__ import annotations

# Back leads to the page before, not to the same page before its address was complete.
_HISTORY = """
  const push = window.history.pushState.bind(window.history);
  window.history.pushState = (state, title, url) => {
    const here = new URL(window.location.href), to = new URL(url, here);
    const changed = [...here.searchParams].some(([key, value]) =>
      to.searchParams.has(key) && to.searchParams.get(key) !== value);
    if (to.pathname === here.pathname && !changed)
      window.history.replaceState(state, title, url);
    else push(state, title, url);
  };
"""
# The menu's links name a page only: a tab opened from one would begin with the first data set.
_MENU = """
  const carry = (event) => {
    const link = event.target.closest?.('[data-testid=stSidebarNav] a');
    if (!link) return;
    const here = new URL(window.location.href).searchParams, to = new URL(link.href);
    for (const key of ['backbone', 'dataset', 'reference'])
      if (here.has(key)) to.searchParams.set(key, here.get(key));
    link.href = to.href;
  };
  for (const kind of ['pointerdown', 'focusin', 'contextmenu'])
    document.addEventListener(kind, carry, true);
  // A click that asks for a new tab or window is the browser's; Streamlit would take it, too.
  document.addEventListener('click', (event) => {
    if ((event.ctrlKey || event.metaKey || event.shiftKey) && event.target.closest?.('a[href]'))
      event.stopPropagation();
  }, true);
"""
# Streamlit puts a menu's groups between the list and its items: said aloud, each group is a list.
_GROUPS = """
  const lists = () => {
    for (const menu of document.querySelectorAll('[data-testid=stSidebarNavItems]')) {
      for (const item of menu.querySelectorAll('li')) {
        const box = item.parentElement;
        if (box !== menu && !box.hasAttribute('role')) {
          box.setAttribute('role', 'list');
          menu.setAttribute('role', 'none');
        }
      }
    }
  };
  lists();
  new MutationObserver(lists).observe(document.body, { childList: true, subtree: true });
"""
# A box that takes any text offers to "add" it; ours looks it up. Only the text is touched: the
# element belongs to Streamlit.
_LOOK_UP = """
  const rename = () => {
    for (const option of document.querySelectorAll('[role=option]')) {
      const words = document.createTreeWalker(option, NodeFilter.SHOW_TEXT).nextNode();
      if (words?.nodeValue.startsWith('Add: '))
        words.nodeValue = words.nodeValue.replace('Add: ', 'Look up: ');
    }
  };
  new MutationObserver(rename).observe(document.body,
    { childList: true, subtree: true, characterData: true });
"""
_ALL = _HISTORY + _MENU + _GROUPS + _LOOK_UP
PAGE_SCRIPT = f"if (!window.ugrnPage) {{ window.ugrnPage = true; {_ALL} }}\n"
