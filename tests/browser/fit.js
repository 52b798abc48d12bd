// What does not fit a window, each in a sentence: what runs out, is cut, covers another, is narrow.
// What lies in a box that scrolls by itself may run out of it.
() => {
  const main = document.querySelector('[data-testid=stMain]'), wide = window.innerWidth;
  const wrong = [], over = main.scrollWidth - main.clientWidth;
  if (over > 0) wrong.push(`the page is ${over} px wider than the window`);
  const words = (e) => (e.innerText ?? e.textContent).trim().slice(0, 40);
  const name = (e) => `${e.dataset.testid || e.tagName.toLowerCase()} “${words(e)}”`;
  const scrolls = (e) => { for (let p = e.parentElement; p && p !== main; p = p.parentElement)
    if (/auto|scroll/.test(getComputedStyle(p).overflowX)) return true; return false; };
  const seen = (e) => { const r = e.getBoundingClientRect(); // others are for screen readers only
    return r.width > 2 && r.height > 2 && e.checkVisibility({ opacityProperty: true,
      visibilityProperty: true }); };
  const all = (what, within = main) => [...within.querySelectorAll(what)].filter(
    (e) => seen(e) && !e.closest('[data-testid=stDataFrame]'));
  const meet = (a, b, least) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > least
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > least;
  const covering = (things, boxes, least, apart = () => false) => {
    for (let i = 0; i < things.length; i++) for (let j = i + 1; j < things.length; j++)
      if (meet(boxes[i], boxes[j], least) && !apart(things[i], things[j]))
        wrong.push(`${name(things[i])} covers ${name(things[j])}`);
  };
  for (const e of all('button, a, input, p, li, h1, h2, h3, [data-testid=stMetric], canvas')) {
    const r = e.getBoundingClientRect();
    if ((r.right > wide + 1 || r.left < -1) && !scrolls(e)) wrong.push(`${name(e)} runs out`);
  }
  for (const e of all('[data-testid=stMetricValue] *, [data-testid=stMetricLabel] *, h1, h2, h3, ' +
      '[data-testid=stMetricDelta] *, button p, a *, .stMarkdownBadge, .stMarkdownBadge *')) {
    const style = getComputedStyle(e);
    if (e.scrollWidth > e.clientWidth + 1 && style.overflowX !== 'visible'
        && style.display !== 'inline') wrong.push(`${name(e)} is cut`);
  }
  const parts = all('[data-testid=stElementContainer]').filter(
    (e) => e.innerText.trim() || e.querySelector('canvas, input, iframe, svg'));
  covering(parts, parts.map((e) => e.getBoundingClientRect()), 3,
    (a, b) => a.contains(b) || b.contains(a));
  if (wide < 640) for (const e of all('[data-testid=stColumn]')) {
    const share = e.getBoundingClientRect().width / e.parentElement.getBoundingClientRect().width;
    if (share < 0.45) wrong.push(`${name(e)} is a narrow column`);
  }
  for (const plot of all('.js-plotly-plot')) {
    const texts = all('text', plot).filter((e) => words(e) && !e.closest('.hoverlayer'));
    const rim = plot.getBoundingClientRect();
    for (const e of texts) { const r = e.getBoundingClientRect();
      if (r.left < rim.left - 2 || r.right > rim.right + 2) wrong.push(`${name(e)} is cut`); }
    const level = texts.filter((e) => { const m = e.getScreenCTM();
      return Math.abs(m.a * m.b) < 0.01; }); // around slanted words a box says nothing
    covering(level, level.map((e) => e.getBoundingClientRect()), 3);
  }
  for (const box of all('[data-testid=stBidiComponentRegular], [data-testid=stBidiComponentIsolated]')) {
    const net = (box.shadowRoot || box).querySelector('.net') || [...box.querySelectorAll('*')]
      .map((e) => e.shadowRoot?.querySelector('.net')).find(Boolean);
    if (!net?.ugrnCaptions?.spots) continue;
    const zoom = net.ugrnNetwork.zoom(), pan = net.ugrnNetwork.pan();
    const boxes = net.ugrnCaptions.spots.map(([c, , x, y, right, down]) => ({ text: c.text,
      left: (x - right) * zoom + pan.x, right: (x + right) * zoom + pan.x,
      top: (y - down) * zoom + pan.y, bottom: (y + down) * zoom + pan.y }));
    for (const b of boxes) if (b.left < -1 || b.right > net.clientWidth + 1)
      wrong.push(`the gene ${b.text} is cut`);
    for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++)
      if (meet(boxes[i], boxes[j], 1))
        wrong.push(`the gene ${boxes[i].text} covers ${boxes[j].text}`);
  }
  return wrong;
}
