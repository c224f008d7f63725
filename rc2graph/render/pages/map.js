"use strict";
// An access map: lines between the cards, what a click on a person or a thing shows, and the names that are folded.
(() => {
  const SHOWN = 200;
  const make = (tag, properties, ...inside) => {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...inside);
    return node;
  };
  const count = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;

  for (const map of document.querySelectorAll(".map")) {
    const { ways, sets, groups, edges } = JSON.parse(map.querySelector("script").textContent);
    const layers = map.querySelector(".layers");
    const panel = map.querySelector(".panel");
    const cards = [...map.querySelectorAll(".group")];
    const nodes = [...map.querySelectorAll(".node")];
    const lines = layers.querySelector("svg");
    const called = ([username, name]) => (name && name !== username ? [username ?? name, username ? name : ""] : [username ?? "", ""]);
    const kind = (by) => by.replace(" ", "-").toLowerCase();

    // ---- lines

    const between = edges.map(([start, end, by]) => ({ from: nodes[start], to: nodes[end], by, start, end }));
    groups.forEach((group, n) => {
      const begun = new Map();
      for (const set of new Set(group.people.map((person) => person[2]))) {
        for (const way of sets[set]) {
          for (const [end] of ways[way].trails) {
            if (!begun.has(end) || way === group.way) begun.set(end, ways[way].by);
          }
        }
      }
      begun.forEach((by, end) => between.push({ from: cards[n], to: nodes[end], by, group: n, end }));
    });
    for (const line of between) {
      line.path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      line.path.setAttribute("class", kind(line.by));
      lines.append(line.path);
    }
    const draw = () => {
      const origin = layers.getBoundingClientRect();
      const scale = origin.width / layers.offsetWidth || 1;
      const ends = new Map();
      const end = (card) => {
        if (!ends.has(card)) {
          const box = card.getBoundingClientRect();
          ends.set(card, [box.left, box.right, (box.top + box.bottom) / 2].map((at, n) => (at - (n < 2 ? origin.left : origin.top)) / scale));
        }
        return ends.get(card);
      };
      const curve = (x1, y1, x2, y2) => `C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}`;
      for (const { from, to, path } of between) {
        const [, x1, y1] = end(from);
        const [x2, , y2] = end(to);
        let [x, y, way] = [x1, y1, `M${x1} ${y1}`];
        // a layer that the line only passes: above or below its cards
        for (let layer = from.parentNode.nextElementSibling; layer !== to.parentNode; layer = layer.nextElementSibling) {
          const box = layer.getBoundingClientRect();
          const [left, right] = [box.left, box.right].map((at) => (at - origin.left) / scale);
          const [top, bottom] = [layer.firstElementChild.getBoundingClientRect().top, layer.lastElementChild.getBoundingClientRect().bottom]
            .map((at, n) => (at - origin.top) / scale + (n ? 12 : -12));
          const by = Math.abs((y1 + y2) / 2 - top) <= Math.abs((y1 + y2) / 2 - bottom) ? top : bottom;
          way += `${curve(x, y, left, by)}H${right}`;
          [x, y] = [right, by];
        }
        path.setAttribute("d", way + curve(x, y, x2, y2));
      }
    };
    new ResizeObserver(draw).observe(layers);
    addEventListener("beforeprint", () => { map.classList.add("printing"); draw(); });
    addEventListener("afterprint", () => { map.classList.remove("printing"); draw(); });

    // ---- what is chosen

    let pressed = null;
    const show = (button, title, chosen, mine, inside) => {
      pressed?.setAttribute("aria-pressed", "false");
      pressed = button;
      pressed?.setAttribute("aria-pressed", "true");
      const on = new Set(chosen.flatMap((way) => ways[way].trails.flat()));
      const pairs = new Set(chosen.flatMap((way) => ways[way].trails.flatMap((trail) => trail.slice(1).map((node, n) => `${trail[n]} ${node}`))));
      const first = new Set(chosen.flatMap((way) => ways[way].trails.map((trail) => trail[0])));
      map.classList.toggle("chosen", button !== null);
      nodes.forEach((node, n) => node.classList.toggle("on", on.has(n)));
      cards.forEach((card, n) => card.classList.toggle("on", mine(n)));
      for (const line of between) {
        const lit = line.group === undefined ? pairs.has(`${line.start} ${line.end}`) : cards[line.group].classList.contains("on") && first.has(line.end);
        line.path.classList.toggle("on", lit);
      }
      const close = make("button", { type: "button", className: "close" }, "Close");
      close.addEventListener("click", clear);
      panel.replaceChildren(...(button ? [close, make("p", { className: "title" }, title), ...inside] : []));
      panel.hidden = button === null;
    };
    const clear = () => {
      const before = pressed;
      show(null, "", [], () => false, []);
      before?.focus();
    };
    const told = (way) => {
      const { by, text, how, condition } = ways[way];
      return make("li", {}, `${text} (${by})`, ...[condition && `Only if ${condition}.`, how].filter(Boolean).map((one) => make("p", {}, make("small", {}, one))));
    };
    const choose = (button, person) => {
      const [first, second] = called(person);
      const title = second ? `${first}, ${second}` : first;
      show(button, title, sets[person[2]], (n) => groups[n].people.includes(person), [make("ul", {}, ...sets[person[2]].map(told))]);
    };
    map.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (!button || button.closest(".panel, .found")) return;
      if (button === pressed) return clear();
      const card = button.closest(".group");
      if (card && button.dataset.person) return choose(button, groups[cards.indexOf(card)].people[button.dataset.person]);
      const node = button.closest(".node");
      if (!node) return;
      const number = nodes.indexOf(node);
      const through = ways.map((way, n) => n).filter((n) => ways[n].trails.flat().includes(number));
      const holds = sets.map((set) => set.some((way) => through.includes(way)));
      const having = groups.map((group) => group.people.filter((person) => holds[person[2]]));
      const people = having.flat();
      const left = groups.reduce((sum, group) => sum + group.left, 0);
      show(button, button.textContent.trim(), through, (n) => having[n].length > 0, [
        make("p", {}, `${left ? "At least " : ""}${count(people.length, "account")}: ${people.slice(0, SHOWN).map((one) => called(one)[0]).join(", ")}${people.length > SHOWN ? ", …" : ""}`),
        make("ul", {}, ...through.map(told)),
      ]);
    });
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && pressed) clear();
    });

    // ---- names that are folded, when they are opened

    const person = (group, number) => {
      const [first, second] = called(groups[group].people[number]);
      const button = make("button", { type: "button" }, first, ...(second ? [" ", make("small", {}, second)] : []));
      button.dataset.person = number;
      button.setAttribute("aria-pressed", "false");
      return make("li", {}, button);
    };
    cards.forEach((card, n) => {
      const folded = card.querySelector("details");
      folded?.addEventListener("toggle", () => {
        const list = folded.querySelector("ul");
        if (folded.open && !list.dataset.full) {
          list.dataset.full = "yes";
          list.replaceChildren(...groups[n].people.slice(0, SHOWN).map((_, number) => person(n, number)));
          const more = groups[n].people.length + groups[n].left - SHOWN;
          if (more > 0) list.append(make("li", {}, make("small", {}, `and ${more.toLocaleString("en")} more: find them above`)));
        }
      });
    });

    // ---- find a person

    const input = make("input", { type: "search", autocomplete: "off", spellcheck: false });
    const found = make("ul", {});
    let timer;
    const find = () => {
      const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      const hits = [];
      if (wanted.length) {
        groups.forEach((group, n) => group.people.forEach((one, number) => {
          if (hits.length <= SHOWN && wanted.every((word) => `${one[0] ?? ""} ${one[1] ?? ""}`.toLowerCase().includes(word))) hits.push([n, number]);
        }));
      }
      const list = hits.slice(0, 20).map(([n, number]) => {
        const item = person(n, number);
        const button = item.firstChild;
        button.addEventListener("click", () => choose(button, groups[n].people[number]));
        return item;
      });
      found.replaceChildren(...list, ...(hits.length > 20 ? [make("li", {}, make("small", {}, "and more: type more of the name"))] : []));
      found.hidden = !wanted.length;
      if (wanted.length && !hits.length) found.append(make("li", {}, make("small", {}, "Nobody of this name is in the map.")));
    };
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(find, 120);
    });
    found.className = "found";
    found.hidden = true;
    map.querySelector(".frame").before(make("label", { className: "filter" }, "Find a person", input), found);
    panel.hidden = true;
    draw();
  }
})();
