"use strict";
// Draws a run as a space-time diagram in SVG: a lane per node, or per group of nodes that do the same.

const SVG = "http://www.w3.org/2000/svg";
// Colours of decisions in a fork, besides that of A.
const OTHER_BLOCKS = { B: "#56B4E9", C: "#E69F00", D: "#CC79A7" };

// The longest name of a lane that is written beside it; of a longer one, how many nodes it has.
function longest() {
  return window.innerWidth < 700 ? 22 : 44;
}

function shortened(name) {
  if (name.length <= longest()) return name;
  const [many, which] = name.split(": ");
  return which ? many : `${name.slice(0, longest() - 1)}…`;
}

function make(name, attributes, parent, text) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  if (parent) parent.appendChild(node);
  return node;
}

// The shapes of message kinds; with the letter beside them, colour says nothing alone.
function shape(symbol, x, y, r) {
  const polygon = (...points) => ["polygon", { points: points.map(([a, b]) => `${x + a * r},${y + b * r}`).join(" ") }];
  switch (symbol) {
    case "circle": return ["circle", { cx: x, cy: y, r }];
    case "square": return ["rect", { x: x - r, y: y - r, width: 2 * r, height: 2 * r }];
    case "diamond": return polygon([0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]);
    case "triangle-up": return polygon([0, -1.3], [1.2, 1], [-1.2, 1]);
    case "triangle-down": return polygon([0, 1.3], [1.2, -1], [-1.2, -1]);
    case "triangle-left": return polygon([-1.3, 0], [1, 1.2], [1, -1.2]);
    case "triangle-right": return polygon([1.3, 0], [-1, 1.2], [-1, -1.2]);
    case "star": return polygon(...Array.from({ length: 10 }, (_, i) => {
      const a = -Math.PI / 2 + i * Math.PI / 5, d = i % 2 ? .75 : 1.7;
      return [d * Math.cos(a), d * Math.sin(a)];
    }));
    default: return polygon([0, -1.3], [1.2, -.3], [.8, 1.1], [-.8, 1.1], [-1.2, -.3]);
  }
}

// Another proposal of a primary, and what is about it: dashed arrows, and a ring around the marker.
function other(kind) {
  return kind.symbol.endsWith("-dot");
}

function drawSymbol(kind, x, y, parent, lost) {
  const [name, attributes] = shape(kind.symbol.replace("-dot", ""), x, y, 6);
  const fill = lost ? "var(--paper)" : kind.colour;
  make(name, { ...attributes, fill, stroke: kind.colour, "stroke-width": lost ? 2 : 1 }, parent);
  if (other(kind)) make("circle", { cx: x, cy: y, r: 10, fill: "none", stroke: "var(--ink)", "stroke-width": 1.6 }, parent);
  const style = `font-size:9px;font-weight:700;fill:${lost ? "var(--ink)" : kind.ink}`;
  make("text", { x, y: y + 3.5, "text-anchor": "middle", style }, parent, kind.letter);
}

// What is drawn: lanes with their nodes, where each is, and the width of a tick.
function layOut(run, open) {
  const lanes = [];
  for (const lane of run.lanes) {
    if (lane.nodes.length > 1 && open.has(lane.nodes[0])) {
      for (const node of lane.nodes) lanes.push({ name: run.names[node], nodes: [node], end: run.ends[node], group: lane.nodes[0] });
    } else lanes.push({ ...lane, group: lane.nodes.length > 1 ? lane.nodes[0] : null });
  }
  const laneOf = new Map();
  lanes.forEach((lane, k) => lane.nodes.forEach(node => laneOf.set(node, k)));
  const left = 24 + 7 * Math.max(...lanes.map(lane => shortened(lane.name).length));
  const step = run.tickWidth, top = 46, gap = lanes.length > 20 ? 34 : 46;
  return {
    lanes, laneOf, left, top, gap, step,
    x: tick => left + (tick - run.span[0]) * step,
    y: lane => top + 24 + lane * gap,
    width: left + (run.span[1] - run.span[0]) * step + 24 + 7 * Math.max(...lanes.map(lane => lane.end.length)),
    height: top + lanes.length * gap + 26,
  };
}

function clock(run, tick) {
  return run.viewTicks && tick ? (tick - 1) % run.viewTicks + 1 : tick;
}

function draw(run, open, onLane) {
  const plan = layOut(run, open);
  const svg = make("svg", {
    width: plan.width, height: plan.height, viewBox: `0 0 ${plan.width} ${plan.height}`, role: "img",
    "aria-label": `${run.verdict ? run.verdict + ": " : ""}${run.title}. ${run.answer}`,
  });
  make("title", {}, svg, run.title);
  drawBands(run, plan, svg);
  drawBorders(run, plan, svg);
  drawLanes(run, plan, svg, onLane);
  drawArrows(run, plan, svg);
  drawMarks(run, plan, svg);
  drawEnds(run, plan, svg);
  return svg;
}

function drawBands(run, plan, svg) {
  const bottom = plan.height - 26;
  run.bands.forEach(([view, , begin, end, role], k) => {
    const x = plan.x(begin), width = (end - begin) * plan.step;
    make("rect", { x, y: 40, width, height: bottom - 40, fill: k % 2 ? "var(--panel)" : "none", stroke: "var(--line)" }, svg);
    const text = `${run.words[0]} ${view}`;
    make("text", { x: x + 4, y: 14, "font-weight": 700 }, svg, width > 7 * text.length ? text : `${view}`);
    if (role && width > 6 * role.length) make("text", { x: x + 4, y: 30, class: "faint" }, svg, role);
  });
  const first = Math.ceil(run.span[0]), last = Math.floor(run.span[1]);
  for (let tick = first; tick <= last; tick++) {
    make("text", { x: plan.x(tick), y: bottom + 18, "text-anchor": "middle", class: "faint" }, svg, clock(run, tick));
  }
  make("text", { x: 8, y: bottom + 18, class: "faint" }, svg, "tick");
}

// Where nodes of a lane change views at another tick than the band: they stay in theirs until then.
function drawBorders(run, plan, svg) {
  const height = plan.gap - 4, seen = new Map(), word = run.words[0];
  for (const [node, view, begin, end, at] of run.borders) {
    const lane = plan.laneOf.get(node), key = `${lane}/${view}/${begin}/${end}/${at}`;
    if (!seen.has(key)) seen.set(key, []);
    seen.get(key).push(node);
  }
  for (const [key, nodes] of seen) {
    const [lane, view, begin, end, at] = key.split("/").map(one => one === "null" ? null : Number(one));
    const y = plan.y(lane) - height / 2, x = plan.x(begin), all = nodes.length === plan.lanes[lane].nodes.length;
    const who = all ? plan.lanes[lane].name : `${nodes.length} of ${plan.lanes[lane].name}`;
    const group = make("g", { class: "border" }, svg);
    const when = at === null ? "to the end" : at === end ? `until tick ${at + .5}` : `from tick ${at + .5} on`;
    make("title", {}, group, `${who}: in ${word} ${view} ${when}`);
    const k = run.bands.findIndex(band => band[0] === view), fill = k % 2 ? "var(--panel)" : "var(--paper)";
    if (all) make("rect", { x, y, width: (end - begin) * plan.step, height, fill }, group);
    if (at !== null) make("line", { x1: plan.x(at), x2: plan.x(at), y1: y, y2: y + height, stroke: "var(--ink)", "stroke-dasharray": all ? "none" : "3 3" }, group);
    if (all && (end - begin) * plan.step > 50) make("text", { x: x + 16, y: y + 11, class: "faint", style: "font-size:10px" }, group, `${word} ${view}`);
  }
}

function drawLanes(run, plan, svg, onLane) {
  plan.lanes.forEach((lane, k) => {
    const y = plan.y(k), end = plan.x(run.span[1]);
    if (run.byzantine.includes(lane.nodes[0])) {
      make("rect", { x: plan.left, y: y - 15, width: end - plan.left, height: 30, fill: "var(--byzantine)" }, svg);
    }
    for (const [, primary, begin, until] of run.bands) {
      if (primary !== null && lane.nodes.includes(primary)) {
        make("rect", { x: plan.x(begin), y: y - 4, width: (until - begin) * plan.step, height: 8, fill: "var(--primary)" }, svg);
        make("text", { x: plan.x(begin) + 3, y: y - 7, "font-weight": 700 }, svg, run.words[1][0].toUpperCase());
      }
    }
    make("line", { x1: plan.left, x2: end, y1: y, y2: y, stroke: "var(--faint)" }, svg);
    const name = make("text", { x: 8, y: y + 4, "data-lane": k }, svg, shortened(lane.name));
    if (lane.group !== null) {
      name.setAttribute("role", "button");
      name.setAttribute("tabindex", "0");
      name.style.cursor = "pointer";
      name.textContent = `${lane.nodes.length > 1 ? "▸" : "▾"} ${shortened(lane.name)}`;
      make("title", {}, name, `${lane.name}: click to ${lane.nodes.length > 1 ? "unfold" : "fold"}`);
      const act = event => { 
        if (event.type !== "click" && event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        onLane(lane.group);
       };
      name.addEventListener("click", act);
      name.addEventListener("keydown", act);
    }
  });
}

function drawArrows(run, plan, svg) {
  const seen = new Map(), places = placed(run, plan);
  for (const [kind, view, from, to, sent, at] of run.arrows) {
    const a = plan.laneOf.get(from), b = plan.laneOf.get(to);
    const key = `${kind}/${a}/${b}/${sent}/${at}`;
    if (seen.has(key)) { seen.get(key).count++; continue; }
    const y = plan.y(a) + (places.get(`${kind}/${view}/${sent}/${a}`) || 0);
    const back = a === b ? -16 : Math.sign(plan.y(a) - plan.y(b)) * 6;
    const colour = run.kinds[kind].colour;
    const group = make("g", { class: "arrow", "data-kind": kind, "data-tick": at, "data-nodes": `${from} ${to}` }, svg);
    const x1 = plan.x(sent), x2 = plan.x(at), y2 = plan.y(b) + back;
    const dashes = other(run.kinds[kind]) ? { "stroke-dasharray": "5 3" } : {};
    make("line", { x1, y1: y, x2, y2, stroke: colour, "stroke-width": 1.3, ...dashes }, group);
    const angle = Math.atan2(y2 - y, x2 - x1), point = (d, turn) =>
      `${x2 - d * Math.cos(angle + turn)},${y2 - d * Math.sin(angle + turn)}`;
    make("polygon", { points: `${x2},${y2} ${point(9, .4)} ${point(9, -.4)}`, fill: colour }, group);
    seen.set(key, { group, count: 1, from, to, kind, view, sent, at });
  }
  for (const one of seen.values()) {
    const many = one.count > 1 ? ` (${one.count} messages)` : "";
    make("title", {}, one.group, `${run.kinds[one.kind].name} of ${run.words[0]} ${one.view}: ${run.names[one.from]} to ` +
      `${run.names[one.to]}, sent at tick ${clock(run, one.sent)}, delivered at ${clock(run, one.at)}${many}`);
  }
}

// Where the marks of a lane and tick stand above each other: by kind, view, tick and lane.
function placed(run, plan) {
  const stacks = new Map();
  for (const [what, kind, tick, node, view] of run.marks) {
    const lane = plan.laneOf.get(node), place = `${tick}/${lane}`, key = `${kind}/${view}/${tick}/${lane}`;
    if (!stacks.has(place)) stacks.set(place, []);
    const stack = stacks.get(place);
    if (!stack.includes(`${what}:${key}`)) stack.push(`${what}:${key}`);
  }
  const found = new Map();
  for (const stack of stacks.values()) {
    stack.forEach((name, k) => found.set(name.slice(name.indexOf(":") + 1), (k - (stack.length - 1) / 2) * 13));
  }
  return found;
}

function drawMarks(run, plan, svg) {
  const drawn = new Set(), places = placed(run, plan);
  for (const [what, kind, tick, node, view, lost] of run.marks) {
    const lane = plan.laneOf.get(node), key = `${what}/${kind}/${view}/${tick}/${lane}`;
    if (drawn.has(key)) continue;
    drawn.add(key);
    const x = plan.x(tick), y = plan.y(lane) + (places.get(`${kind}/${view}/${tick}/${lane}`) || 0);
    const group = make("g", { class: "mark", "data-tick": tick, "data-nodes": node, "data-kind": what === "send" ? kind : what }, svg);
    make("title", {}, group, told(run, what, kind, tick, node, view, lost));
    if (what === "send") {
      drawSymbol(run.kinds[kind], x, y, group, lost);
    } else if (what === "decide") {
      drawBlock(kind, x, y, group);
      const value = run.blocks[node] || "";
      make("text", { x, y: y + 3.5, "text-anchor": "middle", style: "font-size:9px;font-weight:700;fill:#000" }, group, value);
    } else if (what === "timeout") {
      drawTimeout(x, y, group);
    } else drawFault(kind, x, y, group);
  }
}

// A restart turns back; other faults are crosses.
function drawFault(kind, x, y, parent) {
  if (kind === "restart" || kind === "reload") {
    make("text", { x, y: y + 6, "text-anchor": "middle", style: "font-size:18px;font-weight:700;fill:var(--ink)" }, parent, "↻");
  } else make("path", { d: `M${x - 6},${y - 6}l12,12m0,-12l-12,12`, stroke: "var(--ink)", "stroke-width": 3 }, parent);
}

function drawTimeout(x, y, parent) {
  make("line", { x1: x, x2: x, y1: y - 8, y2: y + 8, stroke: "var(--ink)", "stroke-width": 3 }, parent);
}

function drawBlock(kind, x, y, parent) {
  const [name, attributes] = shape("star", x, y, 6);
  make(name, { ...attributes, fill: OTHER_BLOCKS[kind] || "var(--good)", stroke: "#000" }, parent);
}

// What a mark that is no message is called, and how it is drawn: those that occur in a run.
function legendOf(run) {
  const found = [];
  if (run.marks.some(mark => mark[5])) {
    found.push(["reached nobody", (x, y, parent) => make("circle", { cx: x, cy: y, r: 6, fill: "none", stroke: "var(--ink)", "stroke-width": 2 }, parent)]);
  }
  if (run.marks.some(mark => mark[0] === "timeout")) found.push(["timer expires", drawTimeout]);
  for (const [kind, name] of Object.entries(run.faults)) {
    if (run.marks.some(mark => mark[0] === "fault" && mark[1] === kind)) {
      found.push([name, (x, y, parent) => drawFault(kind, x, y, parent)]);
    }
  }
  for (const kind of [...new Set(run.marks.filter(mark => mark[0] === "decide").map(mark => mark[1]))].sort()) {
    found.push([`block ${kind}`.trim(), (x, y, parent) => drawBlock(kind, x, y, parent)]);
  }
  if (run.bands.some(band => band[1] !== null)) {
    found.push([run.words[1], (x, y, parent) => make("rect", { x: x - 9, y: y - 4, width: 18, height: 8, fill: "var(--primary)" }, parent)]);
  }
  return found;
}

function told(run, what, kind, tick, node, view, lost, who) {
  const where = `at tick ${clock(run, tick)}${view === null ? "" : `, ${run.words[0]} ${view}`}`;
  const verb = { send: "sends", decide: `accepts block ${run.blocks[node] || ""}`.trim(), timeout: "timer expires", fault: run.faults[kind] }[what];
  const name = what === "send" ? ` ${run.kinds[kind].name}` : "";
  return `${who || run.names[node]}: ${verb}${name} ${where}${lost ? ", which reached nobody" : ""}`;
}

// What each lane ends with, at the right: its block, or what it waits for.
function drawEnds(run, plan, svg) {
  plan.lanes.forEach((lane, k) => {
    const text = lane.end, x = plan.x(run.span[1]) + 10, y = plan.y(k) + 4;
    if (text) make("text", { x, y, "font-weight": text.startsWith("block") ? 700 : 400 }, svg, text);
  });
}
