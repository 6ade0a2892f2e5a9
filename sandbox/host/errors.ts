import { HostRefusal, type RefusalName } from './refusal.ts'

/** A number that names nothing of this run. */
export function unknownHandle(of: string): HostRefusal {
  return refusal('TypeError', 'unknown_handle', `no such ${of}`)
}

/** More of something than a run may have at once or in all. */
export function tooMany(what: string, limit: number, code: string): HostRefusal {
  return refusal('RangeError', code, `more than ${limit} ${what}`)
}

/** The request of a fetch is none that can be sent. */
export function badFetchRequest(fault: string): HostRefusal {
  return refusal('TypeError', 'fetch_bad_request', `fetch: ${fault}`)
}

/** One text for hosts and addresses: a script must not learn what a name resolves to in here. */
export function egressDenied(detail: string): HostRefusal {
  return refusal('TypeError', 'egress_denied', 'fetch: the host is not allowed', detail)
}

export function subrequestsExceeded(limit: number): HostRefusal {
  return tooMany('subrequests', limit, 'subrequests_limit')
}

/** The host has worked for a request as long as the request may take the processor. */
export function hostBudgetExceeded(milliseconds: number): HostRefusal {
  const text = `more than ${milliseconds} ms of work for one request, the host's included`
  return refusal('RangeError', 'host_cpu_limit', text)
}

/** Scripts call each other deeper than they may. */
export function callsTooDeep(limit: number): HostRefusal {
  return tooMany('scripts that call each other', limit, 'script_depth_limit')
}

/** The script that was called gave no answer; `code` says why, as `gateway-error` would. */
export function calledScriptFailed(code: string): HostRefusal {
  return refusal('Error', code, 'fetch: the script that was called failed')
}

/** The other side could not be reached or broke off; why is in the log only. */
export function fetchFailed(detail: unknown): HostRefusal {
  return refusal('TypeError', 'fetch_failed', 'fetch: no answer', detail)
}

export function fetchTimedOut(detail: unknown): HostRefusal {
  return refusal('TimeoutError', 'fetch_timeout', 'fetch: timed out', detail)
}

export function fetchAborted(): HostRefusal {
  return refusal('AbortError', 'fetch_aborted', 'fetch: aborted')
}

/** More origins at once than a script may have connections to. */
export function fetchBusy(detail: unknown): HostRefusal {
  return refusal('TypeError', 'fetch_busy', 'fetch: too many hosts at once', detail)
}

export function fetchRedirectRefused(fault: string): HostRefusal {
  return refusal('TypeError', 'fetch_redirect', `fetch: ${fault}`)
}

export function fetchHeadersExceeded(detail: unknown): HostRefusal {
  return refusal('TypeError', 'fetch_headers_limit', 'fetch: the head is too large', detail)
}

/** A body, ours or the other side's, grew beyond its limit of bytes. */
export function fetchBodyExceeded(whose: 'request' | 'response', limit: number): HostRefusal {
  const text = `fetch: the ${whose} body is larger than ${limit} bytes`
  return refusal('RangeError', 'fetch_body_limit', text)
}

/** A key, value or option that the store does not take. */
export function badKvArgument(fault: string): HostRefusal {
  return refusal('TypeError', 'kv_bad_argument', `KV: ${fault}`)
}

/** A key, value or its metadata is larger than it may be. */
export function kvTooLarge(what: string, limit: number): HostRefusal {
  return refusal('RangeError', 'kv_too_large', `KV: the ${what} is larger than ${limit} bytes`)
}

/** The namespace, or the disk below it, has no room left. */
export function kvFull(detail?: unknown): HostRefusal {
  return refusal('RangeError', 'kv_full', 'KV: the namespace is full', detail)
}

/** Others are writing for longer than anyone waits; nothing has changed. */
export function kvBusy(detail: unknown): HostRefusal {
  return refusal('TimeoutError', 'kv_busy', 'KV: the namespace is busy', detail)
}

/** The file of the namespace cannot be used: missing rights, a broken disk, not a database. */
export function kvUnavailable(detail: unknown): HostRefusal {
  return refusal('Error', 'kv_unavailable', 'KV: the namespace cannot be used', detail)
}

/** What is decompressed is not in its format, ends too early, or goes on after its end. */
export function badCompressedData(detail: unknown): HostRefusal {
  return refusal('TypeError', 'compression_bad_data', 'these bytes are not in the format', detail)
}

/** What comes out, all streams of a run together, grew beyond its limit. */
export function compressionExceeded(limit: number): HostRefusal {
  const text = `compression gives more than ${limit} bytes`
  return refusal('RangeError', 'compression_limit', text)
}

/** By the name of the DOMException that the Web Cryptography API has for it. */
export function cryptoFailed(name: CryptoFault, detail?: unknown): HostRefusal {
  return refusal(name, 'crypto_failed', `crypto: ${CRYPTO_FAULTS[name]}`, detail)
}

/** What a script is told of what Node's Web Cryptography API has thrown. */
export function asCryptoRefusal(error: unknown): HostRefusal {
  if (error instanceof HostRefusal) return error
  const name = String((error as { readonly name?: unknown } | undefined)?.name)
  return cryptoFailed(name in CRYPTO_FAULTS ? (name as CryptoFault) : 'OperationError', error)
}

/** More work than a run may give to the threads of the host. */
export function cryptoExceeded(what: string): HostRefusal {
  return refusal('OperationError', 'crypto_limit', `crypto: ${what}`)
}

/** What can be wrong with an operation of `crypto.subtle`. */
export type CryptoFault = keyof typeof CRYPTO_FAULTS

const CRYPTO_FAULTS = {
  TypeError: 'a parameter is missing or not what it has to be',
  SyntaxError: 'a usage that keys of this kind do not have',
  NotSupportedError: 'this algorithm or its parameters are not supported',
  InvalidAccessError: 'the key does not allow this',
  DataError: 'the data is no key of this form',
  OperationError: 'the operation failed',
} as const

/** A selector that is none, or that a rewriter cannot decide while a document streams by. */
export function badSelector(fault: string): HostRefusal {
  return refusal('TypeError', 'html_bad_selector', `HTMLRewriter: ${fault}`)
}

/** A document, or what a script does to it, is more than a rewriter holds. */
export function htmlExceeded(what: string, limit: number): HostRefusal {
  return refusal('RangeError', 'html_limit', `HTMLRewriter: ${what} above the limit of ${limit}`)
}

/** A change that cannot be made, or not to this. */
export function badHtmlChange(fault: string): HostRefusal {
  return refusal('TypeError', 'html_bad_change', `HTMLRewriter: ${fault}`)
}

function refusal(name: RefusalName, code: string, message: string, detail?: unknown): HostRefusal {
  return new HostRefusal(message, { name, code, detail })
}
