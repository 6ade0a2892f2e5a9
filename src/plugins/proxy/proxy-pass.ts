import {
  type Awaitable,
  type Entry,
  type Exchange,
  findUpstream,
  type Template,
  type Upstream,
} from 'gateway/plugin'

/** How peers are spoken to: `https` is over TLS. */
export type Scheme = 'http' | 'https'

/** Where one request goes. */
export interface Destination {
  readonly scheme: Scheme
  readonly upstream: Upstream
  /** Host and port as written (`$proxy_host`); `localhost` for a unix socket. */
  readonly host: string
  /** `$proxy_port`; `` for a unix socket. */
  readonly port: string
  /** Path and arguments that replace the matched prefix; undefined passes the request's own. */
  readonly uri: string | undefined
}

/** What a `proxy_pass` line says: one destination, or an URL made for each request. */
export type ProxyPass =
  | { readonly kind: 'fixed'; readonly url: string; readonly to: Destination }
  | { readonly kind: 'template'; readonly url: string; readonly template: Template }

const DEFAULT_PORTS: Readonly<Record<Scheme, number>> = { http: 80, https: 443 }

export function readProxyPass(entry: Entry): ProxyPass {
  const url = entry.args[0] ?? ''
  if (url.includes('$')) return { kind: 'template', url, template: entry.template(url) }
  const parts = splitUrl(url)
  if (!parts) return entry.fail(`invalid URL prefix in "${url}"`, 'write http://host:port/uri')
  if (entry.scope !== 'location' && parts.uri !== undefined) {
    return entry.fail(`a URI cannot stand inside of "${entry.scope}"`)
  }
  const upstream = entry.upstream(parts.address, DEFAULT_PORTS[parts.scheme])
  return { kind: 'fixed', url, to: { ...parts, upstream } }
}

/** Follows an URL that was made for one request. Throws a `GatewayError` for what is none. */
export function destinationOf(url: string): Awaitable<Destination> | undefined {
  const parts = splitUrl(url)
  if (!parts) return undefined
  const upstream = findUpstream(parts.address, DEFAULT_PORTS[parts.scheme])
  if (upstream instanceof Promise) return upstream.then((found) => ({ ...parts, upstream: found }))
  return { ...parts, upstream }
}

interface UrlParts {
  readonly scheme: Scheme
  /** `host:port`, or `unix:/path`. */
  readonly address: string
  readonly host: string
  readonly port: string
  readonly uri: string | undefined
}

function splitUrl(url: string): UrlParts | undefined {
  const [opening, name] = /^(https?):\/\//i.exec(url) ?? []
  if (opening === undefined) return undefined
  const scheme = name?.toLowerCase() === 'https' ? 'https' : 'http'
  const rest = url.slice(opening.length)
  return rest.startsWith('unix:') ? splitUnix(scheme, rest) : splitTcp(scheme, rest)
}

/** `unix:/path`, or `unix:/path:/uri`. */
function splitUnix(scheme: Scheme, rest: string): UrlParts | undefined {
  const colon = rest.indexOf(':', 'unix:'.length)
  const address = colon < 0 ? rest : rest.slice(0, colon)
  const uri = colon < 0 ? '' : rest.slice(colon + 1)
  if (address === 'unix:') return undefined
  return { scheme, address, host: 'localhost', port: '', uri: uriPart(uri) }
}

function splitTcp(scheme: Scheme, rest: string): UrlParts | undefined {
  const at = rest.search(/[/?]/)
  const address = at < 0 ? rest : rest.slice(0, at)
  if (address === '') return undefined
  const port = /:(\d+)$/.exec(address)?.[1] ?? `${DEFAULT_PORTS[scheme]}`
  return { scheme, address, host: address, port, uri: uriPart(at < 0 ? '' : rest.slice(at)) }
}

function uriPart(text: string): string | undefined {
  if (text === '') return undefined
  return text.startsWith('/') ? text : `/${text}`
}

/** Whether a request may go on over TLS. */
export function mayBeSecure(pass: ProxyPass): boolean {
  return pass.kind === 'fixed' ? pass.to.scheme === 'https' : !/^http:\/\//i.test(pass.url)
}

/** Destinations of requests whose URL was made at run time. */
const made = new WeakMap<Exchange, Destination>()

export function rememberDestination(x: Exchange, to: Destination): void {
  made.set(x, to)
}

/** Where this request is sent; undefined before that is known. */
export function destination(x: Exchange, pass: ProxyPass): Destination | undefined {
  return pass.kind === 'fixed' ? pass.to : made.get(x)
}
