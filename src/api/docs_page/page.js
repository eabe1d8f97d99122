// The API reference: draws /openapi.json. Text reaches the page as text nodes only, never as markup.
"use strict";

const methods = ["get", "post", "put", "patch", "delete"];
let api = {};

/** An element with attributes and children; a child that is no element becomes text. */
function el(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** The schema that a $ref names, else the schema itself. */
function resolved(schema) {
  if (!schema?.$ref) return schema ?? {};
  return schema.$ref.slice(2).split("/").reduce((at, part) => at?.[part], api) ?? {};
}

function refName(schema) {
  return schema?.$ref ? schema.$ref.split("/").pop() : null;
}

/** "array of Agent", "text or null", "one of a, b". */
function typeWords(schema) {
  if (!schema) return "anything";
  if (refName(schema)) return refName(schema);
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return "one of " + schema.enum.join(", ");
  if (schema.oneOf || schema.anyOf) return (schema.oneOf ?? schema.anyOf).map(typeWords).join(" or ");
  if (schema.type === "array") return "array of " + typeWords(schema.items);
  if (Array.isArray(schema.type)) return schema.type.join(" or ");
  return schema.type ?? "anything";
}

/** The members of an object as a table; what a member refers to can be opened in place. */
function membersTable(schema, seen) {
  const shape = resolved(schema);
  if (shape.type === "array" && !shape.properties) return membersTable(shape.items, seen);
  const rows = Object.entries(shape.properties ?? {}).map(([name, member]) => {
    const words = el("td", null, typeWords(member));
    const inner = member.type === "array" ? member.items : member;
    const target = refName(inner);
    const description = el("td", null, member.description ?? resolved(member).description ?? "");
    if (target && resolved(inner).properties && !seen.includes(target)) {
      const more = el("details", null, el("summary", null, target));
      more.addEventListener("toggle", () => {
        if (more.open && more.children.length === 1)
          more.append(el("div", { class: "body" }, membersTable(inner, [...seen, target])));
      });
      description.append(more);
    }
    const star = (shape.required ?? []).includes(name) ? "*" : "";
    return el("tr", null, el("td", null, el("code", null, name + star)), words, description);
  });
  if (!rows.length) return el("p", { class: "dim" }, typeWords(schema));
  return el("div", { class: "scroll" }, el("table", null, ...rows));
}

function parametersTable(parameters) {
  const rows = parameters.map((p) =>
    el("tr", null, el("td", null, el("code", null, p.name + (p.required ? "*" : ""))),
      el("td", null, p.in), el("td", null, typeWords(p.schema)), el("td", null, p.description ?? "")));
  return el("div", { class: "scroll" }, el("table", null, ...rows));
}

function curl(path, method, operation) {
  const parts = ["curl"];
  if (method !== "get") parts.push("-X", method.toUpperCase());
  if (!operation.security || operation.security.length) parts.push('-H "x-api-key: $KEY"');
  if (operation.requestBody?.content?.["application/json"])
    parts.push("-H 'content-type: application/json' -d '{…}'");
  parts.push(location.origin + path);
  return parts.join(" ");
}

/** What stands inside of an opened operation. */
function details(path, method, operation) {
  const body = el("div", { class: "body" }, el("p", null, operation.summary + ". ",
    el("span", { class: "dim" }, operation.operationId)), el("pre", null, curl(path, method, operation)));
  if (operation.description) body.append(el("p", null, operation.description));
  if (operation.parameters?.length) body.append(el("h3", null, "Parameters"), parametersTable(operation.parameters));
  for (const [media, content] of Object.entries(operation.requestBody?.content ?? {}))
    body.append(el("h3", null, "Body: " + media), membersTable(content.schema, []));
  for (const [status, response] of Object.entries(operation.responses)) {
    const content = Object.entries(response.content ?? {})[0];
    body.append(el("h3", null, `${status}: ${response.description}`,
      el("span", { class: "dim" }, content ? `  ${content[0]}, ${typeWords(content[1].schema)}` : "")));
    if (content && status.startsWith("2")) body.append(membersTable(content[1].schema, [refName(content[1].schema)]));
  }
  return body;
}

function operationElement(path, method, operation) {
  const later = !Object.keys(operation.responses).some((status) => status.startsWith("2"));
  const box = el("details", { id: operation.operationId, class: later ? "operation later" : "operation" },
    el("summary", null, el("span", { class: "method " + method }, method), el("code", null, path),
      el("span", { class: "says" }, operation.summary)));
  box.dataset.text = `${method} ${path} ${operation.operationId} ${operation.summary}`.toLowerCase();
  box.addEventListener("toggle", (event) => {
    if (event.target !== box || !box.open || box.children.length > 1) return;
    box.append(details(path, method, operation));
  });
  return box;
}

/** Shows what has all words of the search field, and groups with something in them. */
function filter() {
  const words = document.getElementById("find").value.toLowerCase().split(/\s+/);
  const onlyBuilt = document.getElementById("built").checked;
  for (const box of document.querySelectorAll(".operation"))
    box.hidden = !words.every((word) => box.dataset.text.includes(word)) ||
      (onlyBuilt && box.classList.contains("later"));
  for (const group of document.querySelectorAll("section")) {
    group.hidden = !group.querySelector(".operation:not([hidden])");
    document.getElementById("to-" + group.id).hidden = group.hidden;
  }
}

function openLinked() {
  const box = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!box) return;
  if (box.tagName === "DETAILS") box.open = true;
  box.scrollIntoView();
}

function draw() {
  const groups = new Map();
  for (const [path, item] of Object.entries(api.paths))
    for (const method of methods.filter((each) => item[each])) {
      const tag = item[method].tags?.[0] ?? "other";
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operationElement(path, method, item[method]));
    }
  const about = new Map((api.tags ?? []).map((tag) => [tag.name, tag.description]));
  for (const [tag, boxes] of groups) {
    const id = "group-" + tag;
    document.getElementById("groups").append(el("a", { href: "#" + id, id: "to-" + id }, tag));
    document.getElementById("operations").append(el("section", { id }, el("h2", null, tag),
      el("p", null, about.get(tag) ?? ""), ...boxes));
  }
  const count = document.querySelectorAll(".operation").length;
  document.getElementById("about").replaceChildren(
    `${api.info.title} ${api.info.version}, ${count} operations. ${api.info.description} The document: `,
    el("a", { href: "/openapi.json" }, "/openapi.json"));
  document.getElementById("find").addEventListener("input", filter);
  document.getElementById("built").addEventListener("change", filter);
  window.addEventListener("hashchange", openLinked);
  openLinked();
}

fetch("/openapi.json").then((answer) => answer.json()).then((document_) => {
  api = document_;
  draw();
}).catch((why) => {
  document.getElementById("about").textContent = "/openapi.json could not be read: " + why;
});
