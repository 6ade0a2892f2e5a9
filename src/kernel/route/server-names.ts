import type { ServerPlan } from '../phase/plan.ts'
import type { ServerName } from './server-name.ts'

/** A server of one address and its names. */
export interface NamedServer {
  readonly plan: ServerPlan
  readonly names: readonly ServerName[]
}

/**
 * Chooses among the servers of one listening address by the host of a request, in nginx's order:
 * the exact name, the longest `*.name`, the longest `name.*`, the first regular expression, the
 * default server.
 */
export class ServerNames {
  /** Serves hosts that no server names. */
  readonly default: ServerPlan
  /** Of the last `find`, when a regular expression decided: what its groups captured. */
  lastMatch: RegExpExecArray | undefined
  readonly #exact = new Map<string, ServerPlan>()
  readonly #suffixes = new Map<string, ServerPlan>()
  readonly #prefixes = new Map<string, ServerPlan>()
  /** Lengths: a host may have thousands of dots, of which few can begin or end a known name. */
  #longestSuffix = 0
  #longestPrefix = 0
  readonly #regexes: { readonly regex: RegExp; readonly plan: ServerPlan }[] = []

  /** `conflict` hears of names that an earlier server has already; they are ignored. */
  constructor(
    servers: readonly NamedServer[],
    fallback: ServerPlan,
    conflict: (name: ServerName, plan: ServerPlan) => void,
  ) {
    this.default = fallback
    for (const { plan, names } of servers) {
      for (const name of names) if (!this.#add(name, plan)) conflict(name, plan)
    }
  }

  /** Whether any name has to be matched by a regular expression. */
  get hasRegex(): boolean {
    return this.#regexes.length > 0
  }

  /** The server for a host in lower case, without port; `` for a request without one. */
  find(host: string): ServerPlan {
    this.lastMatch = undefined
    return (
      this.#exact.get(host) ?? this.#bySuffix(host) ?? this.#byPrefix(host) ?? this.#byRegex(host)
    )
  }

  #bySuffix(host: string): ServerPlan | undefined {
    if (this.#suffixes.size === 0) return undefined
    // The leftmost dot first, since the longest wildcard wins; there is something before it.
    const first = Math.max(1, host.length - this.#longestSuffix)
    for (let dot = host.indexOf('.', first); dot > 0; dot = host.indexOf('.', dot + 1)) {
      const plan = this.#suffixes.get(host.slice(dot))
      if (plan) return plan
    }
    return undefined
  }

  #byPrefix(host: string): ServerPlan | undefined {
    if (this.#prefixes.size === 0) return undefined
    // A dot at the very end has nothing after it for the wildcard to stand for.
    const last = Math.min(host.length - 2, this.#longestPrefix - 1)
    let dot = host.lastIndexOf('.', last)
    while (dot > 0) {
      const plan = this.#prefixes.get(host.slice(0, dot + 1))
      if (plan) return plan
      dot = host.lastIndexOf('.', dot - 1)
    }
    return undefined
  }

  #byRegex(host: string): ServerPlan {
    for (const { regex, plan } of this.#regexes) {
      const match = host === '' ? null : regex.exec(host)
      if (!match) continue
      this.lastMatch = match
      return plan
    }
    return this.default
  }

  /** Whether the name was still free. */
  #add(name: ServerName, plan: ServerPlan): boolean {
    switch (name.kind) {
      case 'exact':
        return claim(this.#exact, name.text, plan)
      case 'suffix':
        return this.#addSuffix(name.text, plan)
      case 'prefix':
        this.#longestPrefix = Math.max(this.#longestPrefix, name.text.length)
        return claim(this.#prefixes, name.text, plan)
      case 'domain': {
        // Both are claimed, whatever became of the first.
        const own = claim(this.#exact, name.text.slice(1), plan)
        return this.#addSuffix(name.text, plan) && own
      }
      case 'regex':
        this.#regexes.push({ regex: name.regex, plan })
        return true
    }
  }

  #addSuffix(text: string, plan: ServerPlan): boolean {
    this.#longestSuffix = Math.max(this.#longestSuffix, text.length)
    return claim(this.#suffixes, text, plan)
  }
}

function claim(names: Map<string, ServerPlan>, name: string, plan: ServerPlan): boolean {
  if (names.has(name)) return false
  names.set(name, plan)
  return true
}
