/**
 * Templates in, HTML out, in the service worker: the other half of server/render.py.
 * The templates were compiled by pwa/compile_templates.py; nothing is evaluated here.
 */
import { assets } from "../build/generated/assets.js";
import { icons } from "../build/generated/icons.js";
import { templates } from "../build/generated/templates.js";
import { Markup, escape } from "./template_runtime.js";
import { filled, translator } from "./translations.js";

/** @typedef {import("./translations.js").Translator} Translator */
/** @typedef {Record<string, unknown>} View */
/** @typedef {(name: string, scope: View) => Markup} RenderBlock */
/** @typedef {(scope: View, block: RenderBlock, up: () => Markup) => Markup} Block */
/**
 * @typedef {object} Template
 * @property {(scope: View) => string} [parent]
 * @property {(scope: View, block: RenderBlock) => Markup} root
 * @property {Record<string, Block>} blocks
 */
/** @typedef {(template_name: string, view: View) => string} Renderer */
/** @typedef {{templates: (host: any) => Record<string, Template>, assets: Record<string, string>,
 *   icons: {frame: string, drawn: Record<string, string>}}} Built */

/** By language, because making two hundred templates takes as long as rendering a page.
 * @type {WeakMap<Translator, Renderer>} */
const renderers = new WeakMap();

/** @param {string} template_name @param {View} view @param {string} locale */
export function render(template_name, view, locale) {
  const t = translator(locale);
  const known = renderers.get(t) ?? renderer_of({ templates, assets, icons: /** @type {any} */ (icons) }, t);
  renderers.set(t, known);
  return known(template_name, view);
}

/** @param {Built} built @param {Translator} t @returns {Renderer} */
export function renderer_of({ templates, assets, icons }, t) {

  /** What a template may ask for besides its view. */
  const compiled = templates({
    locale: t.locale,
    /** @param {string} msgid @param {Record<string, unknown>} [values] */
    text: (msgid, values = {}) => markup(t.text(msgid), values),
    /** @param {string} singular @param {string} plural @param {number} n @param {Record<string, unknown>} [values] */
    plural: (singular, plural, n, values = {}) => markup(t.plural(singular, plural, n), { n, ...values }),
    /** @param {string} name */
    asset: (name) => found(assets, name, "asset"),
    /** @param {string} name */
    icon: (name) => new Markup(icons.frame.replace("{}", () => found(icons.drawn, name, "icon"))),
    include,
  });
  return (template_name, view) => {
    if ((view.locale ?? t.locale) !== t.locale) throw new Error(`view in ${view.locale}`);
    return include(template_name, view).html;
  };

  /** @param {string} name @param {View} view */
  function include(name, view) {
    /** Own names only: a view without "constructor" must not find Object's. @type {View} */
    const scope = Object.assign(Object.create(null), view);
    /** @type {Record<string, Block[]>} from the youngest template to the oldest */
    const blocks = {};
    for (;;) {
      const { root, parent, blocks: own } = found(compiled, name, "template");
      for (const [block, made] of Object.entries(own)) (blocks[block] ??= []).push(made);
      const next = parent?.(scope);
      const html = root(scope, (block, seen) => fill(blocks[block], seen, blocks));
      if (next === undefined) return html;
      name = next;
    }
  }
}

/** @param {Block[]} family @param {View} scope @param {Record<string, Block[]>} blocks @returns {Markup} */
function fill([youngest, ...older], scope, blocks) {
  return youngest(scope, (name, seen) => fill(blocks[name], seen, blocks), () => fill(older, scope, blocks));
}

/** Translations are text, not markup: what they say and what they are given is escaped.
 * @param {string} text @param {Record<string, unknown>} values */
function markup(text, values) {
  return new Markup(filled(escape(text), values, escape));
}

/** @template T @param {Record<string, T>} built @param {string} name @param {string} kind @returns {T} */
function found(built, name, kind) {
  if (!Object.hasOwn(built, name)) throw new RangeError(`no ${kind} ${name} was built`);
  return built[name];
}
