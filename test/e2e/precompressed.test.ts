import { beforeAll, describe, expect, test } from 'vitest'
import { onCleanup } from '../harness/cleanup.ts'
import type { Gateway } from '../harness/gateway.ts'
import { connect, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { Workspace } from '../harness/workspace.ts'

const files = new Workspace('precompressed')
onCleanup(() => files.remove())

describe('files that were compressed before', () => {
  let gateway: Gateway
  beforeAll(async () => {
    for (const ending of ['', '.gz', '.br', '.zst']) files.write(`all.txt${ending}`, `all${ending}`)
    for (const ending of ['', '.gz']) files.write(`gz.txt${ending}`, `gz${ending}`)
    files.write('plain.txt', 'plain')
    files.write('folder.txt', 'folder')
    files.write('folder.txt.br/x', '')
    gateway = await startGateway({
      yaml: `
http:
  server:
    listen: 127.0.0.1:%%PORT_0%%
    root: ${files.dir}
    location:
      /:
        gzip_static: on
        brotli_static: on
        zstd_static: on
        gzip_vary: on
      /br/:
        alias: ${files.dir}/
        brotli_static: on
      /always/:
        alias: ${files.dir}/
        brotli_static: always
        gzip_static: on
      /off/:
        alias: ${files.dir}/
        brotli_static: off
`,
    })
  })

  test.each([
    ['/all.txt', 'gzip, br, zstd', 'all.zst', 'zstd', 'Accept-Encoding'],
    ['/all.txt', 'gzip, br', 'all.br', 'br', 'Accept-Encoding'],
    ['/all.txt', 'gzip', 'all.gz', 'gzip', 'Accept-Encoding'],
    ['/all.txt', 'br;q=0, zstd;q=0.0, gzip', 'all.gz', 'gzip', 'Accept-Encoding'],
    ['/all.txt', 'identity', 'all', undefined, 'Accept-Encoding'],
    ['/gz.txt', 'gzip, br, zstd', 'gz.gz', 'gzip', 'Accept-Encoding'],
    ['/plain.txt', 'gzip, br, zstd', 'plain', undefined, undefined],
    ['/folder.txt', 'br', 'folder', undefined, 'Accept-Encoding'],
    ['/br/all.txt', 'gzip, br', 'all.br', 'br', undefined],
    ['/br/all.txt', 'gzip, zstd', 'all', undefined, undefined],
    ['/always/all.txt', '', 'all.br', 'br', undefined],
    ['/always/gz.txt', 'gzip', 'gz.gz', 'gzip', undefined],
    ['/off/all.txt', 'br', 'all', undefined, undefined],
  ] as const)('%s for "%s"', async (target, encodings, text, coding, vary) => {
    const client = await connect(gateway.port())
    const asked = request(`GET ${target}`, { Connection: 'close', 'Accept-Encoding': encodings })
    const answer = await client.exchange(asked)
    client.destroy()
    const seen = ['content-encoding', 'vary', 'content-type', 'content-length']
    expect([answer.status, answer.text, ...seen.map((name) => answer.headers.get(name))]).toEqual([
      200,
      text,
      coding,
      vary,
      'text/plain',
      `${text.length}`,
    ])
  })
})
