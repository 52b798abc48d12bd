"""The browser's Back: one step a page, and one a choice that was changed.

Streamlit makes every write of the address a step, so that Back seemed stuck on a page that writes
its choices there. What only adds to a page's own address replaces the step.
"""

# For the head of a component's module: runs when that is loaded, and once a tab.
SCRIPT = """
if (!window.ugrnHistory) {
  const push = window.history.pushState.bind(window.history);
  window.history.pushState = (state, title, url) => {
    const here = new URL(window.location.href), to = new URL(url, here);
    const changed = [...here.searchParams].some(([key, value]) =>
      to.searchParams.has(key) && to.searchParams.get(key) !== value);
    if (to.pathname === here.pathname && !changed)
      window.history.replaceState(state, title, url);
    else push(state, title, url);
  };
  window.ugrnHistory = true;
}
"""
