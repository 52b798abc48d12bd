"""How the page draws thousands of edges: each course worked out once, then drawn as a path.

vis-network asks every edge for its look, its ends and its arrowhead at every frame; at 2,000 edges
that was more work than the drawing. Its own code is asked once, with a pen that writes down what it
draws, and again when a gene has moved; an edge under the pointer or chosen is left to it.
"""

from __future__ import annotations

SCRIPT = """
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
