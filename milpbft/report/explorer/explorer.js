"use strict";
// The panels of the runs: answer, facts, diagram, slider over ticks, filters, states, and events.

function element(name, attributes, parent, text) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  if (parent) parent.appendChild(node);
  return node;
}

class Panel {
  constructor(run, number, parent) {
    this.run = run;
    this.number = number;
    this.open = new Set();
    this.off = { kinds: new Set(), nodes: new Set() };
    this.root = element("section", { class: "run", "aria-label": run.name || run.title }, parent);
    run.tickWidth = Math.max(26, Math.min(70, 900 / (run.span[1] - run.span[0])));
    this.first = Math.ceil(run.span[0]);
    this.last = Math.floor(run.span[1]);
    this.tick = this.last;
    this.head();
    this.picture = element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "diagram, scrolls sideways" }, this.root);
    this.controls();
    this.filters();
    element("h2", {}, this.root, "What each node knows");
    this.states = element("div", { class: "states", tabindex: "0", role: "group", "aria-label": "states, scroll" }, this.root);
    element("h2", {}, this.root, "What happens at this tick");
    this.events = element("ol", { class: "events", tabindex: "0", "aria-live": "polite", "aria-label": "events, scroll" }, this.root);
    this.redraw();
  }

  head() {
    const { run, root } = this;
    const title = element("h1", {}, root);
    if (run.verdict) element("span", { class: "badge" }, title, run.verdict);
    title.append(run.name ? `${run.name}: ${run.title}` : run.title);
    if (run.answer) element("p", { class: "answer" }, root, run.answer);
    if (run.facts.length) {
      const details = element("details", {}, root);
      element("summary", {}, details, "evidence and sizes");
      const list = element("dl", { class: "facts" }, details);
      for (const [name, text] of run.facts) {
        element("dt", {}, list, name);
        element("dd", {}, list, text);
      }
    }
    if (run.source) element("p", { class: "source" }, root, run.source);
  }

  controls() {
    const bar = element("div", { class: "controls" }, this.root);
    const id = `tick-${this.number}`;
    element("label", { for: id }, bar, "until tick");
    this.slider = element("input", { id, type: "range", min: this.first, max: this.last, value: this.last, step: 1 }, bar);
    this.shown = element("output", { for: id }, bar);
    this.slider.addEventListener("input", () => this.show(Number(this.slider.value)));
    for (const [text, step] of [["◂ back", -1], ["forward ▸", 1]]) {
      element("button", { type: "button" }, bar, text).addEventListener("click", () => this.show(this.tick + step));
    }
  }

  filters() {
    const { run } = this;
    const kinds = element("fieldset", {}, this.root);
    element("legend", {}, kinds, "messages");
    run.kinds.forEach((kind, k) => this.filter(kinds, "kinds", k, kind.name, kind));
    const others = legendOf(run);
    if (others.length) {
      const list = element("ul", { class: "legend", "aria-label": "other marks" }, this.root);
      for (const [name, drawn] of others) {
        const item = element("li", {}, list);
        drawn(12, 12, make("svg", { width: 24, height: 24, "aria-hidden": "true" }, item));
        item.append(name);
      }
    }
    const nodes = element("fieldset", {}, this.root);
    element("legend", {}, nodes, "nodes");
    run.lanes.forEach(lane => this.filter(nodes, "nodes", lane.nodes, lane.name));
  }

  filter(parent, group, keys, name, style) {
    const label = element("label", { title: style ? style.rule : "" }, parent);
    const box = element("input", { type: "checkbox", checked: "" }, label);
    if (style) {
      const icon = make("svg", { width: 24, height: 24, "aria-hidden": "true" }, label);
      drawSymbol(style, 12, 12, icon, 0);
    }
    label.append(name);
    box.addEventListener("change", () => {
      for (const key of [keys].flat()) this.off[group][box.checked ? "delete" : "add"](key);
      this.show(this.tick);
    });
  }

  redraw() {
    this.picture.replaceChildren(draw(this.run, this.open, group => {
      this.open[this.open.has(group) ? "delete" : "add"](group);
      this.redraw();
    }));
    this.show(this.tick);
  }

  show(tick) {
    this.tick = Math.max(this.first, Math.min(this.last, tick));
    this.slider.value = this.tick;
    this.shown.textContent = `tick ${clock(this.run, this.tick)}`;
    for (const node of this.picture.querySelectorAll("[data-tick]")) {
      node.classList.toggle("later", Number(node.dataset.tick) > this.tick);
      const nodes = node.dataset.nodes.split(" ").map(Number), kind = Number(node.dataset.kind);
      const hidden = this.off.kinds.has(kind) || nodes.some(one => this.off.nodes.has(one));
      node.classList.toggle("hidden", hidden);
    }
    this.showStates();
    this.showEvents();
  }

  showStates() {
    const now = new Map(), { run } = this;
    for (const [tick, node, view, words] of run.states) if (tick <= this.tick) now.set(node, [tick, view, words]);
    if (!run.states.length) { this.states.textContent = "The nodes of this protocol do not say."; return; }
    const table = element("table", {});
    const head = element("tr", {}, element("thead", {}, table));
    for (const name of ["node", run.words[0], "state"]) element("th", { scope: "col" }, head, name);
    const body = element("tbody", {}, table);
    for (const lane of run.lanes) {
      if (lane.nodes.every(node => this.off.nodes.has(node))) continue;
      const found = now.get(lane.nodes[0]);
      const others = lane.nodes.filter(node => String(now.get(node)?.slice(1)) !== String(found?.slice(1))).length;
      const but = others ? ` (${run.names[lane.nodes[0]]}; ${others} of the others have other counts)` : "";
      const row = element("tr", found && found[0] === this.tick ? { class: "changed" } : {}, body);
      element("th", { scope: "row" }, row, lane.name);
      element("td", {}, row, found ? String(found[1]) : "");
      element("td", {}, row, found ? found[2].replace(/^in view \d+[,;]? ?/, "") + but : this.run.byzantine.includes(lane.nodes[0]) ? "does as the adversary likes" : "as at the start");
    }
    this.states.replaceChildren(table);
    if (run.ended) element("p", { class: "source" }, this.states, `Replicas followed this schedule until they differed from it: ${run.ended}`);
  }

  showEvents() {
    const { run } = this, told_ = [], seen = new Map();
    const laneOf = new Map(run.lanes.flatMap(lane => lane.nodes.map(node => [node, lane])));
    const once = key => {
      seen.set(key, (seen.get(key) || 0) + 1);
      return seen.get(key) === 1;
    };
    const name = node => laneOf.get(node).name;
    for (const [what, kind, tick, node, view, lost] of run.marks) {
      if (tick !== this.tick || this.off.nodes.has(node) || (what === "send" && this.off.kinds.has(kind))) continue;
      if (!once(`${what}/${kind}/${view}/${name(node)}`)) continue;
      told_.push([told(run, what, kind, tick, node, view, lost, name(node)), what === "send" ? run.kinds[kind].rule : run.rules[what] || ""]);
    }
    for (const [kind, view, from, to, sent, at] of run.arrows) {
      if (at !== this.tick || this.off.nodes.has(to) || this.off.kinds.has(kind)) continue;
      if (!once(`arrow/${kind}/${view}/${name(from)}/${name(to)}/${sent}`)) continue;
      told_.push([`${name(to)} receives ${run.kinds[kind].name} of ${run.words[0]} ${view} from ${name(from)}, sent at tick ${clock(run, sent)}`, ""]);
    }
    this.events.replaceChildren();
    if (!told_.length) element("li", {}, this.events, "nothing");
    for (const [text, rule] of told_) {
      const item = element("li", {}, this.events, text);
      if (rule) element("div", { class: "rule" }, item, `rule: ${rule}`);
    }
  }
}

const runs = JSON.parse(document.getElementById("data").textContent);
const panels = runs.map((run, k) => new Panel(run, k, document.getElementById("runs")));
document.addEventListener("keydown", event => {
  if (event.target.matches("input, [role=button]") || event.altKey || event.ctrlKey || event.metaKey) return;
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const end = { Home: "first", End: "last" }[event.key];
  if (!step && !end) return;
  event.preventDefault();
  for (const panel of panels) panel.show(step ? panel.tick + step : panel[end]);
});
