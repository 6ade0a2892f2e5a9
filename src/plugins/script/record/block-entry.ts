import {
  ConfigError,
  type Entry,
  type Getter,
  type Mark,
  type Node,
  type Setter,
  type SharedZone,
  type Template,
  type Upstream,
} from 'gateway/plugin'

const KNOWN_TOO_LATE = 'names a variable, which is known too late here'
const NAMED = 'name the plugin under plugins, with isolation=sandbox'

/** A directive of a plugin that is written in the `directives` of a `script`: as one of the location's. */
export class BlockEntry implements Entry {
  readonly name: string
  readonly args: readonly string[]
  readonly block?: readonly Node[]
  readonly mark: Mark
  readonly scope = 'location'
  readonly #line: Entry
  readonly #node: Node

  /** `line` is the `script` that it stands in. */
  constructor(line: Entry, node: Node, mark = node.mark) {
    this.name = node.name
    this.args = node.args
    if (node.block) this.block = node.block
    this.mark = mark
    this.#line = line.at(mark)
    this.#node = node
  }

  /** The same with what was written as a mapping in the form of parameters: `name=value`. */
  get asParameters(): BlockEntry {
    const { args, block = [], mark, name } = this.#node
    const parameters = block.map((each) => {
      const value = each.args.join(' ')
      return value === 'on' ? each.name : `${each.name}=${value}`
    })
    return new BlockEntry(this.#line, { name, args: [...args, ...parameters], mark })
  }

  template(text: string): Template {
    return this.#line.template(text)
  }

  variable(name: string): Getter {
    return this.#line.variable(name)
  }

  regex(source: string, flags?: 'i' | ''): RegExp {
    return this.#line.regex(source, flags)
  }

  at(mark: Mark): Entry {
    return new BlockEntry(this.#line, this.#node, mark)
  }

  fail(text: string, hint?: string): never {
    throw new ConfigError(this.mark, `${this.name}: ${text}`, hint)
  }

  warn(text: string): void {
    this.#line.warn(`${this.name}: ${text}`)
  }

  define(): never {
    return this.fail(KNOWN_TOO_LATE, NAMED)
  }

  assign(): Setter {
    return this.fail(KNOWN_TOO_LATE, NAMED)
  }

  // A record in the sandbox does not ask for these.

  lookUp(): undefined {
    return undefined
  }

  upstream(): Upstream {
    return this.fail('names an upstream')
  }

  zone(): SharedZone {
    return this.fail('names a zone')
  }

  path(): string {
    return this.fail('names a file')
  }
}
