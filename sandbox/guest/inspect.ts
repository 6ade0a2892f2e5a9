/** What `inspect` shows of deep, long and wide values. */
const LIMITS = { depth: 4, items: 100, characters: 8192 }

/** Console Standard, "Formatter": `%s %d %i %f %o %O %c`, and what follows. */
export function format(args: readonly unknown[]): string {
  const [first, ...rest] = args
  let next = 0
  const text =
    typeof first === 'string' && rest.length > 0
      ? first.replace(/%([sdifoOc%])/g, (whole, kind: string) => {
          if (kind === '%') return '%'
          if (next >= rest.length) return whole
          next += 1
          return conversion(kind, rest[next - 1])
        })
      : shown(first)
  const words = args.length === 0 ? [] : [text, ...rest.slice(next).map(shown)]
  return cut(words.join(' '))
}

/** A value as a person reads it; bounded, and without running the value's own code but its getters'. */
export function inspect(value: unknown): string {
  return cut(new Inspection().show(value, 0))
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value)
}

function conversion(kind: string, value: unknown): string {
  if (kind === 'c') return ''
  if (kind === 's') return shown(value)
  if (kind === 'o' || kind === 'O') return inspect(value)
  if (typeof value === 'symbol') return 'NaN'
  if (typeof value === 'bigint') return `${value}n`
  const number = kind === 'f' ? Number.parseFloat(String(value)) : Number(value)
  return String(kind === 'i' ? Math.trunc(number) : number)
}

function cut(text: string): string {
  return text.length > LIMITS.characters ? `${text.slice(0, LIMITS.characters)}…` : text
}

/** One look at a value: knows what it is inside of, and when it has seen enough. */
class Inspection {
  readonly #above: object[] = []
  #items = 0

  show(value: unknown, depth: number): string {
    if (typeof value === 'string') return quoted(value)
    if (typeof value === 'bigint') return `${value}n`
    if (typeof value === 'function') return functionLabel(value)
    if (typeof value !== 'object' || value === null) return String(value)
    if (this.#above.includes(value)) return '[Circular]'
    if (value instanceof Error) return errorText(value)
    if (value instanceof Date) return Number.isNaN(+value) ? 'Invalid Date' : value.toISOString()
    if (value instanceof RegExp || value instanceof Boolean || value instanceof Number) {
      return String(value)
    }
    if (depth >= LIMITS.depth) return `[${className(value) || 'Object'}]`
    this.#above.push(value)
    const text = this.#structure(value, depth + 1)
    this.#above.pop()
    return text
  }

  #structure(value: object, depth: number): string {
    const name = className(value)
    if (Array.isArray(value) || ArrayBuffer.isView(value)) {
      const list = value as ArrayLike<unknown>
      const prefix = name === 'Array' ? '' : `${name}(${list.length ?? ''}) `
      return `${prefix}[${this.#list(list.length ?? 0, (i) => this.show(list[i], depth))}]`
    }
    if (value instanceof Map) {
      const pairs = [...value].slice(0, LIMITS.items)
      return `Map(${value.size}) {${this.#list(pairs.length, (i) => {
        const [key, item] = pairs[i] as [unknown, unknown]
        return `${this.show(key, depth)} => ${this.show(item, depth)}`
      })}}`
    }
    if (value instanceof Set) {
      const items = [...value].slice(0, LIMITS.items)
      return `Set(${value.size}) {${this.#list(items.length, (i) => this.show(items[i], depth))}}`
    }
    const keys = Object.keys(value)
    const prefix = name === 'Object' || name === '' ? '' : `${name} `
    return `${prefix}{${this.#list(keys.length, (i) => {
      const key = keys[i] as string
      return `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key)}: ${this.#member(value, key, depth)}`
    })}}`
  }

  #member(value: object, key: string, depth: number): string {
    const property = Object.getOwnPropertyDescriptor(value, key)
    if (property?.get) return '[Getter]'
    return this.show(property?.value, depth)
  }

  #list(length: number, item: (index: number) => string): string {
    const items: string[] = []
    for (let i = 0; i < length; i += 1) {
      this.#items += 1
      if (i >= LIMITS.items || this.#items > LIMITS.items * LIMITS.depth) {
        items.push(`… ${length - i} more`)
        break
      }
      items.push(item(i))
    }
    return items.length === 0 ? '' : ` ${items.join(', ')} `
  }
}

function quoted(text: string): string {
  return `'${cut(text).replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`
}

function functionLabel(value: object): string {
  const name = Object.getOwnPropertyDescriptor(value, 'name')?.value
  return typeof name === 'string' && name !== '' ? `[Function: ${name}]` : '[Function]'
}

function errorText(error: Error): string {
  const head = `${error.name}: ${error.message}`
  const stack = typeof error.stack === 'string' ? error.stack.trimEnd() : ''
  return stack === '' ? head : `${head}\n${stack}`
}

function className(value: object): string {
  const prototype = Object.getPrototypeOf(value)
  const maker = prototype && Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
  return typeof maker === 'function' ? String(maker.name) : ''
}
