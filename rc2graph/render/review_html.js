
"use strict";
// Sorting, filters and folding for a page that can be read without them. It asks no server and keeps nothing.
(() => {
  const make = (tag, properties, ...inside) => {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...inside);
    return node;
  };
  const number = (text) => (/^-?[\d,]+(\.\d+)?(e[+-]?\d+)?$/.test(text) ? Number(text.replaceAll(",", "")) : NaN);
  const letters = new Intl.Collator("en", { numeric: true });

  // ---- sorting: up, down, and as it was; what has no value comes last

  const sort = (table, column, direction) => {
    const body = table.tBodies[0];
    const value = (row) => row.cells[column].textContent.trim();
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
    const next = { ascending: "descending", descending: null }[before];
    const chosen = next === undefined ? "ascending" : next;
    if (chosen) head.setAttribute("aria-sort", chosen);
    sort(table, head.cellIndex, { ascending: 1, descending: -1 }[chosen] ?? 0);
  };

  const sortable = (table) => {
    table.original = [...table.tBodies[0].rows];
    if (table.original.length < 2) return;
    for (const head of table.tHead.rows[0].cells) {
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
    const wanted = [...words(table.field), ...words(everywhere)];
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

  const filterPage = () => {
    tables.forEach(filter);
    const wanted = words(everywhere);
    for (const folded of document.querySelectorAll("details.question")) {
      const inside = [...folded.querySelectorAll("table.rows")];
      const hit = wanted.length > 0 && inside.some((table) => shown.get(table));
      if (hit && !folded.open) folded.open = folded.opened = true;
      else if (!hit && folded.opened) folded.open = folded.opened = false;
    }
    const rows = tables.reduce((sum, table) => sum + shown.get(table), 0);
    const hits = tables.filter((table) => shown.get(table)).length;
    const unseen = document.querySelectorAll(".question .box.unseen").length;
    status.textContent = !wanted.length ? "" :
      `“${wanted.join(" ")}”: ${rows.toLocaleString("en")} ${rows === 1 ? "row" : "rows"} in ${hits} ${hits === 1 ? "table" : "tables"}` +
      (unseen ? `; ${unseen} could not be answered in full` : "");
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
  if (tables.length) {
    const up = make("a", { href: "#summary", className: "filter" }, "Summary");
    document.body.prepend(make("div", { className: "bar" }, make("div", {}, label, up, status)));
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
