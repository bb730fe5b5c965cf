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
/** @typedef {(name: string, scope: View) => string} RenderBlock */
/** @typedef {(scope: View, host: Host, block: RenderBlock, up: () => Markup) => string} Block */
/**
 * @typedef {object} Template
 * @property {(scope: View, host: Host) => string | null} parent
 * @property {(scope: View, host: Host, block: RenderBlock) => string} root
 * @property {Record<string, Block>} blocks
 */
/** @typedef {{templates: Record<string, Template>, assets: Record<string, string>,
 *   icons: {frame: string, drawn: Record<string, string>}}} Built */

/** @param {string} template_name @param {View} view @param {string} locale */
export function render(template_name, view, locale) {
  return render_with({ templates, assets, icons: /** @type {any} */ (icons) }, template_name, view, translator(locale));
}

/** @param {Built} built @param {string} template_name @param {View} view @param {Translator} t */
export function render_with(built, template_name, view, t) {
  if ((view.locale ?? t.locale) !== t.locale) throw new Error(`the view says ${view.locale}, the page ${t.locale}`);
  return new Host(built, t).render(template_name, view);
}

/** What a template may ask for besides its view. */
class Host {
  /** @param {Built} built @param {Translator} t */
  constructor(built, t) {
    this.built = built;
    this.t = t;
    this.locale = t.locale;
  }

  /** @param {string} name @param {View} view */
  render(name, view) {
    /** Own names only: a view without "constructor" must not find Object's. @type {View} */
    const scope = Object.assign(Object.create(null), view);
    /** @type {Record<string, Block[]>} from the youngest template to the oldest */
    const blocks = {};
    let template = this.template(name);
    for (;;) {
      for (const [block, made] of Object.entries(template.blocks)) (blocks[block] ??= []).push(made);
      const parent = template.parent(scope, this);
      const html = template.root(scope, this, (block, seen) => this.block(blocks[block], seen, blocks));
      if (parent === null) return html;
      template = this.template(parent);
    }
  }

  /** @param {Block[]} family @param {View} scope @param {Record<string, Block[]>} blocks @returns {string} */
  block([youngest, ...older], scope, blocks) {
    const up = () => new Markup(this.block(older, scope, blocks));
    return youngest(scope, this, (name, seen) => this.block(blocks[name], seen, blocks), up);
  }

  /** @param {string} name */
  template(name) {
    return found(this.built.templates, name, "template");
  }

  /** @param {string} msgid @param {Record<string, unknown>} [values] */
  text(msgid, values = {}) {
    return markup(this.t.text(msgid), values);
  }

  /** @param {string} singular @param {string} plural @param {number} n @param {Record<string, unknown>} [values] */
  plural(singular, plural, n, values = {}) {
    return markup(this.t.plural(singular, plural, n), { n, ...values });
  }

  /** @param {string} name */
  asset(name) {
    return found(this.built.assets, name, "asset");
  }

  /** @param {string} name */
  icon(name) {
    const { frame, drawn } = this.built.icons;
    return new Markup(frame.replace("{}", () => found(drawn, name, "icon")));
  }
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
