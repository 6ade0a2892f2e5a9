import { defaultListen, type Listen, mergeListens } from '../kernel/listen/listen-directive.ts'
import type { ListenPlan, ServerPlan } from '../kernel/phase/plan.ts'
import { serverName } from '../kernel/route/server-name.ts'
import { type NamedServer, ServerNames } from '../kernel/route/server-names.ts'
import type { Http2Settings } from '../serve/http2/directives.ts'
import { serveClients } from '../serve/serve-clients.ts'
import type { Block } from './block.ts'
import type { TlsCompiler } from './compile-tls.ts'
import type { Problems } from './config-errors.ts'
import type { Values } from './inherit.ts'
import type { Table } from './table.ts'

/** A server that was compiled. */
export interface CompiledServer extends NamedServer {
  readonly block: Block
}

interface ListenCompiler {
  readonly table: Table
  readonly values: Values
  readonly problems: Problems
  readonly tls: TlsCompiler
}

interface Address {
  listen: Listen
  fallback: ServerPlan | undefined
  readonly servers: CompiledServer[]
}

/** The addresses the servers listen on, and who answers there. */
export function compileListens(
  servers: readonly CompiledServer[],
  table: Table,
  values: Values,
  problems: Problems,
  tls: TlsCompiler,
): ListenPlan[] {
  const addresses = new Map<string, Address>()
  const compiler = { table, values, problems, tls }
  for (const server of servers) {
    for (const listen of listensOf(server, table, values)) {
      join(addresses, listen, server, problems)
    }
  }
  return [...addresses.values()].map((address) => listenPlan(address, compiler))
}

function listensOf({ block }: CompiledServer, table: Table, values: Values): readonly Listen[] {
  const { listen } = values.of(table.kernel.listen, block)
  const listens = listen as readonly Listen[]
  const written = block.groups.has(table.kernel.listen)
  return written ? listens : [defaultListen(block.mark)]
}

function join(
  addresses: Map<string, Address>,
  listen: Listen,
  server: CompiledServer,
  problems: Problems,
): void {
  const fallback = listen.defaultServer ? server.plan : undefined
  const known = addresses.get(listen.key)
  if (!known) {
    addresses.set(listen.key, { listen, fallback, servers: [server] })
    return
  }
  const merged = mergeListens(known.listen, listen)
  if (typeof merged === 'string') problems.error(listen.mark, merged)
  else known.listen = merged
  known.fallback ??= fallback
  known.servers.push(server)
}

function listenPlan({ listen, fallback, servers }: Address, compiler: ListenCompiler): ListenPlan {
  const first = servers[0] as CompiledServer
  const names = new ServerNames(servers, fallback ?? first.plan, (name, plan) => {
    const server = servers.find((each) => each.plan === plan) as CompiledServer
    const mark = server.block.markOf(serverName) ?? server.block.mark
    const text = `conflicting server name "${name.source}" on ${listen.key}, ignored`
    compiler.problems.warn(mark, text)
  })
  const serve = serveClients({
    tls: listen.ssl ? compiler.tls.serversOf(listen, servers, names) : undefined,
    http2: speakingHttp2(listen, servers, compiler),
  })
  return Object.freeze({ listen: Object.freeze(listen), servers: names, serve })
}

/** The servers of an address that speak HTTP/2, and how. */
function speakingHttp2(
  listen: Listen,
  servers: readonly CompiledServer[],
  { table, values }: ListenCompiler,
): ReadonlyMap<ServerPlan, Http2Settings> {
  const speaking = new Map<ServerPlan, Http2Settings>()
  for (const { block, plan } of servers) {
    const settings = values.of(table.kernel.http2, block) as Http2Settings
    if (settings.http2 || listen.http2) speaking.set(plan, settings)
  }
  return speaking
}
