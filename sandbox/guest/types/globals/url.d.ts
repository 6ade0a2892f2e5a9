// Addresses (URL Standard, URL Pattern Standard).

declare class URL {
  constructor(url: string | URL, base?: string | URL)
  static canParse(url: string | URL, base?: string | URL): boolean
  static parse(url: string | URL, base?: string | URL): URL | null
  href: string
  readonly origin: string
  protocol: string
  username: string
  password: string
  host: string
  hostname: string
  port: string
  pathname: string
  search: string
  hash: string
  readonly searchParams: URLSearchParams
  toString(): string
  toJSON(): string
}

declare class URLSearchParams {
  constructor(
    init?:
      | string
      | URLSearchParams
      | Iterable<readonly [string, string]>
      | Readonly<Record<string, string>>,
  )
  readonly size: number
  append(name: string, value: string): void
  delete(name: string, value?: string): void
  get(name: string): string | null
  getAll(name: string): string[]
  has(name: string, value?: string): boolean
  set(name: string, value: string): void
  sort(): void
  toString(): string
  forEach(callback: (value: string, name: string, params: URLSearchParams) => void): void
  entries(): IterableIterator<[string, string]>
  keys(): IterableIterator<string>
  values(): IterableIterator<string>
  [Symbol.iterator](): IterableIterator<[string, string]>
}

/** The parts a pattern has, and an URL. */
interface URLPatternInit {
  readonly protocol?: string
  readonly username?: string
  readonly password?: string
  readonly hostname?: string
  readonly port?: string
  readonly pathname?: string
  readonly search?: string
  readonly hash?: string
  readonly baseURL?: string
}

interface URLPatternComponentResult {
  readonly input: string
  readonly groups: Readonly<Record<string, string | undefined>>
}

interface URLPatternResult {
  readonly inputs: readonly (string | URLPatternInit)[]
  readonly protocol: URLPatternComponentResult
  readonly username: URLPatternComponentResult
  readonly password: URLPatternComponentResult
  readonly hostname: URLPatternComponentResult
  readonly port: URLPatternComponentResult
  readonly pathname: URLPatternComponentResult
  readonly search: URLPatternComponentResult
  readonly hash: URLPatternComponentResult
}

declare class URLPattern {
  constructor(input?: string | URLPatternInit, base?: string)
  readonly protocol: string
  readonly username: string
  readonly password: string
  readonly hostname: string
  readonly port: string
  readonly pathname: string
  readonly search: string
  readonly hash: string
  readonly hasRegExpGroups: boolean
  exec(input?: string | URL | URLPatternInit, base?: string): URLPatternResult | null
  test(input?: string | URL | URLPatternInit, base?: string): boolean
}
