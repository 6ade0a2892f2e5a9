// What is used of npm-registry-fetch, which has no types of its own.
declare module 'npm-registry-fetch' {
  interface Options {
    readonly registry?: string
    readonly method?: 'GET' | 'POST'
    readonly gzip?: boolean
    readonly body?: object
    readonly timeout?: number
    readonly fetchRetries?: number
    readonly fetchRetryMintimeout?: number
  }

  interface Response {
    readonly body: AsyncIterable<Uint8Array>
  }

  export default function fetch(path: string, options: Options): Promise<Response>
}
