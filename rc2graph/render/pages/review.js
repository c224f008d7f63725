
"use strict";
// Sorting, filters and folding for a page that can be read without them. It asks no server and keeps nothing.
(() => {
  const make = (tag, properties, ...inside) => {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...inside);
    return node;
  };
  const number = (text) => (/^-?[\d,]+(\.\d+)?(e[+-]?\d+)?$/.test(text) ? Number(text.replaceAll(",", "")) : NaN);
  const counted = (text) => (text === "none" ? "0" : text === "not visible" ? "" : text.replace("at least ", ""));
  const letters = new Intl.Collator("en", { numeric: true });

  // ---- sorting: up, down, and as it was; what has no value comes last

  const sort = (table, column, direction) => {
    const body = table.tBodies[0];
    const value = (row) => counted(row.cells[column].textContent.trim());
    const rows = table.original.map((row) => ({ row, text: value(row) }));
    if (direction) {
      const filled = rows.filter((one) => one.text);
      const numbers = filled.every((one) => !Number.isNaN(number(one.text)));
      const compare = numbers ? (a, b) => number(a.text) - number(b.text) : (a, b) => letters.compare(a.text, b.text);
      filled.sort((a, b) => direction * compare(a, b));
      body.append(...filled.map((one) => one.row), ...rows.filter((one) => !one.text).map((one) => one.row));
    } else {
      body.append(...table.original);
    }
  };

  const press = (table, head) => {
    const before = head.getAttribute("aria-sort");
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    const order = head.dataset.down ? ["descending", "ascending", null] : ["ascending", "descending", null];
    const chosen = order[(order.indexOf(before) + 1) % 3];
    if (chosen) head.setAttribute("aria-sort", chosen);
    sort(table, head.cellIndex, { ascending: 1, descending: -1 }[chosen] ?? 0);
  };

  const sortable = (table) => {
    table.original = [...table.tBodies[0].rows];
    if (table.original.length < 2) return;
    for (const head of table.tHead.rows[0].cells) {
      // what counts findings is sorted downwards first
      if (table.matches(".summary") && table.original[0].cells[head.cellIndex].matches(".verdict, .n")) head.dataset.down = "yes";
      const button = make("button", { type: "button", title: "Sort" }, ...head.childNodes);
      button.addEventListener("click", () => press(table, head));
      head.append(button);
    }
  };

  // ---- filters: a row stays while it holds every word of its table's field and of the page's

  const words = (field) => (field ? field.value.toLowerCase().split(/\s+/).filter(Boolean) : []);
  const tables = [...document.querySelectorAll("table.rows")];
  const shown = new Map();
  let everywhere;

  const told = (row) => (row.told ??= [...row.cells].map((cell) => cell.textContent).join("\n").toLowerCase());

  const filter = (table) => {
    const wanted = [...words(table.field), ...(table.whole ? [] : words(everywhere))];
    let left = 0;
    for (const row of table.original) {
      const stays = !wanted.length || wanted.every((word) => told(row).includes(word));
      if (row.hidden === stays) row.hidden = !stays;
      left += stays;
    }
    shown.set(table, left);
    const all = table.original.length;
    table.status.textContent = wanted.length ? `Filtered by “${wanted.join(" ")}”: ${left.toLocaleString("en")} of ${all.toLocaleString("en")} rows` : "";
  };

  // the page's own filter, and the cards: what has no hit goes, but for what could not be answered in full

  const sections = [...document.querySelectorAll(".question")];
  const summary = document.querySelector("table.summary");
  const cards = [...document.querySelectorAll(".score li")];
  let kind = "";
  let hits = [];
  let current = -1;

  const kinds = new Map(sections.map((section) => [section.id, new Set([section.dataset.kind])]));
  for (const row of summary.tBodies[0].rows) kinds.get(row.dataset.question)?.add(row.dataset.kind);

  const go = (to) => {
    if (hits[current]) hits[current].classList.remove("hit");
    if (!hits.length) return;
    current = (to + hits.length) % hits.length;
    hits[current].classList.add("hit");
    hits[current].scrollIntoView({ block: "center", behavior: "instant" });
  };

  const filterPage = () => {
    const wanted = words(everywhere);
    const named = (section) => wanted.length > 0 && wanted.every((word) => section.titled.includes(word));
    hits[current]?.classList.remove("hit");
    hits = [];
    current = -1;
    let rows = 0;
    let held = 0;
    const stays = new Map();
    for (const section of sections) {
      section.titled ??= section.querySelector("h2, h3").textContent.toLowerCase() + " " + section.id.slice(2);
      const whole = named(section);
      let left = 0;
      for (const table of section.querySelectorAll("table.rows")) {
        table.whole = whole;
        filter(table);
        left += shown.get(table);
        held += wanted.length > 0 && shown.get(table) > 0;
      }
      rows += left;
      const ofKind = !kind || kinds.get(section.id).has(kind);
      const unseen = section.querySelector(".box.unseen") !== null;
      const hit = ofKind && (!wanted.length || whole || left > 0);
      section.hidden = !(hit || (ofKind && unseen));
      stays.set(section.id, !section.hidden);
      if (hit && wanted.length) hits.push(section.querySelector("table.rows tbody tr:not([hidden])") ?? section);
      if (section instanceof HTMLDetailsElement) {
        if (hit && wanted.length && !section.open) section.open = section.opened = true;
        else if ((!hit || !wanted.length) && section.opened) section.open = section.opened = false;
      }
    }
    for (const row of summary.tBodies[0].rows) row.hidden = !stays.get(row.dataset.question) || (kind && row.dataset.kind !== kind);
    for (const card of cards) {
      const button = card.querySelector("button");
      button.setAttribute("aria-pressed", String(kind === card.dataset.kind));
      const left = [...summary.tBodies[0].rows].filter((row) => row.dataset.kind === card.dataset.kind && stays.get(row.dataset.question)).length;
      if (!kind || kind === card.dataset.kind) card.querySelector("b").textContent = (wanted.length || kind ? left : Number(card.dataset.number)).toLocaleString("en");
    }
    for (const section of document.querySelectorAll(".inventories")) section.hidden = [...section.querySelectorAll(".question")].every((one) => one.hidden);
    const unseen = document.querySelectorAll(".question .box.unseen").length;
    status.textContent = !wanted.length ? "" :
      `“${wanted.join(" ")}”: ${rows.toLocaleString("en")} ${rows === 1 ? "row" : "rows"} in ${held} ${held === 1 ? "table" : "tables"}` +
      (unseen ? `; ${unseen} could not be answered in full` : "") + (hits.length > 1 ? ". Enter: the next" : "");
    if (wanted.length) go(0);
  };

  const later = (work) => {
    let timer;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(work, 120);
    };
  };

  const field = (label, work) => {
    const input = make("input", { type: "search", autocomplete: "off", spellcheck: false });
    input.addEventListener("input", later(work));
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && input.value) {
        input.value = "";
        work();
      }
    });
    return [make("label", { className: "filter" }, label, input), input];
  };

  const live = () => {
    const node = make("span", { className: "status" });
    node.setAttribute("role", "status");
    return node;
  };

  for (const table of document.querySelectorAll("table.summary, table.rows")) sortable(table);
  for (const table of tables) {
    const [label, input] = field("Filter", () => filter(table));
    table.field = input;
    table.status = live();
    label.hidden = table.original.length < 2;
    table.parentNode.before(make("div", { className: "tools" }, label, table.status));
  }
  const [label, input] = field("Filter all tables", filterPage);
  const status = live();
  everywhere = input;
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") go(event.shiftKey ? current - 1 : current + 1);
  });
  for (const card of cards) {
    card.dataset.number = card.querySelector("b").textContent.replaceAll(",", "");
    const button = make("button", { type: "button" }, ...card.childNodes);
    button.setAttribute("aria-pressed", "false");
    button.disabled = card.dataset.number === "0";
    button.addEventListener("click", () => {
      kind = kind === card.dataset.kind ? "" : card.dataset.kind;
      filterPage();
    });
    card.append(button);
  }
  if (tables.length) {
    const up = make("a", { href: "#summary", className: "filter" }, "Summary");
    const bar = make("div", { className: "bar" }, make("div", {}, label, up, status));
    bar.setAttribute("role", "search");
    document.body.prepend(bar);
  }

  // ---- folded parts: open where a link leads into one, and on paper

  const reach = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) target.open = true;
  };
  addEventListener("hashchange", reach);
  reach();
  addEventListener("beforeprint", () => {
    for (const folded of document.querySelectorAll("details:not([open])")) folded.open = folded.printed = true;
  });
  addEventListener("afterprint", () => {
    for (const folded of document.querySelectorAll("details")) if (folded.printed) folded.open = folded.printed = false;
  });
})();
