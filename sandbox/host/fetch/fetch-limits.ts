/** What one run may use for fetching. Sizes in bytes, times in milliseconds. */
export interface FetchLimits {
  /** Requests sent, those after a redirect among them. */
  readonly subrequests: number
  /** Hops of one fetch; 20 as the Fetch standard has it. */
  readonly redirects: number
  /** Until one address has accepted a connection, TLS included. */
  readonly connectTimeout: number
  /** Until the head of the answer is there. */
  readonly headersTimeout: number
  /** Between two pieces of a body that is being read. */
  readonly bodyTimeout: number
  readonly requestBody: number
  /** As the script gets it, after decompression. */
  readonly responseBody: number
  /** Fields of a head, each way. */
  readonly headers: number
  readonly headerBytes: number
  /** Connections to one origin that a script has in this worker. */
  readonly connections: number
  /** Origins a script has connections to at once in this worker. */
  readonly origins: number
}

export const FETCH_LIMITS: FetchLimits = Object.freeze({
  subrequests: 50,
  redirects: 20,
  connectTimeout: 3_000,
  headersTimeout: 10_000,
  bodyTimeout: 10_000,
  requestBody: 32 * 1024 * 1024,
  responseBody: 32 * 1024 * 1024,
  headers: 100,
  headerBytes: 32 * 1024,
  connections: 32,
  origins: 64,
})
