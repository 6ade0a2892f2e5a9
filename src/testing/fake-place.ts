import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { byteString } from '../base/byte-string.ts'
import { compileRegex } from '../base/regex.ts'
import { DeclaredZones } from '../kernel/directive/declared-zones.ts'
import type { ConfigOf, Directives, Entry } from '../kernel/directive/directive.ts'
import { ConfigError, type Mark } from '../kernel/directive/mark.ts'
import type { Place, Plugin } from '../kernel/plugin-record.ts'
import type { TempPath } from '../kernel/settings/temp-path.ts'
import { namedCapture } from '../kernel/variable/captures.ts'
import { Variables, type VariableTable } from '../kernel/variable/registry.ts'
import { constant, parseTemplate, type Template } from '../kernel/variable/template.ts'
import common from '../plugins/variables/index.ts'
import { TempFolder } from '../storage/temp/temp-folder.ts'
import type { Setup } from './index.ts'
import { splitWords } from './words.ts'

const MARK: Mark = { file: 'test', line: 1, column: 1 }

/** Reads directives and prepares a plugin for one place, as the configuration does. */
export class FakePlace<D extends Directives, P> implements Place {
  readonly scope: 'server' | 'location'
  readonly name = '/'
  readonly mark = MARK
  readonly serverNames = ['localhost']
  readonly root: Template
  readonly bodyFolder = new TempFolder(tmpdir(), [])
  readonly warnings: string[] = []
  readonly values: ConfigOf<D>
  readonly config: P | undefined
  readonly #setup: Setup<D>
  readonly #zones = new DeclaredZones()

  constructor(plugin: Plugin<D, P>, setup: Setup<D>) {
    this.#setup = setup
    this.scope = setup.scope ?? 'location'
    this.root = setup.settings?.root ?? constant('html')
    this.values = this.#read(plugin)
    this.config = plugin.prepare ? plugin.prepare(this.values, this) : (this.values as unknown as P)
  }

  tempFolder({ levels }: TempPath): TempFolder {
    return new TempFolder(tmpdir(), levels)
  }

  configured(directive: string): boolean {
    const { directives, values } = this.#setup
    return directive in { ...directives, ...values }
  }

  value(directive: string): unknown {
    return (this.values as Readonly<Record<string, unknown>>)[directive]
  }

  markOf(directive: string): Mark | undefined {
    return this.configured(directive) ? MARK : undefined
  }

  warn(text: string): void {
    this.warnings.push(text)
  }

  fail(text: string): never {
    throw new ConfigError(MARK, text)
  }

  #read(plugin: Plugin<D, P>): ConfigOf<D> {
    const variables = variablesOf(plugin)
    const known: Directives = plugin.directives ?? {}
    const values = new Map(Object.entries(known).map(([name, { initial }]) => [name, initial]))
    for (const [name, value] of Object.entries(this.#setup.values ?? {})) values.set(name, value)
    const written = new Map<unknown, unknown>()
    for (const [name, texts] of Object.entries(this.#setup.directives ?? {})) {
      const directive = known[name] ?? this.fail(`unknown directive "${name}"`)
      for (const text of typeof texts === 'string' ? [texts] : texts) {
        const entry = this.#entry(name, splitWords(text), variables)
        const { min, max } = directive.shape
        if (entry.args.length < min || entry.args.length > max) {
          this.fail(`invalid number of arguments in "${name}" directive`)
        }
        const key = directive.sequence ?? directive
        written.set(key, directive.read(entry, written.get(key)))
      }
    }
    for (const [name, directive] of Object.entries(known)) {
      const key = directive.sequence ?? directive
      if (written.has(key)) values.set(name, written.get(key))
    }
    return Object.freeze(Object.fromEntries(values)) as ConfigOf<D>
  }

  #entry(name: string, args: readonly string[], variables: Variables): Entry {
    const variable: Entry['variable'] = (word) => {
      return variables.getter(word) ?? this.fail(`unknown variable "$${word}"`)
    }
    return {
      name,
      args,
      mark: MARK,
      scope: this.scope,
      template: (text) => parseTemplate(byteString(text), variable),
      variable,
      lookUp: (word) => variables.getter(word),
      define: (word, getter) => variables.define(word, getter),
      assign: (word, unset) => {
        return variables.assign(word, unset) ?? this.fail(`the duplicate "${word}" variable`)
      },
      upstream: (word) => this.#setup.upstreams?.[word] ?? this.fail(`no upstream "${word}"`),
      zone: (word, kind, size) => {
        const zone = this.#zones.zone(word, kind, size ?? 0, MARK)
        return typeof zone === 'string' ? this.fail(`${name}: ${zone}`) : zone
      },
      path: (text) => (text.startsWith('$') ? text : resolve(this.#setup.prefix ?? '.', text)),
      regex: (source, flags) => {
        const regex = compileRegex(source, flags)
        const match = new RegExp(`${regex.source}|`, regex.flags).exec('')
        for (const group of Object.keys(match?.groups ?? {})) {
          variables.define(group, namedCapture(group))
        }
        return regex
      },
      at: () => this.#entry(name, args, variables),
      fail: (text, hint) => {
        throw new ConfigError(MARK, `${name}: ${text}`, hint)
      },
      warn: (text) => this.warn(`${name}: ${text}`),
    }
  }
}

/** The variables of every request and the plugin's own. */
function variablesOf(plugin: VariableTable): Variables {
  return new Variables([common, plugin])
}
