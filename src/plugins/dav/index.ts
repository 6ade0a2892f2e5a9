import { mkdir } from 'node:fs/promises'
import {
  type Awaitable,
  definePlugin,
  type Exchange,
  filePath,
  GatewayError,
  openable,
  type Verdict,
} from 'gateway/plugin'
import { folderAccess } from './access.ts'
import { copyOrMove } from './copy-move.ts'
import { directives } from './directives.ts'
import { created, put } from './put.ts'
import { Refusal, systemStatus } from './refusal.ts'
import { remove } from './remove.ts'

/** What may be changed in a place, and how. */
export interface Dav {
  readonly methods: ReadonlySet<string>
  readonly access: number
  readonly leastDepth: number
  /** What becomes of folders that are missing on the way to a file. */
  readonly missingFolders: 'made' | 'refused'
}

/** Changes files as clients ask for (RFC 4918, those methods that nginx has). */
export default definePlugin({
  name: 'dav',
  doc: 'Makes, replaces, copies, moves and removes files and folders, as clients ask for.',
  directives,
  prepare: (config): Dav | undefined =>
    config.dav_methods.size === 0
      ? undefined
      : {
          methods: config.dav_methods,
          access: config.dav_access,
          leastDepth: config.min_delete_depth,
          missingFolders: config.create_full_put_path ? 'made' : 'refused',
        },
  content: (x, dav) => (dav.methods.has(x.method) ? change(x, dav) : 'next'),
})

async function change(x: Exchange, dav: Dav): Promise<Verdict> {
  try {
    return await act(x, dav)
  } catch (error) {
    // What is left of a body nobody wants is dropped with the answer.
    if (error instanceof GatewayError) {
      x.report(error)
      return error.status
    }
    if (!(error instanceof Refusal)) return systemStatus(x, error, missingIs(x))
    x.log('error', error.message)
    return error.status
  }
}

function missingIs({ method }: Exchange): number {
  if (method === 'PUT') return 500
  return method === 'MKCOL' ? 409 : 404
}

function act(x: Exchange, dav: Dav): Awaitable<Verdict> {
  if (x.method === 'PUT') return put(x, dav)
  if (!x.body.empty) throw new Refusal(415, `${x.method} with body is unsupported`)
  switch (x.method) {
    case 'DELETE':
      return remove(x, dav)
    case 'MKCOL':
      return makeFolder(x, dav)
    default:
      return copyOrMove(x, dav)
  }
}

async function makeFolder(x: Exchange, { access }: Dav): Promise<Verdict> {
  if (!x.uri.endsWith('/')) throw new Refusal(409, 'MKCOL can create a collection only')
  await mkdir(openable(filePath(x).slice(0, -1)), { mode: folderAccess(access) })
  return created(x)
}
