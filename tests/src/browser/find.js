// Finds things on a page as a person does: by the words beside them. The last line is the value.
(() => {
  const clean = (text) => (text ?? "").replace(/\s+/g, " ").trim();
  const shown = (element) => element.getClientRects().length > 0;
  const byId = (ids) => clean((ids ?? "").split(/\s+/).map((id) => document.getElementById(id)?.innerText).join(" "));
  const name = (element) =>
    clean(element.getAttribute("aria-label")) || byId(element.getAttribute("aria-labelledby")) ||
    clean(element.innerText) || clean(element.value);
  const best = (elements, wanted, words) =>
    elements.find((element) => words(element).some((word) => word === wanted)) ??
    elements.find((element) => words(element).some((word) => word.startsWith(wanted)));
  const point = (element) => {
    if (!element) return null;
    element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    const { left, top, width, height } = element.getBoundingClientRect();
    const [x, y] = [left + width / 2, top + height / 2];
    const hit = document.elementFromPoint(x, y);
    // Whatever lies over it would get the click.
    if (!hit || !(element.contains(hit) || hit.contains(element))) return null;
    return { x, y };
  };
  const field = (label) => {
    const fields = [...document.querySelectorAll("input:not([type=hidden]), textarea, select")].filter(shown);
    return best(fields, label, (field) => [...[...(field.labels ?? [])].map((label) => clean(label.innerText)), name(field), clean(field.placeholder)]);
  };
  const press = (label) => {
    const all = [...document.querySelectorAll("button, input[type=submit], a[href], summary, [role=button]")];
    return best(all.filter(shown), label, (element) => [name(element)]);
  };
  return {
    press: (label) => point(press(label)),
    field: (label) => {
      const found = field(label);
      found?.focus();
      found?.select?.();
      return Boolean(found) && document.activeElement === found;
    },
    value: (label) => field(label)?.value ?? null,
    text: () => document.body?.innerText ?? "",
    ready: () => document.readyState === "complete",
    // What a screen reader would have to guess (what is folded away has no words until it is unfolded): controls without a name, pictures without words, no language, no title.
    unnamed: () => [
      ...[...document.querySelectorAll("input:not([type=hidden]), textarea, select")]
        .filter((field) => field.checkVisibility() && ![...(field.labels ?? [])].some((label) => clean(label.innerText)) && !clean(field.getAttribute("aria-label"))),
      ...[...document.querySelectorAll("button, a[href]")].filter((element) => element.checkVisibility() && !name(element)),
      ...[...document.querySelectorAll("img:not([alt]), svg:not([role=img])")].filter((picture) => !picture.closest("[aria-hidden=true]")),
    ].map((element) => element.outerHTML.slice(0, 120))
      .concat(document.documentElement.lang ? [] : ["no language"], clean(document.title) ? [] : ["no title"]),
    overflow: () => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth),
  };
})()
