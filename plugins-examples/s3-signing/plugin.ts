import { readFileSync } from 'node:fs'
import { definePlugin, directive, type Exchange, mainOf } from 'gateway/plugin'
import { type Credentials, type Signature, sign } from './signature.ts'

const signatures = new WeakMap<Exchange, Signature>()

/** Variables: what a bucket that is not public asks of a request. */
export default definePlugin({
  name: 's3-signing',
  doc: 'Signs requests to S3 and what is like it.',
  directives: {
    s3_signing: directive<Credentials | undefined>({
      in: ['http', 'server', 'location'],
      default: undefined,
      doc: 'Signs with this key (AWS Signature Version 4). The file holds the key id and the secret, a line each.',
      usage: 'file region=name host=name',
      min: 3,
      max: 3,
      read: (entry) => {
        const [file = '', ...options] = entry.args
        const given = new Map(options.map((word) => word.split('=', 2) as [string, string]))
        const region =
          given.get('region') ?? entry.fail('names no region', 'write region=eu-west-1')
        const host = given.get('host') ?? entry.fail('names no host', 'write host=b.s3.example.com')
        try {
          const path = entry.path(file, 'file')
          const [id = '', secret = ''] = readFileSync(path, 'utf8').split('\n')
          return { id: id.trim(), secret: secret.trim(), region, host }
        } catch {
          // What stands in the file must never be part of a message.
          return entry.fail(`"${file}" cannot be read`)
        }
      },
    }),
  },
  prepare: ({ s3_signing }) => s3_signing,
  precontent: (x, credentials: Credentials) => {
    const { method, uri } = x
    signatures.set(
      mainOf(x),
      sign({ method, path: uri, query: x.args ?? '' }, credentials, new Date()),
    )
    return 'next'
  },
  variables: {
    s3_authorization: {
      doc: 'The Authorization field of the request to the bucket.',
      get: (x) => signatures.get(mainOf(x))?.authorization,
    },
    s3_date: {
      doc: 'Its X-Amz-Date field.',
      get: (x) => signatures.get(mainOf(x))?.date,
    },
  },
})
