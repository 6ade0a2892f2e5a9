// What is used of pacote, which has no types of its own.
declare module 'pacote' {
  interface Options {
    readonly registry?: string
    readonly cache?: string
    readonly integrity?: string
    readonly resolved?: string
    readonly ignoreScripts?: boolean
    readonly Arborist?: unknown
    readonly timeout?: number
    readonly fetchRetries?: number
    readonly fetchRetryMintimeout?: number
    readonly fullMetadata?: boolean
  }

  interface Resolved {
    readonly name: string
    readonly version: string
    readonly _resolved: string
    readonly _integrity?: string
    /** Where it says that there are attestations. */
    readonly _attestations?: { readonly url?: unknown }
  }

  interface Packument {
    readonly versions: Readonly<Record<string, { readonly version: string }>>
    readonly 'dist-tags': Readonly<Record<string, string>>
  }

  export function manifest(spec: string, options: Options): Promise<Resolved>
  export function packument(spec: string, options: Options): Promise<Packument>
  export function resolve(spec: string, options: Options): Promise<string>
  export const tarball: {
    stream<T>(
      spec: string,
      handler: (stream: NodeJS.ReadableStream) => Promise<T>,
      options: Options,
    ): Promise<T>
  }
}
