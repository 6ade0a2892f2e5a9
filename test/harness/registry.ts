import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { onCleanup } from './cleanup.ts'

/** A package registry on the loopback interface, with what a test publishes. */
export interface Registry {
  readonly url: string
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[]
  /** `attestations` is JSON that it has of it. */
  publish(name: string, version: string, archive: Uint8Array, attestations?: string): void
  /** What it knows of packages: npm's bulk endpoint tells it of any version that is asked for. */
  advise(name: string, advisory: object): void
  /** What packages were asked about, in order: names and versions. */
  readonly audited: readonly object[]
  /** Serves other bytes than those that were published. */
  replace(name: string, version: string, archive: Uint8Array): void
}

interface Version {
  archive: Uint8Array
  readonly integrity: string
  readonly attestations: string | undefined
}

/** Starts a registry; it ends with the test. */
export async function startRegistry(): Promise<Registry> {
  const packages = new Map<string, Map<string, Version>>()
  const asked: string[] = []
  const audited: object[] = []
  const advisories = new Map<string, object[]>()
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '')
    asked.push(path)
    if (path === '/-/npm/v1/security/advisories/bulk') {
      void advised(request, advisories).then(({ answer, names }) => {
        audited.push(names)
        response.end(JSON.stringify(answer))
      })
      return
    }
    const about = /^\/-\/npm\/v1\/attestations\/(.+)@(.+)$/.exec(path)
    if (about) {
      response.end(packages.get(about[1] ?? '')?.get(about[2] ?? '')?.attestations)
      return
    }
    const [, name = '', version] = /^\/((?:@[^/]+\/)?[^/]+)(?:\/-\/(.+)\.tgz)?$/.exec(path) ?? []
    const versions = packages.get(name)
    const archive = version === undefined ? undefined : versions?.get(version)?.archive
    if (!versions || (version !== undefined && !archive)) response.writeHead(404).end('{}')
    else if (archive) response.end(archive)
    else response.end(JSON.stringify(packument(name, versions, url)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  onCleanup(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url,
    asked,
    audited,
    advise(name, advisory) {
      advisories.set(name, [...(advisories.get(name) ?? []), advisory])
    },
    publish(name, version, archive, attestations) {
      const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`
      const versions = packages.get(name) ?? new Map<string, Version>()
      packages.set(name, versions.set(version, { archive, integrity, attestations }))
    },
    replace(name, version, archive) {
      const found = packages.get(name)?.get(version)
      if (found) found.archive = archive
    },
  }
}

async function advised(
  request: IncomingMessage,
  advisories: ReadonlyMap<string, readonly object[]>,
): Promise<{ readonly answer: object; readonly names: object }> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  const isPacked = request.headers['content-encoding'] === 'gzip'
  const names = JSON.parse((isPacked ? gunzipSync(bytes) : bytes).toString()) as object
  const known = Object.keys(names).filter((name) => advisories.has(name))
  return { names, answer: Object.fromEntries(known.map((name) => [name, advisories.get(name)])) }
}

function packument(name: string, versions: ReadonlyMap<string, Version>, url: string): object {
  const all = [...versions].map(([version, { attestations, integrity }]) => {
    const about = {
      url: `${url}/-/npm/v1/attestations/${name}@${version}`,
      provenance: { predicateType: 'https://slsa.dev/provenance/v1' },
    }
    const dist = {
      tarball: `${url}/${name}/-/${version}.tgz`,
      integrity,
      ...(attestations && { attestations: about }),
    }
    return [version, { name, version, dist }]
  })
  return {
    name,
    'dist-tags': { latest: [...versions.keys()].at(-1) },
    versions: Object.fromEntries(all),
  }
}
