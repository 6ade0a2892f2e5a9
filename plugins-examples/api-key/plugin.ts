import { definePlugin, directive, Head, requestValue } from 'gateway/plugin'

/** Clients by key. */
type Keys = ReadonlyMap<string, string>

/** Who was let in, for `$api_client`: what a plugin knows of a request is kept with it. */
const letIn = requestValue('api_client')

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
        const [client = '', key = ''] = entry.args
        if (key.length < 8) entry.fail(`the key of "${client}" is shorter than 8 characters`)
        return new Map([...before, [key, client]])
      },
    }),
  },
  prepare: ({ api_key }) => (api_key.size > 0 ? api_key : undefined),
  access: (x, keys: Keys) => {
    // Looked up by hash: the time it takes tells nothing of how a key begins.
    const client = keys.get(x.headers.get('x-api-key') ?? '')
    if (client === undefined) {
      x.log('info', 'request without a known key')
      const head = new Head(401)
      head.fields.add('WWW-Authenticate', 'ApiKey realm="api"')
      // Under `satisfy any` another check may still let the request in, so it only says "no" here.
      return x.location.settings.satisfy === 'any' ? 401 : x.finish(401, head)
    }
    letIn.set(x, client)
    return 'pass'
  },
  variables: {
    api_client: { doc: 'The client whose key was sent.', get: (x) => letIn.get(x) },
  },
})
