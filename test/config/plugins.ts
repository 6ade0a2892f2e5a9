import { directive, flag, size, template, time } from '../../src/kernel/directive/readers.ts'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import type { Sink } from '../../src/kernel/filter/sink.ts'
import type { Verdict } from '../../src/kernel/phase/verdict.ts'
import { type AnyPlugin, definePlugin } from '../../src/kernel/plugin-record.ts'
import type { Upstream } from '../../src/kernel/upstream/upstream.ts'

// Small plugins of every kind, so that what is tested is the configuration and not the built-ins.

const next = (): Verdict => 'next'
const same = (_x: Exchange, sink: Sink): Sink => sink
const everywhere = ['http', 'server', 'location'] as const

const proxy = definePlugin({
  name: 'proxy',
  directives: {
    proxy_pass: directive<Upstream | undefined>({
      in: ['location'],
      default: undefined,
      doc: 'Where requests go.',
      usage: 'url',
      min: 1,
      max: 1,
      inherits: 'never',
      claims: 'content',
      read: (entry) => {
        const url = /^http:\/\/([^/]+)/.exec(entry.args[0] ?? '')
        return url?.[1] ? entry.upstream(url[1]) : entry.fail(`"${entry.args[0]}" is not a URL`)
      },
    }),
    proxy_read_timeout: time({ in: everywhere, default: 60_000, doc: 'Pause between reads.' }),
  },
  prepare: (config, place) => {
    if (
      config.proxy_pass &&
      place.name.startsWith('~ ') &&
      !place.configured('proxy_read_timeout')
    ) {
      place.fail(
        'proxy_pass in a regex location needs a proxy_read_timeout',
        place.markOf('proxy_pass'),
      )
    }
    return config.proxy_pass ? config : undefined
  },
  content: next,
})

const fastcgi = definePlugin({
  name: 'fastcgi',
  directives: {
    fastcgi_pass: template({
      in: ['location'],
      default: undefined,
      doc: 'Where requests go.',
      inherits: 'never',
      claims: 'content',
    }),
  },
  content: next,
})

const returns = definePlugin({
  name: 'return',
  directives: {
    return: directive({
      in: ['server', 'location'],
      default: undefined as unknown,
      doc: 'Answers.',
      usage: 'code [text]',
      min: 1,
      max: 2,
      inherits: 'never',
      read: (entry) => entry.args.map((arg) => entry.template(arg)),
    }),
  },
  serverRewrite: next,
  rewrite: next,
})

const staticFiles = definePlugin({
  name: 'static',
  always: true,
  directives: { file_cache: flag({ in: everywhere, default: true, doc: 'Kept.' }) },
  content: next,
})

const rules = directive<readonly string[]>({
  in: everywhere,
  default: [],
  doc: 'Rules.',
  usage: 'address',
  min: 1,
  max: 1,
  repeat: true,
  read: (entry, before = []) => [...before, `${entry.name} ${entry.args[0]}`],
})

const access = definePlugin({
  name: 'access',
  directives: { allow: rules, deny: rules },
  access: next,
})

const headers = definePlugin({
  name: 'headers',
  directives: {
    add_header: directive<readonly string[]>({
      in: everywhere,
      default: [],
      doc: 'A field.',
      usage: 'name value [always]',
      min: 2,
      max: 3,
      repeat: true,
      read: (entry, before = []) => {
        entry.template(entry.args[1] ?? '')
        return [...before, entry.args.join('|')]
      },
    }),
  },
  filters: { edit: same },
})

const gzip = definePlugin({
  name: 'gzip',
  directives: {
    gzip: flag({ in: everywhere, default: false, doc: 'Compresses.' }),
    gzip_min_length: size({ in: everywhere, default: 20, doc: 'The least length.' }),
    gzip_types: directive<readonly string[]>({
      in: everywhere,
      default: ['text/html'],
      doc: 'MIME types.',
      usage: 'type ...',
      min: 1,
      max: 64,
      read: (entry) => entry.args,
    }),
  },
  prepare: (config) => (config.gzip ? config : undefined),
  filters: { encode: same },
  variables: { gzip_ratio: { doc: 'Ratio.', get: () => undefined } },
})

const limit = definePlugin({
  name: 'limit',
  directives: {
    limit_req: directive<readonly string[]>({
      in: everywhere,
      default: [],
      doc: 'Limits requests.',
      usage: 'zone=name [burst=n] [nodelay]',
      min: 1,
      max: 3,
      kind: 'params',
      repeat: true,
      read: (entry, before = []) => [...before, entry.args.join(' ')],
    }),
  },
  preaccess: next,
})

const map = definePlugin({
  name: 'map',
  directives: {
    map: directive<undefined>({
      in: ['http'],
      default: undefined,
      doc: 'A variable that depends on another one.',
      usage: 'string $variable { ... }',
      min: 2,
      max: 2,
      kind: 'block',
      repeat: true,
      read: (entry) => {
        const source = entry.template(entry.args[0] ?? '')
        const table = new Map(entry.block?.map(({ name, args }) => [name, args[0]]))
        entry.define((entry.args[1] ?? '').replace(/^\$/, ''), (x) => {
          return table.get(source.render(x)) ?? table.get('default')
        })
        return undefined
      },
    }),
  },
})

const accessLog = definePlugin({
  name: 'access-log',
  directives: {
    access_log: template({ in: everywhere, default: undefined, doc: 'A log.' }),
  },
  log: next,
})

const roundRobin = definePlugin({ name: 'round-robin', balancer: () => () => undefined })

const ipHash = definePlugin({
  name: 'ip-hash',
  directives: { ip_hash: flag({ in: ['upstream'], default: false, doc: 'By address.' }) },
  balancer: () => () => undefined,
})

const leastConn = definePlugin({
  name: 'least-conn',
  directives: { least_conn: flag({ in: ['upstream'], default: false, doc: 'By load.' }) },
  balancer: () => () => undefined,
})

const realIp = definePlugin({
  name: 'real-ip',
  directives: {
    real_ip_header: template({ in: everywhere, default: undefined, doc: 'The field.' }),
  },
  postRead: next,
  preaccess: next,
})

export const testPlugins: readonly AnyPlugin[] = [
  proxy,
  fastcgi,
  roundRobin,
  ipHash,
  leastConn,
  staticFiles,
  returns,
  access,
  realIp,
  limit,
  headers,
  gzip,
  map,
  accessLog,
]
