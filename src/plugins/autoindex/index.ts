import { Buffer } from 'node:buffer'
import {
  definePlugin,
  type Exchange,
  filePath,
  fileRefused,
  flag,
  Head,
  oneOf,
  type Verdict,
} from 'gateway/plugin'
import { jsonList, jsonpList, xmlList } from './data.ts'
import { htmlPage } from './html.ts'
import { type Listed, list } from './listing.ts'

const scopes = ['http', 'server', 'location'] as const
const FORMATS = ['html', 'xml', 'json', 'jsonp'] as const
type Format = (typeof FORMATS)[number]

interface Config {
  readonly autoindex: boolean
  readonly autoindex_format: Format
  readonly autoindex_exact_size: boolean
  readonly autoindex_localtime: boolean
}

const TYPES: Readonly<Record<Format, string>> = {
  html: 'text/html',
  xml: 'text/xml; charset=utf-8',
  json: 'application/json',
  jsonp: 'application/javascript',
}
const LONGEST_CALLBACK = 128

/** Answers requests for a folder that has no index file with a list of what is in it. */
export default definePlugin({
  name: 'autoindex',
  doc: 'Answers requests for a folder without an index file with a list of what is in it.',
  transient: true,
  directives: {
    autoindex: flag({
      in: scopes,
      default: false,
      doc: 'Whether a folder is answered with a list of the names in it, but for hidden ones.',
    }),
    autoindex_exact_size: flag({
      in: scopes,
      default: true,
      doc: 'Whether the list in HTML tells sizes in bytes, or rounded.',
    }),
    autoindex_format: oneOf(FORMATS, {
      in: scopes,
      default: 'html',
      doc: 'How the list is written; jsonp is a call of the function that the argument callback names, and JSON without it.',
    }),
    autoindex_localtime: flag({
      in: scopes,
      default: false,
      doc: 'Whether the list in HTML tells times of the local zone, or UTC.',
    }),
  },
  prepare: (config): Config | undefined => (config.autoindex ? config : undefined),
  content: (x, config) => {
    if (!x.uri.endsWith('/') || (x.method !== 'GET' && x.method !== 'HEAD')) return 'next'
    return answer(x, config)
  },
})

async function answer(x: Exchange, config: Config): Promise<Verdict> {
  const path = filePath(x)
  const callback = config.autoindex_format === 'jsonp' ? callbackOf(x) : undefined
  if (callback === 'wrong') return 400
  let entries: readonly Listed[]
  try {
    entries = await list(x, path)
  } catch (error) {
    return fileRefused(x, path, error, 'opendir()')
  }
  const format = config.autoindex_format === 'jsonp' && !callback ? 'json' : config.autoindex_format
  const head = new Head(200)
  head.type = TYPES[format]
  const sink = x.send(head)
  if (x.method !== 'HEAD') {
    const text = print(x, entries, format, config, callback?.name ?? '')
    await sink.data(Buffer.from(text, 'latin1'))
  }
  await sink.end()
  return 'done'
}

function print(
  x: Exchange,
  entries: readonly Listed[],
  format: Format,
  config: Config,
  callback: string,
): string {
  switch (format) {
    case 'html': {
      const { autoindex_exact_size: exactSize, autoindex_localtime: localTime } = config
      const utf8 = /charset=utf-8/i.test(x.head?.type ?? '')
      return htmlPage(x.uri, entries, { exactSize, localTime, utf8 })
    }
    case 'xml':
      return xmlList(entries)
    case 'json':
      return jsonList(entries)
    case 'jsonp':
      return jsonpList(entries, callback)
  }
}

/** The function a client names: it stands in a script, so its name is checked. */
function callbackOf(x: Exchange): { readonly name: string } | 'wrong' | undefined {
  const found = x.args?.split('&').find((each) => /^callback=/i.test(each))
  const name = found?.slice('callback='.length) ?? ''
  if (name === '') return undefined
  if (name.length <= LONGEST_CALLBACK && /^[A-Za-z0-9_.]+$/.test(name)) return { name }
  x.log('info', `client sent invalid callback name: "${name}"`)
  return 'wrong'
}
