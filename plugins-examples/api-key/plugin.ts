import { definePlugin, directive, Head, requestValue } from 'gateway/plugin'

/** Clients by key. */
type Keys = ReadonlyMap<string, string>

/** Whose key was sent, for `$api_client`: what a plugin knows of a request is kept with it. */
const client = requestValue('api_client')

/** An access check: lets in who has a key. */
export default definePlugin({
  name: 'api-key',
  doc: 'Lets in requests that carry a known key.',
  directives: {
    api_key: directive<Keys>({
      in: ['http', 'server', 'location'],
      default: new Map(),
      doc: 'A client and its key, which requests carry in the X-Api-Key field.',
      usage: 'client key',
      min: 2,
      max: 2,
      repeat: true,
      read: (entry, before = new Map()) => {
        const [name = '', key = ''] = entry.args
        if (key.length < 8) entry.fail(`the key of "${name}" is shorter than 8 characters`)
        return new Map([...before, [key, name]])
      },
    }),
  },
  prepare: ({ api_key }) => (api_key.size > 0 ? api_key : undefined),
  // Settled early, so that `limit_req` can count by it, and said where refusals belong.
  rewrite: (x, keys: Keys) => {
    client.set(x, clientOf(keys, x.headers.get('x-api-key') ?? ''))
    return 'next'
  },
  access: (x) => {
    if (client.get(x)) return 'pass'
    x.log('info', 'request without a known key')
    const head = new Head(401)
    head.fields.add('WWW-Authenticate', 'ApiKey realm="api"')
    // Under `satisfy any` another check may still let the request in, so it only says "no" here.
    return x.location.settings.satisfy === 'any' ? 401 : x.finish(401, head)
  },
  variables: {
    api_client: { doc: 'The client whose key was sent.', get: (x) => client.get(x) },
  },
})

/** Looks at every key, and at all of each: the time it takes tells nothing of how a key begins. */
function clientOf(keys: Keys, sent: string): string {
  let found = ''
  for (const [key, name] of keys) if (same(key, sent)) found = name
  return found
}

function same(key: string, sent: string): boolean {
  let different = key.length ^ sent.length
  for (let i = 0; i < key.length; i++) different |= key.charCodeAt(i) ^ sent.charCodeAt(i)
  return different === 0
}
