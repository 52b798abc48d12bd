"""The drawing on the page, with clicks: pyvis's own vis-network file as a component."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import pyvis
import streamlit as st
from pyvis.network import Network

_LIBRARY = Path(pyvis.__file__).parent / "templates/lib/vis-9.1.2/vis-network.min.js"
_STYLE = """
.net { box-sizing: border-box; width: 100%; border-radius: 10px;
  border: 1px solid var(--st-border-color); }
.net:focus-within { outline: 2px solid var(--st-primary-color); }
.tip { position: absolute; z-index: 5; pointer-events: none; display: none; max-width: 320px;
  padding: 4px 8px; border-radius: 6px; font: 13px var(--st-font);
  background: var(--st-text-color); color: var(--st-background-color); }
.box { position: relative; }
.hint { position: absolute; left: 12px; top: 10px; font: 12px var(--st-font); opacity: .7;
  color: var(--st-text-color); pointer-events: none; }
.fit { position: absolute; right: 10px; top: 10px; font: 13px var(--st-font); cursor: pointer;
  padding: 4px 10px; border-radius: 6px; border: 1px solid var(--st-border-color);
  background: var(--st-background-color); color: var(--st-text-color); }
"""
_HTML = """<div class="box"><div class="net" role="img"></div><div class="tip"></div>
<button class="fit" type="button">Fit</button>
<div class="hint">drag to move, scroll to zoom, click a gene or an edge</div></div>"""
# Titles are escaped for HTML pages by network_view; a tooltip here is text, so they are decoded.
_SCRIPT = """
const plain = (text) => new DOMParser().parseFromString(text, 'text/html').body.textContent;
// Labels keep their size on the screen, the important first, and none covers another or a gene with
// a label: vis-network would draw them all, at the size of the zoom.
const SIDES = [[0, 1], [0, -1], [1, 0], [-1, 0], [1, .8], [-1, .8], [1, -.8], [-1, -.8]];
const captionsOf = (nodes, centre) => nodes.filter((n) => n.font.strokeWidth && n.label.trim())
  .map((n) => ({ id: n.id, text: n.label, font: n.font, size: n.size, first: n.id === centre }))
  .sort((a, b) => b.first - a.first || b.size - a.size || (a.text < b.text ? -1 : 1));
// Around a centre edges run inwards, so labels stand outwards.
const sidesOf = (p, hub) => { if (!hub || (p.x === hub.x && p.y === hub.y)) { return SIDES; }
  const out = (s) => (s[0] * (p.x - hub.x) + s[1] * (p.y - hub.y)) / Math.hypot(s[0], s[1]);
  return [...SIDES].sort((a, b) => out(b) - out(a)); };
const placed = (captions, at, ctx, scale, family, hub) => {
  const marks = captions.map((c) => [at[c.id].x, at[c.id].y, c.size, c.size]);
  const taken = [], found = [];
  const meets = (boxes, x, y, half) => boxes.some((t) => Math.abs(t[0] - x) < t[2] + half[0]
    && Math.abs(t[1] - y) < t[3] + half[1]);
  for (const c of captions) {
    const size = Math.min(Math.max(c.font.size * scale, 11), 15) / scale;
    ctx.font = size + 'px ' + family;
    const half = [ctx.measureText(c.text).width / 2 + 3 / scale, 0.6 * size];
    const spots = sidesOf(at[c.id], hub).map(([right, down]) => [
      at[c.id].x + right * (half[0] + c.size), at[c.id].y + down * (half[1] + c.size)])
      .filter(([x, y]) => !meets(taken, x, y, half));
    const spot = spots.find(([x, y]) => !meets(marks, x, y, half)) || spots[0];
    if (!spot) { continue; }
    taken.push([...spot, ...half]);
    found.push([c, ctx.font, ...spot]);
  }
  return found;
};
const drawCaptions = (net, captions, ctx, family, centre) => {
  const scale = net.getScale();
  const at = net.getPositions(captions.map((c) => c.id));
  // Placing looks at every pair of labels: only where a zoom or a moved gene asks for it.
  const key = captions.reduce((sum, c, k) => sum + (k + 1) * (at[c.id].x + 3 * at[c.id].y), scale);
  ctx.save();
  ctx.textAlign = 'center'; ctx.textBaseline = 'middle'; ctx.lineJoin = 'round';
  ctx.lineWidth = 3 / scale;
  if (captions.key !== key) {
    captions.spots = placed(captions, at, ctx, scale, family, centre && at[centre]);
    captions.key = key;
  }
  for (const [c, font, x, y] of captions.spots) {
    ctx.font = font; ctx.strokeStyle = c.font.strokeColor; ctx.fillStyle = c.font.color;
    ctx.strokeText(c.text, x, y); ctx.fillText(c.text, x, y);
  }
  ctx.restore();
  return captions.spots.length;
};
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const box = parentElement.querySelector('.net');
  const tip = parentElement.querySelector('.tip');
  box.setAttribute('aria-label', data.alt);
  box.style.height = data.height + 'px';
  const state = parentElement.ugrn || {};
  if (state.mark === data.mark) { return; }
  // Other colours of the same drawing: its view and the genes that were moved stay as they are.
  const before = state.net && state.layout === data.layout ? { at: state.net.getPositions(),
    scale: state.net.getScale(), position: state.net.getViewPosition() } : null;
  if (state.net) { state.net.destroy(); }
  const titles = new Map();
  const strip = (item) => { titles.set(item.id, plain(item.title)); const c = { ...item };
    delete c.title; return c; };
  const edges = data.edges.map(strip);
  const nodes = data.nodes.map(strip);
  nodes.forEach((n) => Object.assign(n, before?.at[n.id]));
  const captions = captionsOf(nodes, data.centre);
  captions.forEach((c) => { nodes.find((n) => n.id === c.id).label = ' '; });
  nodes.forEach((n) => { if (!n.label.trim()) { delete n.label; } });  // or each blank is drawn
  const ends = new Map(edges.map((e) => [e.id, [e.from, e.to]]));
  const net = new globalThis.vis.Network(box, { nodes, edges }, data.options);
  quickEdges(net);
  // All places of the layout in view, with room at the rim for genes and labels.
  const fit = () => { const [left, top, right, bottom] = data.frame;
    const scale = Math.min(1.1, box.clientWidth / (right - left + 80),
      box.clientHeight / (bottom - top + 80));
    net.moveTo({ scale: 0.88 * scale, position: { x: (left + right) / 2, y: (top + bottom) / 2 } });
  };
  net.once('afterDrawing', before ? () => net.moveTo(before) : fit);
  const family = getComputedStyle(box).fontFamily;
  net.on('afterDrawing', (ctx) => { box.ugrnLabels = drawCaptions(
    net, captions, ctx, family, data.centre); });
  const show = (id, at) => { tip.textContent = titles.get(id) || ''; tip.style.display = 'block';
    tip.style.left = Math.max(0, Math.min(at.x + 14, box.clientWidth - tip.offsetWidth)) + 'px';
    tip.style.top = Math.min(at.y + 14, box.clientHeight - tip.offsetHeight) + 'px'; };
  const hide = () => { tip.style.display = 'none'; };
  net.on('hoverNode', (p) => show(p.node, p.pointer.DOM));
  net.on('hoverEdge', (p) => show(p.edge, p.pointer.DOM));
  net.on('blurNode', hide); net.on('blurEdge', hide); net.on('dragStart', hide);
  net.on('click', (p) => {
    if (p.nodes.length) { setTriggerValue('clicked', { gene: p.nodes[0] }); }
    else if (p.edges.length) { setTriggerValue('clicked', { edge: ends.get(p.edges[0]) }); }
  });
  parentElement.querySelector('.fit').onclick = fit;
  parentElement.ugrn = { net, mark: data.mark, layout: data.layout };
  box.ugrnNetwork = net;
}
"""


@lru_cache(maxsize=1)
def _component():
    library = _LIBRARY.read_text(encoding="utf-8")
    return st.components.v2.component(
        "ugrn_network", html=_HTML, css=_STYLE, js=library + EDGES_SCRIPT + _SCRIPT
    )


@dataclass(frozen=True)
class Scene:
    """Where things are in a drawing. layout: the same for all colourings of one; frame: left, top,
    right, bottom of what is in view at first; centre: the gene whose label comes first, or None."""

    layout: str
    frame: tuple[float, float, float, float]
    centre: str | None = None


def clicked(net: Network, mark: str, alt: str, scene: Scene, height: int = 600) -> dict:
    """Mount `net`; return {"gene": symbol}, {"edge": [source, target]}, or {} without a click.

    mark: changes exactly when the drawing does, so that zoom survives other reruns.
    """
    data = {
        "nodes": net.nodes,
        "edges": net.edges,
        "options": net.options,
        "mark": mark,
        "alt": alt,
        "height": height,
        **asdict(scene),
    }
    found = _component()(
        data=data, key="network", height=height + 4, on_clicked_change=lambda: None
    )
    return dict(found.clicked or {})


EDGES_SCRIPT = """
class Pen {
  constructor(ctx) { this.ctx = ctx; this.dash = []; this.path = null; this.done = []; }
  set font(value) { this.ctx.font = value; }
  get font() { return this.ctx.font; }
  measureText(text) { return this.ctx.measureText(text); }
  save() {} restore() {}
  setLineDash(dash) { this.dash = dash.length > 1 ? dash : []; }
  beginPath() { this.path = new Path2D(); }
  closePath() { this.path.closePath(); }
  moveTo(x, y) { this.path.moveTo(x, y); }
  lineTo(x, y) { this.path.lineTo(x, y); }
  arc(...of) { this.path.arc(...of); }
  quadraticCurveTo(...by) { this.path.quadraticCurveTo(...by); }
  bezierCurveTo(...by) { this.path.bezierCurveTo(...by); }
  stroke() { this.keep(this.strokeStyle); }
  fill() { this.keep(this.fillStyle); }
  keep(colour) { this.done.push({ path: this.path, colour, width: this.lineWidth,
    dash: this.dash }); }
}
// Seen from afar a dash would be finer than a pixel, a paler line: it stops shrinking before.
const drawLine = (ctx, mark, now, scale) => {
  if (now.colour !== mark.colour) { ctx.strokeStyle = now.colour = mark.colour; }
  if (now.width !== mark.width) { ctx.lineWidth = now.width = mark.width; }
  if (now.dash !== String(mark.dash)) { now.dash = String(mark.dash);
    ctx.setLineDash(mark.dash.map((part) => part * Math.max(1, 0.8 / scale))); }
  ctx.stroke(mark.path);
};
const drawHead = (ctx, mark, now) => {
  if (now.colour !== mark.colour) { ctx.fillStyle = now.colour = mark.colour; }
  ctx.fill(mark.path);
};
const quickEdges = (net) => {
  const { body, renderer } = net;
  const all = () => body.edgeIndices.map((id) => body.edges[id]).filter((edge) => edge.connected);
  const plain = (edge) => !edge.selected && !edge.hover;
  const course = () => body.nodeIndices.reduce((sum, id, k) => sum
    + (k + 1) * (body.nodes[id].x + 3 * body.nodes[id].y), 0);
  const kept = { key: null, lines: new Map(), heads: new Map() };
  const marks = (ctx, edge, method) => {
    const pen = new Pen(ctx); edge[method](pen); return pen.done; };
  for (const change of ['_dataChanged', '_dataUpdated']) {
    body.emitter.on(change, () => { kept.key = null; }); }
  const drawn = (ctx, method, known, draw) => {
    if (kept.key !== course()) { kept.lines.clear(); kept.heads.clear(); kept.key = course(); }
    const now = {}, scale = net.getScale(), others = [];
    ctx.save(); ctx.lineCap = 'butt';
    for (const edge of all()) {
      if (!plain(edge)) { others.push(edge); continue; }
      if (!known.has(edge.id)) { known.set(edge.id, marks(ctx, edge, method)); }
      for (const mark of known.get(edge.id)) { draw(ctx, mark, now, scale); }
    }
    ctx.restore();
    others.forEach((edge) => edge[method](ctx));
  };
  renderer._drawEdges = (ctx) => drawn(ctx, 'draw', kept.lines, drawLine);
  renderer._drawArrows = (ctx) => drawn(ctx, 'drawArrows', kept.heads, drawHead);
};
"""
