import type { Entry } from 'gateway/plugin'

/** The beginning of a path that a referer of some host must have; empty for any. */
type Path = string

/** Hosts by name, with a wildcard at one end where it says so. */
export class Hosts {
  readonly #exact = new Map<string, Path>()
  /** `.example.com` of `*.example.com`. */
  readonly #suffixes = new Map<string, Path>()
  /** `www.` of `www.*`. */
  readonly #prefixes = new Map<string, Path>()

  get size(): number {
    return this.#exact.size + this.#suffixes.size + this.#prefixes.size
  }

  /** Adds `example.com`, `*.example.com`, `.example.com` or `www.example.*`, in lower case. */
  add(entry: Entry, host: string, path: Path): void {
    if (host.startsWith('*.')) this.#put(entry, this.#suffixes, host.slice(1), path)
    else if (host.endsWith('.*')) this.#put(entry, this.#prefixes, host.slice(0, -1), path)
    else if (host.startsWith('.')) {
      this.#put(entry, this.#exact, host.slice(1), path)
      this.#put(entry, this.#suffixes, host, path)
    } else this.#put(entry, this.#exact, host, path)
  }

  /** The path for a host, the longest name first; undefined where it is none of them. */
  find(host: string): Path | undefined {
    return this.#exact.get(host) ?? this.#below(host) ?? this.#beside(host)
  }

  #below(host: string): Path | undefined {
    for (let dot = host.indexOf('.', 1); dot > 0; dot = host.indexOf('.', dot + 1)) {
      const path = this.#suffixes.get(host.slice(dot))
      if (path !== undefined) return path
    }
    return undefined
  }

  #beside(host: string): Path | undefined {
    for (let dot = host.lastIndexOf('.'); dot > 0; dot = host.lastIndexOf('.', dot - 1)) {
      const path = this.#prefixes.get(host.slice(0, dot + 1))
      if (path !== undefined) return path
    }
    return undefined
  }

  #put(entry: Entry, table: Map<string, Path>, host: string, path: Path): void {
    if (!/^[^*]+$/.test(host) || host === '.') entry.fail(`invalid hostname or wildcard "${host}"`)
    if (table.has(host)) entry.fail(`conflicting parameter "${host}"`)
    table.set(host, path)
  }
}
