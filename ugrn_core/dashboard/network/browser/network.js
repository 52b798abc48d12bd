// Labels keep their size on the screen, the important first, and none covers another or a gene with
// a label: the library would draw them all, at the size of the zoom. They lie on a canvas above.
const SIDES = [[0, 1], [0, -1], [1, 0], [-1, 0], [1, .8], [-1, .8], [1, -.8], [-1, -.8]];
// Around a centre edges run inwards, so labels stand outwards.
const sidesOf = (p, hub) => {
  if (!hub || (p.x === hub.x && p.y === hub.y)) { return SIDES; }
  const out = (s) => (s[0] * (p.x - hub.x) + s[1] * (p.y - hub.y)) / Math.hypot(s[0], s[1]);
  return [...SIDES].sort((a, b) => out(b) - out(a));
};
// view: left, top, right, bottom of what is seen: the label of a gene in it never runs out of it.
const placed = (captions, at, ctx, scale, family, hub, view) => {
  const marks = captions.map((c) => [at(c).x, at(c).y, c.size, c.size]);
  const taken = [], spots = [];
  const meets = (boxes, x, y, half) => boxes.some((t) => Math.abs(t[0] - x) < t[2] + half[0]
    && Math.abs(t[1] - y) < t[3] + half[1]);
  for (const c of captions) {
    const size = c.grow * Math.min(Math.max(c.fontSize * scale, 11), 15) / scale;
    ctx.font = size + 'px ' + family;
    const half = [ctx.measureText(c.text).width / 2 + 3 / scale, 0.6 * size];
    const free = sidesOf(at(c), hub).map(([right, down]) => [
      at(c).x + right * (half[0] + c.size), at(c).y + down * (half[1] + c.size)])
      .filter(([x, y]) => !meets(taken, x, y, half));
    const clear = ([x, y]) => !meets(marks, x, y, half);
    const seen = free.filter(([x, y]) => x - half[0] >= view[0] && y - half[1] >= view[1]
      && x + half[0] <= view[2] && y + half[1] <= view[3]);
    const { x, y } = at(c);
    const beyond = x < view[0] || y < view[1] || x > view[2] || y > view[3];
    const spot = seen.find(clear) || seen[0] || (beyond && (free.find(clear) || free[0]));
    if (!spot) { continue; }
    taken.push([...spot, ...half]);
    spots.push([c, ctx.font, ...spot, ...half]);
  }
  return spots;
};
const captionsOf = (cy, centre, grow) => cy.nodes().filter((n) => n.data('caption')).map((n) => ({
  node: n, text: n.data('caption'), size: n.data('width') / 2, fontSize: n.data('fontSize'), grow,
  colour: n.data('ink'), around: n.data('halo'), first: n.id() === centre }))
  .sort((a, b) => b.first - a.first || b.size - a.size || (a.text < b.text ? -1 : 1));
const drawCaptions = (cy, canvas, captions, family) => {
  const scale = cy.zoom(), pan = cy.pan(), dense = window.devicePixelRatio || 1;
  const ctx = canvas.getContext('2d');
  const [width, height] = [canvas.clientWidth * dense, canvas.clientHeight * dense].map(Math.round);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width; canvas.height = height;
  }
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.clearRect(0, 0, width, height);
  ctx.setTransform(dense * scale, 0, 0, dense * scale, dense * pan.x, dense * pan.y);
  ctx.textAlign = 'center'; ctx.textBaseline = 'middle'; ctx.lineJoin = 'round';
  ctx.lineWidth = 3 / scale;
  const at = (c) => c.node.position();
  // Placing looks at every pair of labels: only where a zoom or a moved gene asks for it.
  const key = captions.reduce((sum, c, k) => sum + (k + 1) * (at(c).x + 3 * at(c).y),
    scale + 7 * canvas.clientWidth + 13 * canvas.clientHeight);
  if (captions.key !== key) {
    const hub = captions.find((c) => c.first);
    const rim = 2; // the frame's own lines
    const view = [-pan.x, -pan.y, canvas.clientWidth - rim - pan.x, canvas.clientHeight - rim - pan.y]
      .map((p) => p / scale);
    captions.spots = placed(captions, at, ctx, scale, family, hub && at(hub), view);
    captions.key = key;
  }
  for (const [c, font, x, y] of captions.spots) {
    ctx.font = font; ctx.strokeStyle = c.around; ctx.fillStyle = c.colour;
    ctx.strokeText(c.text, x, y); ctx.fillText(c.text, x, y);
  }
  return captions.spots.length;
};
const STYLE = [
  { selector: 'node', style: { width: 'data(width)', height: 'data(width)', shape: 'data(shape)',
    'background-color': 'data(fill)', 'border-color': 'data(around)',
    'border-width': 'data(border)', 'overlay-opacity': 0 } },
  { selector: 'node[inside]', style: { label: 'data(inside)', color: 'data(ink)',
    'font-size': 'data(fontSize)', 'text-valign': 'center', 'text-halign': 'center' } },
  { selector: 'edge', style: { width: 'data(width)', 'line-color': 'data(colour)',
    'target-arrow-color': 'data(colour)', 'target-arrow-shape': 'data(arrow)',
    'curve-style': 'straight', 'arrow-scale': 'data(head)', 'overlay-opacity': 0 } },
  { selector: 'edge[?bent]', style: { 'curve-style': 'unbundled-bezier',
    'control-point-distances': '24', 'control-point-weights': '0.5' } },
  { selector: 'edge[?dashed]', style: { 'line-style': 'dashed', 'line-dash-pattern': [7, 5] } },
  { selector: 'node.pinned', style: { 'border-color': 'data(ink)', 'border-width': 3,
    'border-style': 'dotted' } },
  { selector: 'node:selected', style: { 'border-color': 'data(focus)', 'border-width': 4 } },
  { selector: 'edge:selected, edge.pointed', style: { width: 'data(thick)' } },
];
// What the page says of a drawing that stands already: what is picked, and where pinned genes are.
const follow = (cy, data, moved) => cy.batch(() => {
  for (const n of data.pinned ? data.nodes : []) {
    const node = cy.getElementById(n.id), at = moved.get(n.id);
    if (at && Math.abs(at.x - n.x) < 1 && Math.abs(at.y - n.y) < 1) { moved.delete(n.id); }
    if (!moved.has(n.id) && !node.grabbed()) { node.position({ x: n.x, y: n.y }); }
    node.toggleClass('pinned', data.pinned.includes(n.id));
  }
  cy.elements(':selected').unselect();
  if (data.picked !== null) { cy.getElementById(data.picked).select(); }
});
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const box = parentElement.querySelector('.net');
  const tip = parentElement.querySelector('.tip');
  const canvas = parentElement.querySelector('.captions');
  box.setAttribute('aria-label', data.alt);
  box.style.height = data.height + 'px';
  const state = parentElement.ugrn || {};
  // moved: genes that were dragged and that the page has not answered with yet.
  const moved = state.layout === data.layout ? state.moved : new Map();
  if (state.mark === data.mark) { state.shown = data; follow(state.cy, data, moved); return; }
  const now = { shown: data };
  // Other colours of the same drawing: its view and the genes that were moved stay as they are.
  const before = state.cy && state.layout === data.layout ? { zoom: state.cy.zoom(),
    pan: { ...state.cy.pan() }, fitted: state.isFitted(), at: new Map(state.cy.nodes().map((n) => [n.id(), n.position()]))
  } : null;
  if (state.cy) { state.leave.abort(); state.watch.disconnect(); state.cy.destroy(); }
  const nodes = data.nodes.map((n) => ({ group: 'nodes', data: n,
    position: { ...(moved.get(n.id) || (!data.pinned && before?.at.get(n.id)) || { x: n.x, y: n.y }) } }));
  const edges = data.edges.map((e) => ({ group: 'edges', data: e }));
  const cy = globalThis.cytoscape({ container: box, elements: [...nodes, ...edges], style: STYLE,
    layout: { name: 'preset' }, minZoom: 0.01, maxZoom: 8, boxSelectionEnabled: false });
  const captions = captionsOf(cy, data.centre, data.label_scale), family = getComputedStyle(box).fontFamily;
  const rim = 10 + 3.6 * Math.max(0, ...captions.map((c) => c.text.length)); // half a label
  const view = () => JSON.stringify([cy.zoom(), cy.pan()]);
  let fitted = null;
  const isFitted = () => view() === fitted;
  // All places of the layout in view, with room at the rim for genes and labels.
  const fit = () => {
    const [left, top, right, bottom] = now.shown.frame, wide = box.clientWidth, high = box.clientHeight;
    const zoom = Math.max(0.02, Math.min(0.97, (wide - 2 * rim) / (right - left + 24),
      0.88 * wide / (right - left + 80), 0.88 * high / (bottom - top + 80)));
    cy.viewport({ zoom, pan: { x: wide / 2 - zoom * (left + right) / 2,
      y: high / 2 - zoom * (top + bottom) / 2 } });
    fitted = view();
  };
  if (before) { cy.viewport(before); fitted = before.fitted ? view() : null; } else { fit(); }
  cy.on('render', () => { box.ugrnLabels = drawCaptions(cy, canvas, captions, family); });
  // Seen from afar a dash would be finer than a pixel, a paler line: it stops shrinking before.
  const dashed = cy.edges('[?dashed]');
  let dash = 1;
  cy.on('zoom', () => {
    const now = Math.max(1, 0.8 / cy.zoom());
    if (Math.abs(now - dash) > 0.1 * dash) { dash = now;
      dashed.style('line-dash-pattern', [7 * now, 5 * now]); }
  });
  const hide = () => { tip.style.display = 'none'; };
  cy.on('mouseover', 'node, edge', ({ target, renderedPosition: at }) => {
    tip.textContent = target.data('words'); tip.style.display = 'block';
    tip.style.left = Math.max(0, Math.min(at.x + 14, box.clientWidth - tip.offsetWidth)) + 'px';
    tip.style.top = Math.min(at.y + 14, box.clientHeight - tip.offsetHeight) + 'px';
    box.style.cursor = 'pointer'; target.addClass('pointed');
  });
  cy.on('mouseout', 'node, edge', ({ target }) => { hide(); box.style.cursor = '';
    target.removeClass('pointed'); });
  cy.on('viewport grab', hide);
  cy.on('tap', 'node', ({ target }) => setTriggerValue('clicked', { gene: target.id() }));
  cy.on('tap', 'edge', ({ target }) => setTriggerValue('clicked', {
    edge: [target.data('source'), target.data('target')] }));
  cy.on('tap', ({ target }) => {
    if (target === cy && now.shown.picked !== null) { setTriggerValue('clicked', { nothing: true }); }
  });
  // A gene that was dragged stays: all that the page does not know of are told, since of two quick
  // drags only the last is heard.
  cy.on('dragfree', 'node', ({ target }) => {
    if (!now.shown.pinned) { return; }
    const { x, y } = target.position(), at = { x: Math.round(x), y: Math.round(y) };
    target.position(at);
    moved.set(target.id(), at);
    setTriggerValue('moved', Object.fromEntries(moved));
  });
  follow(cy, data, moved);
  parentElement.querySelector('.fit').onclick = fit;
  // Another window, another fit, as long as nobody has chosen a view.
  let size = [box.clientWidth, box.clientHeight].join();
  const watch = new ResizeObserver(() => {
    const now = [box.clientWidth, box.clientHeight].join(), again = now !== size && isFitted();
    cy.resize(); size = now;
    if (again) { fit(); }
  });
  watch.observe(box);
  // The library keeps where it lies on the page and cannot see, from inside a shadow root, that the
  // page was scrolled or grew: it is told before a pointer asks what lies below it.
  const leave = new AbortController(), { signal } = leave;
  let stale = true;
  const place = () => { if (stale) { stale = false; cy.resize(); } };
  const shifted = () => { stale = true; };
  window.addEventListener('scroll', shifted, { signal, capture: true, passive: true });
  box.addEventListener('pointerenter', () => { shifted(); place(); }, { signal });
  box.addEventListener('pointermove', place, { signal, capture: true });
  box.addEventListener('pointerdown', () => { shifted(); place(); }, { signal, capture: true });
  parentElement.ugrn = Object.assign(now, { cy, watch, leave, isFitted, moved, mark: data.mark,
    layout: data.layout });
  box.ugrnNetwork = cy;
  box.ugrnCaptions = captions;
}
