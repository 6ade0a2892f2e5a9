import { Buffer } from 'node:buffer'
import { createHash, timingSafeEqual } from 'node:crypto'
import {
  constant,
  definePlugin,
  directive,
  type Exchange,
  flag,
  oneOf,
  type Template,
} from 'gateway/plugin'

const scopes = ['http', 'server', 'location'] as const

/** Lets in who has a key: the hash of a text that only the owner can make. */
export default definePlugin({
  name: 'access-key',
  doc: 'Lets requests in whose arguments have a key: the hash of a text with a secret in it.',
  transient: true,
  directives: {
    accesskey: flag({
      in: scopes,
      default: false,
      doc: 'Whether a request needs a key; without the right one the answer is 403.',
    }),
    accesskey_hashmethod: oneOf(['md5', 'sha1'], {
      in: scopes,
      default: 'md5',
      doc: 'The hash a key is made by.',
    }),
    accesskey_arg: templateOf('key', 'The name of the argument that has the key, in hexadecimal.'),
    accesskey_signature: templateOf(
      '$remote_addr',
      'The text whose hash is the key: it has to hold a secret, and with $remote_addr a key is for one client.',
    ),
  },
  prepare: (config) => (config.accesskey ? config : undefined),
  access: (x, { accesskey_arg, accesskey_hashmethod, accesskey_signature }) => {
    const key = argument(x, accesskey_arg.render(x))
    const signature =
      accesskey_signature.source === REMOTE ? x.client.address : accesskey_signature.render(x)
    const wanted = createHash(accesskey_hashmethod).update(signature, 'latin1').digest('hex')
    if (key !== undefined && sameText(key.toLowerCase(), wanted)) return 'next'
    if (x.location.settings.satisfy === 'all') x.log('error', 'access forbidden by access key')
    return 403
  },
})

const REMOTE = '$remote_addr'

function templateOf(text: string, doc: string) {
  return directive<Template>({
    in: scopes,
    default: constant(text),
    doc,
    usage: 'string',
    min: 1,
    max: 1,
    kind: 'template',
    read: (entry) => entry.template(entry.args[0] ?? ''),
  })
}

function argument({ args = '' }: Exchange, name: string): string | undefined {
  const found = args.split('&').find((each) => each.startsWith(`${name}=`))
  return found?.slice(name.length + 1)
}

/** Takes the same time wherever they differ. */
function sameText(a: string, b: string): boolean {
  return (
    a.length === b.length && timingSafeEqual(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1'))
  )
}
