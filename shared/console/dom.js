// Describes elements, and makes the document so, in place: focus, scroll and typed text stay.

const SVG = "http://www.w3.org/2000/svg";
const KEY = Symbol("key");
const PROPS = Symbol("props");
const HANDLERS = Symbol("handlers");

/**
 * Describe an element. Of its props `key` names it among its siblings, `on…` is a listener, `css`
 * holds custom properties, `ref` is called once with the element; the others are attributes.
 */
export function h(tag, props, ...children) {
  return { tag, props: props ?? {}, key: props?.key, children: flat(children, []) };
}

function flat(children, into) {
  for (const child of children) {
    if (Array.isArray(child)) flat(child, into);
    else if (typeof child === "string" || typeof child === "number") join(into, String(child));
    else if (child) into.push(child);
  }
  return into;
}

/** Texts side by side are one: the document would not keep them apart. */
function join(into, text) {
  const last = into.length - 1;
  if (typeof into[last] === "string") into[last] += text;
  else if (text) into.push(text);
}

/** Make the children of an element what is described, and give focus back to what had it. */
export function paint(root, ...children) {
  const focused = document.activeElement;
  patch(root, flat(children, []));
  if (focused && focused !== document.activeElement && root.contains(focused)) {
    focused.focus({ preventScroll: true });
  }
}

function patch(parent, wanted) {
  const there = [...parent.childNodes];
  const keyed = new Map();
  for (const node of there) if (node[KEY] !== undefined) keyed.set(node[KEY], node);
  const used = new Set();
  let next = 0;
  const nodes = wanted.map((each) => {
    let found = null;
    if (typeof each !== "string" && each.key !== undefined) {
      found = keyed.get(each.key) ?? null;
    } else {
      while (next < there.length && there[next][KEY] !== undefined) next += 1;
      found = there[next] ?? null;
      if (found && fits(found, each)) next += 1;
    }
    if (!found || used.has(found) || !fits(found, each)) found = make(parent, each);
    used.add(found);
    return found;
  });
  for (const node of there) if (!used.has(node)) node.remove();
  nodes.forEach((node, index) => {
    const now = parent.childNodes[index];
    if (now !== node) parent.insertBefore(node, now ?? null);
    fill(node, wanted[index]);
  });
}

function fits(node, wanted) {
  if (typeof wanted === "string") return node.nodeType === Node.TEXT_NODE;
  return node.nodeType === Node.ELEMENT_NODE && node.localName === wanted.tag;
}

function make(parent, wanted) {
  if (typeof wanted === "string") return document.createTextNode(wanted);
  const inSvg = wanted.tag === "svg" || parent.namespaceURI === SVG;
  const element = inSvg
    ? document.createElementNS(SVG, wanted.tag)
    : document.createElement(wanted.tag);
  if (wanted.key !== undefined) element[KEY] = wanted.key;
  return element;
}

function fill(node, wanted) {
  if (typeof wanted === "string") {
    if (node.data !== wanted) node.data = wanted;
    return;
  }
  const { props } = wanted;
  const before = node[PROPS];
  for (const name in before) if (!(name in props)) set(node, name, undefined);
  for (const name in props) {
    if (name !== "value" && before?.[name] !== props[name]) set(node, name, props[name]);
  }
  node[PROPS] = props;
  if (!props.opaque) patch(node, wanted.children);
  if ("value" in props) setValue(node, props.value); // a list has to have its choices first
  if ("checked" in props) node.checked = Boolean(props.checked);
  if (!before) props.ref?.(node);
}

function set(element, name, value) {
  if (["key", "ref", "opaque", "checked"].includes(name)) return;
  if (name.startsWith("on")) return listen(element, name.slice(2).toLowerCase(), value);
  if (name === "css") {
    for (const each in value) element.style.setProperty(each, value[each]);
  } else if (value === undefined || value === null || value === false) {
    element.removeAttribute(name);
  } else {
    element.setAttribute(name, value === true ? "" : value);
  }
}

/** Whoever types is not written over. */
function setValue(element, value) {
  const text = value ?? "";
  if (element.value === text) return;
  if (element === document.activeElement && element.localName !== "select") return;
  element.value = text;
}

/** An element listens once to a kind of event; what is done about it may change. */
function listen(element, type, handler) {
  const handlers = (element[HANDLERS] ??= {});
  if (!(type in handlers)) {
    element.addEventListener(type, (event) => element[HANDLERS][type]?.(event));
  }
  handlers[type] = handler;
}
