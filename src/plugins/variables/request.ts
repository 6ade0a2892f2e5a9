import { Buffer } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import { realpathSync } from 'node:fs'
import {
  type Exchange,
  filePath,
  GatewayError,
  mainOf,
  requestLineOf,
  requestValue,
  type Variable,
} from 'gateway/plugin'

const keptId = requestValue('request_id')

function protocolOf(x: Exchange): string {
  if (x.version === 9) return 'HTTP/0.9'
  if (x.version === 20) return 'HTTP/2.0'
  return x.version === 10 ? 'HTTP/1.0' : 'HTTP/1.1'
}

/** What a request asks for. */
export const requestVariables: Readonly<Record<string, Variable>> = {
  request: {
    doc: 'The request line as received.',
    get: (x) => requestLineOf(mainOf(x)),
  },
  request_method: { doc: 'The method of the client’s request.', get: (x) => mainOf(x).method },
  request_uri: { doc: 'The target of the request as sent, with arguments.', get: (x) => x.target },
  uri: { doc: 'The decoded URI that is served now, without arguments.', get: (x) => x.uri },
  document_uri: { doc: 'The same as $uri.', get: (x) => x.uri },
  args: {
    doc: 'Everything after the question mark. May be changed by `set`.',
    get: (x) => x.args,
    set: setArgs,
  },
  query_string: { doc: 'The same as $args.', get: (x) => x.args },
  is_args: { doc: '"?" when there are arguments, else empty.', get: (x) => (x.args ? '?' : '') },
  host: {
    doc: 'The host of the request line, else of the Host field, else the server’s name.',
    get: (x) => x.host || x.server.name,
  },
  server_protocol: { doc: 'HTTP/0.9, HTTP/1.0, HTTP/1.1 or HTTP/2.0.', get: protocolOf },
  http2: {
    doc: '`h2` for HTTP/2 over TLS, `h2c` for HTTP/2 without, else empty.',
    get: (x) => (x.version === 20 ? (mainOf(x).client.secure ? 'h2' : 'h2c') : undefined),
  },
  request_id: {
    doc: '16 random bytes in hexadecimal, the same all through a request.',
    get: requestId,
  },
  request_length: {
    doc: 'Bytes of the request so far: head and body.',
    get: (x) => `${x.headSize + x.body.received}`,
  },
  request_body: {
    doc: 'The request body, where it is in memory: collected for an upstream, or by a plugin.',
    get: (x) => mainOf(x).body.whole?.toString('latin1'),
  },
  request_body_file: {
    doc: 'The temporary file of a request body that was collected into one; without client_body_in_file_only it has no name any more.',
    get: (x) => mainOf(x).body.file,
  },
  content_length: { doc: 'The Content-Length field.', get: (x) => x.headers.get('content-length') },
  content_type: {
    doc: 'The Content-Type field.',
    get: (x) => x.headers.joined('content-type', ', '),
  },
  remote_user: { doc: 'The user name of Basic authentication.', get: remoteUser },
  document_root: {
    doc: 'What `root` or `alias` amounts to for this request.',
    get: (x) => x.location.settings.root.render(x),
  },
  realpath_root: { doc: '$document_root with symbolic links resolved.', get: realpathRoot },
  request_filename: {
    doc: 'The file the request is for: `root` and the URI, or what `alias` makes of it.',
    get: requestFilename,
  },
  server_name: { doc: 'The first name of the server.', get: (x) => x.server.name },
}

function setArgs(x: Exchange, args: string): void {
  x.args = args
  if (x.rewritten === 'no') x.rewritten = 'yes'
}

function requestId(x: Exchange): string {
  const known = keptId.get(x)
  if (known !== undefined) return known
  const made = randomBytes(16).toString('hex')
  keptId.set(x, made)
  return made
}

function remoteUser(x: Exchange): string | undefined {
  const field = x.headers.get('authorization')
  if (field === undefined) return undefined
  const credentials = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(field)
  if (!credentials) return undefined
  const pair = Buffer.from(credentials[1] as string, 'base64').toString('latin1')
  const colon = pair.indexOf(':')
  return colon < 0 ? undefined : pair.slice(0, colon)
}

function requestFilename(x: Exchange): string | undefined {
  try {
    return filePath(x)
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    x.log('error', error.message)
    return undefined
  }
}

function realpathRoot(x: Exchange): string | undefined {
  const root = Buffer.from(x.location.settings.root.render(x), 'latin1')
  try {
    return realpathSync(root, 'latin1')
  } catch {
    return undefined
  }
}
