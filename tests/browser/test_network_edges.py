"""Edges drawn from kept paths look as vis-network draws them, also when a gene has moved."""

from __future__ import annotations

import pytest

from tests.browser.served import DATASET, settled

# Share of inked pixels that differ between our edges and those of the library itself. Dashes are
# left out: their ends are rounded by the library, square in ours as in the figure for print.
COMPARE = """(box) => { const net = box.ugrnNetwork, renderer = net.renderer;
  const canvas = box.querySelector('canvas'), ctx = canvas.getContext('2d');
  const shot = () => { net.redraw();
    return ctx.getImageData(0, 0, canvas.width, canvas.height).data; };
  const { _drawEdges, _drawArrows } = renderer;
  const ours = shot(); delete renderer._drawEdges; delete renderer._drawArrows;
  const theirs = shot(); Object.assign(renderer, { _drawEdges, _drawArrows });
  let ink = 0, other = 0;
  for (let k = 3; k < ours.length; k += 4) {
    ink += theirs[k] > 0;
    other += [0, 1, 2, 3].some((c) => Math.abs(ours[k - c] - theirs[k - c]) > 40);
  }
  return [ink, other / ink]; }"""
PLAIN = """(box) => { const { nodes, edges } = box.ugrnNetwork.body.data;
  edges.update(edges.getIds().map((id) => ({ id, dashes: false }))); return nodes.getIds()[0]; }"""


@pytest.mark.usefixtures("probed")
def test_quick_edges_look_like_the_librarys(page):
    page.goto(f"/network?{DATASET}&reach=all&cut=0&most=100")
    box = page.locator(".net")
    page.locator(".net canvas").wait_for()
    settled(page)
    gene = box.evaluate(PLAIN)
    ink, other = box.evaluate(COMPARE)
    assert ink > 2000
    assert other < 0.01
    box.evaluate("(box, gene) => box.ugrnNetwork.moveNode(gene, 250, 120)", gene)
    ink, other = box.evaluate(COMPARE)
    assert other < 0.01
    box.evaluate("(box) => { const net = box.ugrnNetwork; net.selectEdges(net.body.edgeIndices); }")
    assert box.evaluate(COMPARE)[1] < 0.01
    box.evaluate("(box) => box.ugrnNetwork.unselectAll()")
    assert box.evaluate(COMPARE)[1] < 0.01
